import type { ErrorCode } from '../core/error-table.ts'
import { StepError } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'
import type { HttpClient } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { stsHost, type AwsEndpoints } from './partitions.ts'
import { awsAnswerOf, awsUpstream, isUnavailable, throttlingCodes, type AwsAnswer } from './sdk-error.ts'
import { sdkSettings } from './sdk.ts'
import type { AwsSession } from './session.ts'

/** A call of STS that is signed with a session: by which endpoint, and as who. */
export type SignedRequest = {
  readonly session: AwsSession
  readonly endpoints?: AwsEndpoints | undefined
  readonly appId: string
  readonly http: HttpClient
  readonly patience: Patience
}

/** What one call makes of an answer that only it can have; undefined leaves it to what all have in common. */
export type CodeOf = (answer: AwsAnswer) => ErrorCode | undefined

/** What the SDK's client of a signed call is made with: our endpoint and our session, and nothing that the SDK would look up. */
export function signedSettings({ session, endpoints, appId, http }: SignedRequest) {
  const { region, accessKeyId, secretAccessKey, sessionToken } = session
  return {
    ...sdkSettings({ region, host: stsHost(region, endpoints), http, appId }),
    credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal(), sessionToken: sessionToken.reveal() },
  }
}

/** Runs a signed call, retried by the class of its error; `values` are what the texts of its codes name. */
export async function callSigned<T>(
  request: SignedRequest,
  { codeOf, values, use }: { codeOf: CodeOf; values: () => Readonly<Record<string, string>>; use: () => Promise<T> },
): Promise<T> {
  return await retry(request.patience, async () => {
    try {
      return await use()
    } catch (error) {
      const answer = awsAnswerOf(error)
      throw answer === undefined ? error : signedError(request, answer, { code: codeOf(answer), values: values() })
    }
  })
}

/** With these, STS refuses who signed, not what was asked: a session that it does not know (yet), or a clock that is wrong. */
const sessionCodes: ReadonlySet<string> = new Set([
  'InvalidClientTokenId',
  'ExpiredToken',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'IncompleteSignature',
])

function signedError(
  { session, endpoints, patience }: SignedRequest,
  answer: AwsAnswer,
  { code, values }: { code: ErrorCode | undefined; values: Readonly<Record<string, string>> },
): StepError {
  const own = { session: session.arn, region: session.region, service: 'STS', host: stsHost(session.region, endpoints) }
  return new StepError(
    code ?? commonCode(answer),
    { ...values, ...own },
    {
      upstream: awsUpstream('STS', answer),
      retryAfterMs: retryAfterMs(answer.retryAfter, patience.clock.now()),
    },
  )
}

function commonCode(answer: AwsAnswer): ErrorCode {
  if (throttlingCodes.has(answer.code) || answer.status === 429) return 'AWS_THROTTLED'
  if (sessionCodes.has(answer.code)) return 'AWS_SESSION_NOT_ACCEPTED'
  if (answer.code === 'RegionDisabled') return 'AWS_REGION_DISABLED'
  return isUnavailable(answer) ? 'AWS_UNAVAILABLE' : 'AWS_SESSION_REQUEST_REFUSED'
}
