import { discoveryUrl } from '../issuer-documents.ts'
import type { World } from '../world.ts'

type Json = Readonly<Record<string, unknown>>
type Kept = { readonly keys: readonly Json[]; readonly fetchedAt: number }

/** Entra keeps this many keys of an issuer (protocols §1.4); a key after them is as good as unpublished. */
const KEPT_KEYS = 100
/**
 * [K] assumption: that Entra keeps an issuer's keys is documented, for how long is not. By default the sandbox asks at each
 * exchange; `config.entra.issuerKeysCacheSeconds` sets a time.
 */
const DEFAULT_CACHE_SECONDS = 0

const kept = new WeakMap<World, Map<string, Kept>>()

/** Keys of an issuer as Entra knows them: kept ones while they are fresh, else asked for now; undefined when it cannot be asked. */
export async function issuerKeys(world: World, iss: string): Promise<readonly Json[] | undefined> {
  const ofWorld = kept.get(world) ?? new Map<string, Kept>()
  kept.set(world, ofWorld)
  const known = ofWorld.get(iss)
  const now = world.clock.now()
  const keepMs = (world.config.entra?.issuerKeysCacheSeconds ?? DEFAULT_CACHE_SECONDS) * 1000
  if (known !== undefined && now < known.fetchedAt + keepMs) return known.keys
  const keys = (await fetchKeys(world, iss))?.slice(0, KEPT_KEYS)
  // [K] assumption: a failure is not kept, and does not bring the stale keys back.
  if (keys !== undefined) ofWorld.set(iss, { keys, fetchedAt: now })
  return keys
}

/** Entra asks anew at the next exchange. */
export function forgetIssuerKeys(world: World, issuer?: string): void {
  if (issuer === undefined) kept.delete(world)
  else kept.get(world)?.delete(issuer)
}

/**
 * Keys by OpenID discovery. Undefined when the issuer cannot be asked, or calls itself by another name (OpenID Connect
 * Discovery §4.3). [K] assumption: that the other name gives the same refusal as no answer.
 */
async function fetchKeys(world: World, iss: string): Promise<readonly Json[] | undefined> {
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
