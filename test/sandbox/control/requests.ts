import type { FaultRule } from '../faults.ts'
import type { MintTokenOptions } from '../mint-token.ts'

/** Bodies that the control address of a running sandbox takes, by their path. `control.schema.json` is made from this. */
export type ControlRequests = {
  readonly tokens: TokenRequest
  readonly faults: readonly FaultRule[]
  readonly clock: ClockRequest
}

/** A projected token to mint; JSON has no `undefined`, so claims to leave out have a list of their own. */
export type TokenRequest = MintTokenOptions & {
  readonly withoutClaims?: readonly string[]
}

/** How far the clouds' clock is to be moved; a negative number moves it back. */
export type ClockRequest = { readonly advanceSeconds: number }
