import type { Secret } from '../core/secret.ts'

/** The client assertion that goes to Entra, with the values that Entra compares. A projected token is one. */
export type Assertion = {
  readonly secret: Secret
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  readonly kid: string
  /** `nbf` in epoch milliseconds; undefined where the token has none. */
  readonly notBefore: number | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
}
