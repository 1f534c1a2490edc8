import { isSignedBy } from '../jws.ts'
import { rsaKeyOf } from '../signing-keys.ts'
import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { issuerKeys } from './issuer-keys.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'

/** [K] assumption: no allowance for clock differences; whether Entra makes one is an open question (protocols §11). */
const CLOCK_SKEW_MS = 0

/** Signature and validity of the assertion, by the keys that its issuer publishes now. */
export const signatureChecks: readonly Check[] = [
  { name: 'signature', shows: ({ assertion }) => `kid ${found(assertion).kid}`, run: checkSignature },
  { name: 'validity', run: checkValidity },
]

async function checkSignature(exchange: Exchange): Promise<Refusal | undefined> {
  const { iss, kid, jwt } = found(exchange.assertion)
  const keys = await issuerKeys(exchange.world, iss)
  if (keys === undefined) return refuse(90061)
  const jwk = keys.find((candidate) => candidate['kid'] === kid)
  const key = jwk === undefined ? undefined : rsaKeyOf(jwk)
  if (key === undefined) return refuse(7000272, { kid, iss })
  return isSignedBy(jwt, key) ? undefined : refuse(700027)
}

/** An assertion without `nbf` is shown as valid from 1970: .NET's default, and a hint in real reports. */
function checkValidity(exchange: Exchange): Refusal | undefined {
  const { exp, nbf = 0 } = found(exchange.assertion)
  const now = exchange.world.clock.now()
  const isValid = nbf * 1000 <= now + CLOCK_SKEW_MS && exp * 1000 > now - CLOCK_SKEW_MS
  return isValid
    ? undefined
    : refuse(700024, { now: dotNetTime(now), nbf: dotNetTime(nbf * 1000), exp: dotNetTime(exp * 1000) })
}

/** .NET's round-trip format: seven digits of a second. */
function dotNetTime(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace('Z', '0000Z')
}
