import { decodeJwt } from '../jws.ts'
import type { Assertion } from './exchange.ts'

/**
 * Reads a client assertion; undefined when it is not a JWT that Entra can use: three parts, RS256 with a `kid`, and the
 * claims iss, sub, aud and exp (protocols §1.4). [K] assumption: that all of these give the same refusal.
 */
export function readAssertion(token: string): Assertion | undefined {
  const jwt = decodeJwt(token)
  if (jwt === undefined || jwt.header['alg'] !== 'RS256') return undefined
  const { kid } = jwt.header
  const { iss, sub, exp } = jwt.claims
  const aud = audiences(jwt.claims['aud'])
  if (!isText(kid) || !isText(iss) || !isText(sub) || aud === undefined || typeof exp !== 'number') return undefined
  const { nbf } = jwt.claims
  return { jwt, kid, iss, sub, aud, exp, nbf: typeof nbf === 'number' ? nbf : undefined }
}

/** One string or a list of them (RFC 7519 §4.1.3); Kubernetes always gives a list. */
function audiences(aud: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return list.length > 0 && list.every(isText) ? list : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
