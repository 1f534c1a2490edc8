import { DescribeImageSigningStatusCommand, type ImageSigningStatus } from '@aws-sdk/client-ecr'
import { stepError, type StepError } from '../core/errors.ts'
import { callEcr, ecrService, imageOf, type AwaitedImage, type EcrRequest, type EcrRequests } from './ecr-api.ts'
import { poll } from './poll.ts'
import { answerLacks } from './sdk-error.ts'

/** A signature that ECR has made: ARN of the signing profile of AWS Signer. */
export type ImageSignature = { readonly profile: string }

/** Looks without any profile after which none is expected: [K] whether the list is there as soon as the push is over. */
const looksForProfiles = 3

const action = 'ecr:DescribeImageSigningStatus'
const describing = { action, purpose: 'wait for the signature', actions: action }

/**
 * Waits until managed signing has signed the image with every signing profile whose rule covers the repository.
 * Throws ECR_SIGNING_FAILED as soon as one has failed, ECR_SIGNING_NOT_CONFIGURED when there is none, ECR_SIGNING_UNFINISHED at the
 * patience's deadline, ECR_*, AWS_*, NETWORK_*. Source: ECR API, DescribeImageSigningStatus.
 */
export async function awaitSignature(
  requests: EcrRequests,
  { digest, patience }: AwaitedImage,
): Promise<readonly ImageSignature[]> {
  let last: readonly ImageSigningStatus[] = []
  let looks = 0
  return await poll(
    patience,
    async () => {
      const request = { ...(await requests()), patience }
      last = await describe(request, digest)
      looks += 1
      if (last.length === 0 && looks >= looksForProfiles) {
        throw stepError('ECR_SIGNING_NOT_CONFIGURED', { repository: request.repository, digest })
      }
      refuseFailure(last, digest)
      const isDone = last.length > 0 && last.every(({ status }) => status === 'COMPLETE')
      return isDone ? last.map(({ signingProfileArn = '' }) => ({ profile: signingProfileArn })) : undefined
    },
    () => unfinished(last, digest),
  )
}

async function describe(request: EcrRequest, digest: string): Promise<readonly ImageSigningStatus[]> {
  return await callEcr(request, describing, async (client) => {
    const command = new DescribeImageSigningStatusCommand(imageOf(request, digest))
    const { signingStatuses } = await client.send(command, { abortSignal: request.patience.signal })
    if (signingStatuses === undefined) throw answerLacks('the signing statuses', ecrService(request))
    return signingStatuses
  })
}

function refuseFailure(statuses: readonly ImageSigningStatus[], digest: string): void {
  const failed = statuses.find(({ status }) => status === 'FAILED')
  if (failed === undefined) return
  const { signingProfileArn: profile = 'unnamed', failureCode, failureReason } = failed
  const reason = failureReason ?? failureCode ?? 'no reason given'
  const upstream = {
    service: 'ECR',
    ...(failureCode === undefined ? {} : { code: failureCode }),
    ...(failureReason === undefined ? {} : { message: failureReason }),
  }
  throw stepError('ECR_SIGNING_FAILED', { digest, profile, reason }, { upstream })
}

function unfinished(statuses: readonly ImageSigningStatus[], digest: string): StepError {
  const shown = statuses.map(
    ({ signingProfileArn, status }) => `${signingProfileArn ?? 'unnamed'} ${status ?? 'unknown'}`,
  )
  return stepError('ECR_SIGNING_UNFINISHED', { digest, statuses: shown.join(', ') || 'no profile seen' })
}
