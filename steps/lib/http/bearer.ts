import { Secret } from '../core/secret.ts'

/** A token as the header `Authorization` carries it (RFC 6750 §2.1). */
export function bearer(token: Secret): Secret {
  return new Secret(`Bearer ${token.reveal()}`)
}
