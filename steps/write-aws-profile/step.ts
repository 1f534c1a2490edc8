import { defineStep, tokenFiles, tokenMountPath } from '../lib/step/define-step.ts'
import { handOverParams, handOverResults } from '../lib/step/hand-over-params.ts'
import { identityParams } from '../lib/step/identity-params.ts'
import { checkProfiles } from './profiles.ts'

export const step = defineStep({
  name: 'write-aws-profile',
  summary:
    "Assume AWS roles as a Microsoft Entra identity, or as the cluster's own, for the tools of later steps: writes AWS's config and credentials files, one or several profiles.",
  params: {
    profiles: {
      kind: 'list',
      description:
        'Profiles to write, each `name`, `name=role-arn` to work as another role than `aws-role-arn`, or than `aws-chain-role-arn` where there is one, and either with a blank and a region to use another than `aws-region`.',
      default: ['default'],
      pattern: /^[A-Za-z0-9_][\w.-]{0,62}(=arn:\S+)?( +[a-z0-9-]+)?$/,
      expected: 'name, name=role-arn, or one of these with a blank and a region',
    },
    credentials: {
      kind: 'text',
      description:
        "What a profile holds: `static`, a session that ends; `web-identity`, the way to the token's file, by which clients assume a role that trusts the cluster's issuer itself, again and again; with `aws-identity: cluster` alone; `process`, the program of our image, by which clients get session after session, each recorded in the profile's `record-sink`.",
      oneOf: ['static', 'web-identity', 'process'],
      default: 'static',
    },
    'web-identity-token-file': {
      kind: 'text',
      description: "Path of the projected token for AWS in the Task's own steps, for `web-identity`.",
      default: `${tokenMountPath}/${tokenFiles.AWS_TOKEN_FILE}`,
      pattern: /^\/[\w./-]+$/,
      expected: 'an absolute path without blanks',
    },
    ...identityParams,
    'aws-region': {
      ...identityParams['aws-region'],
      description: 'Region of the profiles, and of the STS endpoint.',
    },
    'aws-session-duration': {
      ...identityParams['aws-session-duration'],
      description: 'How long a `static` session lives.',
      default: '1h',
    },
    ...handOverParams('aws'),
  },
  workspaces: {},
  results: handOverResults,
  token: true,
  handOver: true,
  check: checkProfiles,
})
