import { defineErrors } from './row.ts'

/** What ECR does with an image after it was pushed: scanning and signing. */
export const ecrImageRows = defineErrors({
  ECR_SCAN_FINDINGS: {
    exit: 77,
    retry: 'never',
    what: 'The scan of <digest> has <count> at or above <threshold>. All that it found: <counts>.',
    sent: ['worst'],
    remedy: `The image is in the registry by its digest; no tag was put or moved. Update what has the findings and build the image anew; all of them:
aws ecr describe-image-scan-findings --repository-name <repository> \\
  --image-id imageDigest=<digest>
A finding without a severity that we know (UNDEFINED, UNTRIAGED) counts as above every threshold.`,
  },
  ECR_SCAN_NOT_POSSIBLE: {
    exit: 77,
    retry: 'never',
    what: 'ECR cannot say what is in <digest>: its scan is <status>.',
    remedy: `Nobody knows whether the image is good, so it counts as refused. UNSUPPORTED_IMAGE: basic scanning knows Linux images with a package manager, and no index of several platforms; enhanced scanning knows more.
SCAN_ELIGIBILITY_EXPIRED: the time in which enhanced scanning looks at an image is over; it is a setting of Amazon Inspector. FAILED: the cause is AWS’s own text.`,
  },
  ECR_SCAN_UNFINISHED: {
    exit: 75,
    retry: 'never',
    what: 'The scan of <digest> was not over when the time for it was: its status was <status>.',
    remedy: `Run it again: what was uploaded already is skipped. When it stays NOT_FOUND, nothing scans this repository: look at the filters of the registry’s scanning configuration.
aws ecr get-registry-scanning-configuration`,
  },
  ECR_SIGNING_FAILED: {
    exit: 77,
    retry: 'never',
    what: 'ECR could not sign <digest> with the profile <profile>: <reason>.',
    remedy:
      'Managed signing signs as who pushed: the role needs signer:SignPayload on the profile, and aws-session-policy must not take it away. Push again when the reason is mended.',
  },
  ECR_SIGNING_NOT_CONFIGURED: {
    exit: 77,
    retry: 'never',
    what: 'No signing profile of ECR covers <repository>, so nothing signs <digest>.',
    remedy: `Add a rule whose filter covers the repository to the registry’s signing configuration, or do not wait for a signature:
aws ecr get-signing-configuration`,
  },
  ECR_SIGNING_UNFINISHED: {
    exit: 75,
    retry: 'never',
    what: 'The signature of <digest> was not made when the time for it was over: <statuses>.',
    remedy: 'Run it again: what was uploaded already is skipped.',
  },
})
