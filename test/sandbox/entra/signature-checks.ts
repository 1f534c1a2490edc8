import { discoveryUrl } from '../issuer.ts'
import { isSignedBy } from '../jws.ts'
import { rsaKeyOf } from '../signing-keys.ts'
import type { World } from '../world.ts'
import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'

type Json = Readonly<Record<string, unknown>>

/** Entra keeps this many keys of an issuer (protocols §1.4); a key after them is as good as unpublished. */
const KEPT_KEYS = 100
/** [K] assumption: no allowance for clock differences; whether Entra makes one is an open question (protocols §11). */
const CLOCK_SKEW_MS = 0

/** Signature and validity of the assertion, by the keys that its issuer publishes now. */
export const signatureChecks: readonly Check[] = [
  { name: 'signature', shows: ({ assertion }) => `kid ${found(assertion).kid}`, run: checkSignature },
  { name: 'validity', run: checkValidity },
]

async function checkSignature(exchange: Exchange): Promise<Refusal | undefined> {
  const { iss, kid, jwt } = found(exchange.assertion)
  const keys = await publishedKeys(exchange.world, iss)
  if (keys === undefined) return refuse(90061)
  const jwk = keys.slice(0, KEPT_KEYS).find((candidate) => candidate['kid'] === kid)
  const key = jwk === undefined ? undefined : rsaKeyOf(jwk)
  if (key === undefined) return refuse(7000272, { kid, iss })
  return isSignedBy(jwt, key) ? undefined : refuse(700027)
}

/**
 * Keys by OpenID discovery. Undefined when the issuer cannot be asked, or calls itself by another name (OpenID Connect
 * Discovery §4.3). [K] assumption: that the other name gives the same refusal as no answer.
 */
async function publishedKeys(world: World, iss: string): Promise<readonly Json[] | undefined> {
  const discovery = await fetchJson(world, discoveryUrl(iss))
  const jwksUri = discovery?.['jwks_uri']
  if (discovery?.['issuer'] !== iss || typeof jwksUri !== 'string') return undefined
  const keys = (await fetchJson(world, jwksUri))?.['keys']
  return Array.isArray(keys) ? keys.filter(isJson) : undefined
}

async function fetchJson(world: World, url: string): Promise<Json | undefined> {
  const answer = await world.outbound(url)
  if (answer.status !== 200) return undefined
  try {
    const value: unknown = JSON.parse(answer.body)
    return isJson(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
