import { isObject, type JsonObject } from '../core/strict-json.ts'
import type { HttpClient } from '../http/client.ts'
import { tryJson } from '../core/loose-json.ts'

/** What is wrong with what an issuer publishes, or with the way to it. */
export type IssuerFaultKind =
  | 'not-https'
  | 'unreachable'
  | 'status'
  | 'not-json'
  | 'other-issuer'
  | 'no-keys'
  | 'keys-not-https'
  | 'keys-unreachable'
  | 'keys-status'
  | 'keys-not-json'

/** Why an issuer's keys could not be had. */
export class IssuerFault extends Error {
  override readonly name = 'IssuerFault'
  readonly kind: IssuerFaultKind
  /** What the discovery document calls its issuer, where that is another one. */
  readonly found: string
  constructor(kind: IssuerFaultKind, message: string, { found = '', cause }: { found?: string; cause?: unknown } = {}) {
    super(message, { cause })
    this.kind = kind
    this.found = found
  }
}

/** What an issuer publishes. */
export type IssuerDocuments = {
  readonly discovery: JsonObject
  readonly keysUrl: string
  readonly keys: readonly JsonObject[]
}

/** Which issuer is asked, and the way to it. */
export type IssuerQuestion = { readonly issuer: string; readonly http: HttpClient; readonly signal: AbortSignal }

/** Where an issuer's discovery document lies: its last slash is dropped before the path is appended (OpenID Connect Discovery §4). */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/**
 * `<iss>/.well-known/openid-configuration` → `jwks_uri` → keys (OpenID Connect Discovery §4), as Entra and AWS fetch them. No credential goes
 * along, no redirect is followed. Throws IssuerFault, and the reason of an abort.
 */
export async function fetchIssuerDocuments(question: IssuerQuestion): Promise<IssuerDocuments> {
  const { issuer } = question
  const url = publicUrl(discoveryUrl(issuer), 'not-https')
  const discovery = await fetchObject(question, url, {
    unreachable: 'unreachable',
    status: 'status',
    notJson: 'not-json',
  })
  // Discovery §4.3: a document that names another issuer must not be used.
  const said = discovery['issuer']
  if (said !== issuer) {
    const found = typeof said === 'string' ? said : 'nothing'
    throw new IssuerFault('other-issuer', `${url.href} speaks for another issuer`, { found })
  }
  const keysUrl = discovery['jwks_uri']
  if (typeof keysUrl !== 'string') throw new IssuerFault('no-keys', `${url.href} names no keys`)
  const place = publicUrl(keysUrl, 'keys-not-https')
  const jwks = await fetchObject(question, place, {
    unreachable: 'keys-unreachable',
    status: 'keys-status',
    notJson: 'keys-not-json',
  })
  const { keys } = jwks
  if (!Array.isArray(keys)) throw new IssuerFault('no-keys', `${place.href} names no keys`)
  return { discovery, keysUrl, keys: keys.filter(isObject) }
}

/** The URL, if it would be asked: https, and no user name in it. */
function publicUrl(text: string, kind: IssuerFaultKind): URL {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new IssuerFault(kind, `${text} is no https URL`)
  return url
}

type Kinds = Readonly<Record<'unreachable' | 'status' | 'notJson', IssuerFaultKind>>

async function fetchObject({ http, signal }: IssuerQuestion, url: URL, kinds: Kinds): Promise<JsonObject> {
  const request = { method: 'GET', url, headers: { accept: 'application/json' }, signal } as const
  const answer = await http.send(request).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw new IssuerFault(kinds.unreachable, cause instanceof Error ? cause.message : String(cause), { cause })
  })
  if (answer.status !== 200) throw new IssuerFault(kinds.status, `${url.href} answered HTTP ${answer.status}`)
  const value = tryJson(answer.body)
  if (!isObject(value)) throw new IssuerFault(kinds.notJson, `${url.href} did not answer with JSON`)
  return value
}
