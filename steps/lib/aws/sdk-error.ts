import type { Upstream } from '../core/errors.ts'

/** What the AWS SDK makes of a service's error answer. Undefined when the error is none (a network error of ours, a bug). */
export type AwsAnswer = {
  /** Without the `Exception` that the SDK appends to some: `InvalidIdentityToken`, `AccessDenied`. */
  readonly code: string
  readonly message: string
  readonly status: number
  readonly requestId: string
  readonly retryAfter: string | undefined
}

/** Reads an error of the SDK (`ServiceException`). */
export function awsAnswerOf(error: unknown): AwsAnswer | undefined {
  if (!(error instanceof Error) || !('$metadata' in error) || !('$fault' in error)) return undefined
  const metadata: Record<string, unknown> = { ...Object(error.$metadata) }
  const status = metadata['httpStatusCode']
  return {
    code: error.name.replace(/Exception$/, ''),
    message: error.message,
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
    code: answer.code,
    message: answer.message,
    ids: answer.requestId === '' ? {} : { request: answer.requestId },
  }
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
