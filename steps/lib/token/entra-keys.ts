import { isObject, parseStrictJson, type JsonObject } from '../core/strict-json.ts'
import type { HttpClient } from '../http/client.ts'
import { tokenFault, type EntraTokenFault } from './entra-token-fault.ts'

/** A public RSA key of a tenant (RFC 7517). */
export type RsaKey = { readonly kty: 'RSA'; readonly n: string; readonly e: string }

/** The keys with which a tenant signs. */
export type EntraKeys = {
  /** The key of this id, or why there is none. It never throws. */
  keyFor(kid: string): Promise<RsaKey | EntraTokenFault>
}

export type EntraKeysOptions = {
  /** The tenant's JWKS, of one version. Never taken from a token. */
  readonly url: URL
  /** Issuer of the tenant's v2 tokens: what a key says of itself, where it does. */
  readonly issuer: string
  readonly http: HttpClient
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Keys are looked up anew after an hour; where that fails, the old ones hold for a day, and then nothing does. */
const freshMs = 60 * 60 * 1000
const longestMs = 24 * 60 * 60 * 1000
/** However many tokens with unknown keys come: one look-up in so long. */
const cooldownMs = 30_000
const answerMs = 5000
const maxKeys = 100
const maxBytes = 512 * 1024

type Known = { readonly keys: ReadonlyMap<string, RsaKey | EntraTokenFault>; readonly at: number }

/** Keeps a tenant's keys, with bounded staleness. Parallel questions share one look-up. */
export function createEntraKeys(options: EntraKeysOptions): EntraKeys {
  const { now, url } = options
  let known: Known | undefined
  let failure: string | undefined
  let triedAt: number | undefined
  let pending: Promise<void> | undefined
  const lookUp = async (): Promise<void> => {
    triedAt = now()
    try {
      known = { keys: await fetchKeys(options), at: triedAt }
      failure = undefined
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
    }
  }
  // A clock that was set back makes nothing younger.
  const isWithin = (since: number, ms: number): boolean => now() >= since && now() - since < ms
  return {
    keyFor: async (kid) => {
      const isSure = known !== undefined && isWithin(known.at, freshMs) && known.keys.has(kid)
      const mayAsk = triedAt === undefined || !isWithin(triedAt, cooldownMs)
      if (!isSure && (mayAsk || pending !== undefined))
        await (pending ??= lookUp().finally(() => (pending = undefined)))
      const found = known !== undefined && isWithin(known.at, longestMs) ? known.keys : undefined
      const key = found?.get(kid)
      if (key !== undefined) return key
      if (found === undefined || failure !== undefined)
        return tokenFault('keys-unavailable', failure ?? 'no keys', `the keys of the tenant at ${url.href}`)
      return tokenFault('key-unknown', kid, `a key of the tenant: ${[...found.keys()].join(', ') || 'it has none'}`)
    },
  }
}

async function fetchKeys({ http, url, issuer }: EntraKeysOptions): Promise<Known['keys']> {
  const signal = AbortSignal.timeout(answerMs)
  const answer = await http.send({ method: 'GET', url, headers: { accept: 'application/json' }, signal })
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`)
  if (answer.body.length > maxBytes) throw new Error(`${answer.body.length} bytes`)
  const document = parseStrictJson(answer.body)
  const list = isObject(document) ? document['keys'] : undefined
  if (!Array.isArray(list) || list.length > maxKeys || !list.every(isObject)) throw new Error('no list of keys')
  const byId = Map.groupBy(list, ({ kid }) => kid)
  const entries = [...byId].flatMap(([kid, keys]) =>
    typeof kid === 'string' ? [[kid, onlyUsable(kid, keys, issuer)] as const] : [],
  )
  if (entries.length === 0) throw new Error('no key with an id')
  return new Map(entries)
}

/** Two keys of one id would leave it to chance which is tried. */
function onlyUsable(kid: string, keys: readonly JsonObject[], issuer: string): RsaKey | EntraTokenFault {
  const [key] = keys
  const reason = key === undefined || keys.length > 1 ? `${keys.length} keys` : unusable(key, issuer)
  if (reason !== undefined) return tokenFault('key-unusable', `${kid}: ${reason}`, 'one RSA key for signatures')
  return { kty: 'RSA', n: String(key?.['n']), e: String(key?.['e']) }
}

function unusable(key: JsonObject, issuer: string): string | undefined {
  const { kty, use = 'sig', alg = 'RS256', n, e, key_ops: operations = ['verify'] } = key
  if (kty !== 'RSA') return 'it is no RSA key'
  if (use !== 'sig' || alg !== 'RS256') return 'it is for something else'
  if (!Array.isArray(operations) || !operations.includes('verify')) return 'it is for something else'
  if (Object.hasOwn(key, 'd')) return 'it is a private key'
  const bits = typeof n === 'string' ? Buffer.from(n, 'base64url').length * 8 : 0
  if (bits < 2048 || bits > 8192 || e !== 'AQAB') return `it has ${bits} bits`
  const tenantOf = (text: string) => text.split('/')[3] ?? ''
  const said = typeof key['issuer'] === 'string' ? key['issuer'].replace('{tenantid}', tenantOf(issuer)) : key['issuer']
  return said === undefined || said === issuer ? undefined : 'it is of another issuer'
}
