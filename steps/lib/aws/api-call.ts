import type { StepError, StepErrorOptions } from '../core/errors.ts'
import { stepError } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'
import type { HttpClient } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { deniedAction } from './denied-action.ts'
import { awsAnswerOf, awsUpstream, isUnavailable, throttlingCodes, type AwsAnswer } from './sdk-error.ts'
import { sdkSettings } from './sdk.ts'
import type { AwsSession } from './session.ts'

/** A signed call of one of ECR's two APIs. */
export type ApiCall = {
  readonly service: 'ECR' | 'ECR Public'
  readonly host: string
  readonly region: string
  /** IAM action that the call needs: `ecr:DescribeRepositories`. */
  readonly action: string
  readonly session: AwsSession
  readonly appId: string
  readonly http: HttpClient
  readonly patience: Patience
  /** What is said when IAM does not allow `action`: the one that AWS's text names, else that of the call. */
  readonly denied: (action: string, options: StepErrorOptions) => StepError
}

/** Runs one call, retried by the class of its error. Throws ECR_*, AWS_*, NETWORK_*, and what `use` throws of our own. */
export async function callApi<T>(call: ApiCall, use: () => Promise<T>): Promise<T> {
  return await retry(call.patience, async () => {
    try {
      return await use()
    } catch (error) {
      const answer = awsAnswerOf(error)
      throw answer === undefined ? error : apiError(call, answer)
    }
  })
}

/** What the SDK's client of a call is made with: the call's host and session, and nothing that the SDK would look up. */
export function apiSettings({ region, host, http, appId, session }: ApiCall) {
  return {
    ...sdkSettings({ region, host, http, appId }),
    credentials: {
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey.reveal(),
      sessionToken: session.sessionToken.reveal(),
    },
  }
}

/** With these, AWS services refuse who signed, not what was asked. */
const sessionCodes: ReadonlySet<string> = new Set([
  'UnrecognizedClient',
  'InvalidClientTokenId',
  'ExpiredToken',
  'InvalidSignature',
])

function apiError(call: ApiCall, answer: AwsAnswer): StepError {
  const { service, host, region, action, session } = call
  const options = {
    upstream: awsUpstream(service, answer),
    retryAfterMs: retryAfterMs(answer.retryAfter, call.patience.clock.now()),
  }
  if (throttlingCodes.has(answer.code) || answer.status === 429) {
    return stepError('AWS_THROTTLED', { service }, options)
  }
  if (isUnavailable(answer)) return stepError('AWS_UNAVAILABLE', { service, host }, options)
  if (sessionCodes.has(answer.code)) {
    return stepError('ECR_SESSION_NOT_ACCEPTED', { region, role: session.arn }, options)
  }
  if (answer.code !== 'AccessDenied') return stepError('ECR_REFUSED', { region, action }, options)
  return call.denied(deniedAction(answer.message) ?? action, options)
}
