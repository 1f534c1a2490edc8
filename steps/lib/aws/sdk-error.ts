import { stepError, type StepError, type Upstream } from '../core/errors.ts'

/** What the AWS SDK makes of a service's error answer. Undefined when the error is none (a network error of ours, a bug). */
export type AwsAnswer = {
  /** Without the `Exception` that the SDK appends to some: `InvalidIdentityToken`, `AccessDenied`. `''` when it is none of AWS's. */
  readonly code: string
  readonly message: string
  readonly status: number
  readonly requestId: string
  readonly retryAfter: string | undefined
}

/**
 * Reads an error of the SDK: a `ServiceException`, or what it throws on an answer that it cannot read (a proxy's page). Both carry
 * the answer; `Unknown` is the SDK's name for one without a code.
 */
export function awsAnswerOf(error: unknown): AwsAnswer | undefined {
  if (!(error instanceof Error) || !('$metadata' in error) || !('$response' in error)) return undefined
  const metadata: Record<string, unknown> = { ...Object(error.$metadata) }
  const status = metadata['httpStatusCode']
  const isTheirs = '$fault' in error && error.name !== 'Unknown'
  return {
    code: isTheirs ? error.name.replace(/Exception$/, '') : '',
    message: isTheirs ? error.message : foreignAnswer,
    status: typeof status === 'number' ? status : 0,
    requestId: typeof metadata['requestId'] === 'string' ? metadata['requestId'] : '',
    retryAfter: retryAfterOf(error),
  }
}

/** An answer of AWS for the line `cause`. */
export function awsUpstream(service: string, answer: AwsAnswer): Upstream {
  return {
    service,
    status: answer.status,
    ...(answer.code === '' ? {} : { code: answer.code }),
    message: answer.message,
    ids: answer.requestId === '' ? {} : { request: answer.requestId },
  }
}

const foreignAnswer = 'the answer is none of AWS’s: empty, or the page of something in between'

/** The error of an answer that says yes and lacks what was asked for: something in between has given it. */
export function answerLacks(missing: string, service: { readonly service: string; readonly host: string }): StepError {
  const upstream = { service: service.service, status: 200, message: `the answer lacks ${missing}` }
  return stepError('AWS_UNAVAILABLE', service, { upstream })
}

/** Whether an answer promises better times: a failing service, or none of AWS's at all. */
export function isUnavailable({ code, status }: AwsAnswer): boolean {
  return code === '' || status >= 500
}

/** Codes with which every AWS service asks to slow down. */
export const throttlingCodes: ReadonlySet<string> = new Set([
  'Throttling',
  'Throttled',
  'TooManyRequests',
  'RequestLimitExceeded',
  'LimitExceeded',
])

function retryAfterOf(error: object): string | undefined {
  if (!('$response' in error)) return undefined
  const headers: Record<string, unknown> = { ...Object(Object(error.$response).headers) }
  return typeof headers['retry-after'] === 'string' ? headers['retry-after'] : undefined
}
