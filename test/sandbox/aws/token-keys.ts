import { createPublicKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { World } from '../world.ts'
import { isObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { refusal } from './sts-errors.ts'

/** A key of the issuer that STS would look at. */
export type UsableKey = {
  readonly kid: string
  readonly kty: string
  readonly key: KeyObject
  /** A key with `key_ops` is found and then not trusted (recorded), whatever the operations are. */
  readonly hasKeyOps: boolean
}

/** Recorded for RSA: with 101 keys RSA tokens fail and EC tokens do not. [K] assumption: the same for EC keys. */
const MAX_KEYS_OF_A_FAMILY = 100

const fetchJson = async (world: World, url: string): Promise<JsonObject | undefined> => {
  if (!url.startsWith('https://')) return undefined
  try {
    const answer = await world.outbound(url)
    const body: unknown = answer.status === 200 ? JSON.parse(answer.body) : undefined
    return isObject(body) ? body : undefined
  } catch {
    return undefined // Unreachable or no JSON: the caller's one answer covers it.
  }
}

/** Fetches the issuer's keys anew each time: no caching was visible in the recording. */
export const fetchKeys = async (world: World, issuer: string): Promise<readonly JsonObject[]> => {
  const discovery = await fetchJson(world, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const jwksUri = discovery?.['jwks_uri']
  // [K] assumption: a discovery document that speaks for another issuer is not followed.
  if (discovery?.['issuer'] !== issuer || typeof jwksUri !== 'string') throw refusal('noKey')
  const keys = (await fetchJson(world, jwksUri))?.['keys']
  if (!Array.isArray(keys)) throw refusal('noKey')
  return keys.filter(isObject)
}

const publicKeyOf = (jwk: JsonObject): KeyObject | undefined => {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined // A key from `x5c` alone is not taken (recorded): `n` and `e` must be there.
  }
}

const certificateAgrees = (jwk: JsonObject, key: KeyObject): boolean => {
  if (!Object.hasOwn(jwk, 'x5c')) return true
  const chain = jwk['x5c']
  const leaf: unknown = Array.isArray(chain) ? chain[0] : undefined
  if (typeof leaf !== 'string') return false
  try {
    return new X509Certificate(Buffer.from(leaf, 'base64')).publicKey.equals(key)
  } catch {
    return false
  }
}

const usableKey = (jwk: JsonObject): UsableKey | undefined => {
  const { kid, kty, use } = jwk
  if (typeof kid !== 'string' || kid === '' || (kty !== 'RSA' && kty !== 'EC')) return undefined
  if (use !== undefined && use !== 'sig') return undefined
  const key = publicKeyOf(jwk)
  if (key === undefined || !certificateAgrees(jwk, key)) return undefined
  return { kid, kty, key, hasKeyOps: Object.hasOwn(jwk, 'key_ops') }
}

/** Usable keys by `kid`: a later one replaces an earlier one of the same name, and a family with too many keys is dropped. */
const indexKeys = (jwks: readonly JsonObject[]): ReadonlyMap<string, UsableKey> => {
  const tooMany = new Set(
    ['RSA', 'EC'].filter((kty) => jwks.filter((jwk) => jwk['kty'] === kty).length > MAX_KEYS_OF_A_FAMILY),
  )
  const usable = jwks.map(usableKey).filter((key) => key !== undefined)
  return new Map(usable.filter((key) => !tooMany.has(key.kty)).map((key) => [key.kid, key]))
}

/** Picks the key for a header: by `kid`, or the only usable one when the header names none. */
export const selectKey = (jwks: readonly JsonObject[], header: JsonObject, kty: string): UsableKey => {
  const index = indexKeys(jwks)
  const { kid } = header
  const only = index.size === 1 ? [...index.values()][0] : undefined
  const found = kid === undefined ? only : typeof kid === 'string' ? index.get(kid) : undefined
  if (found === undefined || found.kty !== kty) throw refusal('noKey')
  return found
}
