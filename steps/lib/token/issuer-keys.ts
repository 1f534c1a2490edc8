import { verifySignature, type SignatureVerdict } from '../core/jwt.ts'
import type { Secret } from '../core/secret.ts'
import { isObject, type JsonObject } from '../core/strict-json.ts'
import type { HttpClient } from '../http/client.ts'

/** A token whose signature is in question, and the way to its issuer. */
export type SignatureQuestion = {
  readonly token: Secret
  /** `iss` of the token. */
  readonly issuer: string
  readonly http: HttpClient
  readonly signal: AbortSignal
}

/** Both documents together, in milliseconds: the run has failed already, this only says why. */
const longestMs = 15_000

const reasons = {
  noHttps: (url: string) => `${url} is no https URL`,
  status: (url: URL, status: number) => `${url.href} answered HTTP ${status}`,
  noJson: (url: URL) => `${url.href} did not answer with JSON`,
  foreign: (url: URL) => `${url.href} speaks for another issuer`,
  noKeys: (url: URL) => `${url.href} names no keys`,
  slow: (issuer: string) => `${issuer} did not give them within ${longestMs / 1000} s`,
} as const

/** Why the keys could not be had. */
class KeysFault extends Error {
  override readonly name = 'KeysFault'
}

/**
 * Checks a token's signature with the keys that its issuer publishes, fetched as AWS fetches them. Where they cannot be had the
 * verdict is `unknown`, with the reason; it throws only when the run ends.
 */
export async function checkSignature(question: SignatureQuestion): Promise<SignatureVerdict> {
  const signal = AbortSignal.any([question.signal, AbortSignal.timeout(longestMs)])
  try {
    const keys = await fetchIssuerKeys({ ...question, signal })
    return await verifySignature(question.token.reveal(), keys)
  } catch (error) {
    question.signal.throwIfAborted()
    if (signal.aborted) return { verdict: 'unknown', reason: reasons.slow(question.issuer) }
    return { verdict: 'unknown', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Where an issuer's discovery document lies: its last slash is dropped before the path is appended (OpenID Connect Discovery §4). */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** `<iss>/.well-known/openid-configuration` → `jwks_uri` → keys (OpenID Connect Discovery §4). No credential goes along, no redirect is followed. */
async function fetchIssuerKeys({
  issuer,
  http,
  signal,
}: Omit<SignatureQuestion, 'token'>): Promise<readonly JsonObject[]> {
  const fetchJson = async (url: URL) => await fetchObject(http, url, signal)
  const discovery = publicUrl(discoveryUrl(issuer))
  const document = await fetchJson(discovery)
  // Discovery §4.3: a document that names another issuer must not be used.
  if (document['issuer'] !== issuer) throw new KeysFault(reasons.foreign(discovery))
  const place = document['jwks_uri']
  if (typeof place !== 'string') throw new KeysFault(reasons.noKeys(discovery))
  const jwks = publicUrl(place)
  const { keys } = await fetchJson(jwks)
  if (!Array.isArray(keys)) throw new KeysFault(reasons.noKeys(jwks))
  return keys.filter(isObject)
}

/** The URL, if AWS would ask it: https, and no user name in it. */
function publicUrl(text: string): URL {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new KeysFault(reasons.noHttps(text))
  return url
}

async function fetchObject(http: HttpClient, url: URL, signal: AbortSignal): Promise<JsonObject> {
  const answer = await http.send({ method: 'GET', url, headers: { accept: 'application/json' }, signal })
  if (answer.status !== 200) throw new KeysFault(reasons.status(url, answer.status))
  const value = parsed(answer.body)
  if (!isObject(value)) throw new KeysFault(reasons.noJson(url))
  return value
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
