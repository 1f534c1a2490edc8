import { StepError, stepError } from '../core/errors.ts'

const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
])

/** OpenSSL's verification results, as Node names them. */
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS|HOSTNAME_MISMATCH|INVALID_CA/

/** Names a failure of the way to `host` by its cause. Our own errors (a disk that cannot be read, a cancellation) pass unchanged. */
export function networkError(error: unknown, host: string): unknown {
  if (error instanceof StepError || !(error instanceof Error)) return error
  if (error.name === 'AbortError') return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const reason = code === '' ? error.message : `${code} ${error.message}`
  if (code.startsWith('ERR_PROXY')) return proxyError(error, host)
  if (untrusted.test(code)) return stepError('NETWORK_TLS_UNTRUSTED', { host, reason }, { cause: error })
  if (unreachable.has(code)) return stepError('NETWORK_UNREACHABLE', { host, reason }, { cause: error })
  return stepError('NETWORK_INTERRUPTED', { host, reason }, { cause: error })
}

/** A proxy that answers CONNECT with 5xx may be back in a moment; with 4xx it has decided. */
function proxyError(error: Error, host: string): StepError {
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0
  const reason = error.message
  if (status >= 400 && status < 500) return stepError('NETWORK_PROXY_REFUSED', { host, reason }, { cause: error })
  return stepError('NETWORK_UNREACHABLE', { host, reason: `the proxy: ${reason}` }, { cause: error })
}
