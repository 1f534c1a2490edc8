import { createHmac, createPublicKey, sign as signBytes } from 'node:crypto'
import type { EntraTokenFaultCode } from '../../../steps/lib/token/entra-token-fault.ts'
import { attackerKey, jwk, sign, signRaw, tenantKey, v2Claims } from './entra-tenant.ts'

/** A token that must not pass, and why not. */
export type BadToken = readonly [what: string, code: EntraTokenFaultCode, token: () => string]

const good = () => sign(v2Claims)
const [header = '', claims = '', signature = ''] = good().split('.')
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claimsText = JSON.stringify(v2Claims)
const headerText = JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: tenantKey.kid })

/** HMAC with the public key as the secret: what a library does that goes by the token's own `alg`. */
function hmacWith(secret: string | Buffer): string {
  const signed = `${part({ typ: 'JWT', alg: 'HS256', kid: tenantKey.kid })}.${claims}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const spki = tenantKey.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const spkiDer = tenantKey.publicKey.export({ type: 'spki', format: 'der' })

/** A true RSA signature of another algorithm by the tenant's own key. */
function signedAs(alg: string, hash: string, padding?: object): string {
  const signed = `${part({ typ: 'JWT', alg, kid: tenantKey.kid })}.${claims}`
  const key = { key: tenantKey.privateKey, ...padding }
  return `${signed}.${signBytes(hash, Buffer.from(signed), key).toString('base64url')}`
}

/** The last character with a bit set that no byte has: another text of the same signature. */
function withSpareBit(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1] ?? ''
  return text.slice(0, -1) + last
}

export const badForms: readonly BadToken[] = [
  ['an empty text', 'malformed', () => ''],
  ['a text that is no JWT', 'malformed', () => 'hello'],
  ['two parts', 'malformed', () => `${header}.${claims}`],
  ['four parts', 'malformed', () => `${good()}.x`],
  ['an encrypted token, of five parts', 'malformed', () => `${header}.a.b.c.d`],
  ['a header that is a list', 'malformed', () => `${part(['RS256'])}.${claims}.${signature}`],
  ['a header that is null', 'malformed', () => `${part(null)}.${claims}.${signature}`],
  ['claims that are a text', 'malformed', () => signRaw(undefined, '"x"')],
  ['claims that are no JSON', 'malformed', () => signRaw(undefined, '{')],
  [
    'claims that are no UTF-8',
    'malformed',
    () => `${header}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.x`,
  ],
  ['a byte order mark before the claims', 'malformed', () => signRaw(undefined, `\ufeff${claimsText}`)],
  ['claims nested without end', 'malformed', () => signRaw(undefined, `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`)],
  ['padding', 'malformed', () => `${header}.${claims}.${signature}=`],
  ['a line end after the token', 'malformed', () => `${good()}\n`],
  ['the alphabet of plain base64', 'malformed', () => `${header}.${claims}.+/${signature.slice(2)}`],
  ['a signature spelled otherwise', 'malformed', () => `${header}.${claims}.${withSpareBit(signature)}`],
  ['a token of 33 KB', 'too-large', () => sign({ ...v2Claims, more: 'x'.repeat(25_000) })],
  ['a token of 10 MB', 'too-large', () => `${header}.${'A'.repeat(10_000_000)}.${signature}`],
  [
    'a claim that is there twice, with the same value',
    'duplicate',
    () => signRaw(undefined, twice('"aud":"x","aud":"x"')),
  ],
  ['roles that are there twice', 'duplicate', () => signRaw(undefined, `{"roles":[],${claimsText.slice(1)}`)],
  [
    'an audience twice, once spelled with an escape',
    'duplicate',
    () => signRaw(undefined, twice('"aud":"y","\\u0061ud":"x"')),
  ],
  ['a duplicate further inside', 'duplicate', () => signRaw(undefined, twice('"a":{"b":1,"b":2}'))],
  ['an algorithm that is there twice', 'duplicate', () => signRaw(`{"alg":"none",${headerText.slice(1)}`, claimsText)],
  ['alg none without a signature', 'algorithm', () => `${part({ typ: 'JWT', alg: 'none' })}.${claims}.`],
  ['alg none with a signature', 'algorithm', () => sign(v2Claims, { alg: 'none' })],
  ['alg NONE', 'algorithm', () => `${part({ typ: 'JWT', alg: 'NONE', kid: tenantKey.kid })}.${claims}.`],
  ['no alg', 'algorithm', () => sign(v2Claims, { alg: undefined })],
  ['an alg that is a list', 'algorithm', () => sign(v2Claims, { alg: ['RS256'] })],
  ['rs256 in small letters', 'algorithm', () => sign(v2Claims, { alg: 'rs256' })],
  ['HS256 with the public key (PEM) as the secret', 'algorithm', () => hmacWith(spki)],
  ['HS256 with the public key (DER) as the secret', 'algorithm', () => hmacWith(spkiDer)],
  ['HS256 with the modulus as the secret', 'algorithm', () => hmacWith(JSON.stringify(jwk(tenantKey)))],
  ['RS384 by the right key', 'algorithm', () => signedAs('RS384', 'sha384')],
  ['RS512 by the right key', 'algorithm', () => signedAs('RS512', 'sha512')],
  ['PS256 by the right key', 'algorithm', () => signedAs('PS256', 'sha256', { padding: 6, saltLength: 32 })],
  ['no typ', 'type', () => sign(v2Claims, { typ: undefined })],
  ['the typ of another kind of token', 'type', () => sign(v2Claims, { typ: 'dpop+jwt' })],
  ['an embedded jwk of its own key', 'header', () => sign(v2Claims, { jwk: jwk(attackerKey) }, attackerKey)],
  [
    "an embedded jwk under the tenant's kid",
    'header',
    () => sign(v2Claims, { jwk: jwk(attackerKey), kid: tenantKey.kid }, attackerKey),
  ],
  ['a jku', 'header', () => sign(v2Claims, { jku: 'https://evil.example/keys' }, attackerKey)],
  ['an x5u', 'header', () => sign(v2Claims, { x5u: 'https://evil.example/cert' }, attackerKey)],
  ['an x5c', 'header', () => sign(v2Claims, { x5c: ['MIIB'] }, attackerKey)],
  ['a crit that is empty', 'header', () => sign(v2Claims, { crit: [] })],
  ['an extension that must be understood', 'header', () => sign(v2Claims, { crit: ['exp'], exp: 1 })],
  ['a payload that is not encoded (b64)', 'header', () => sign(v2Claims, { b64: false })],
  ['a compressed payload', 'header', () => sign(v2Claims, { zip: 'DEF' })],
  ['a token inside a token', 'header', () => sign(v2Claims, { cty: 'JWT' })],
  ["a nonce, as Microsoft Graph's tokens have", 'microsoft-api', () => sign(v2Claims, { nonce: 'x' })],
  ['no kid', 'key-id', () => sign(v2Claims, { kid: undefined })],
  ['a kid that is a number', 'key-id', () => sign(v2Claims, { kid: 1 })],
  ['a kid that is a path', 'key-id', () => sign(v2Claims, { kid: '../../dev/null' })],
  ['a kid that is SQL', 'key-id', () => sign(v2Claims, { kid: "x' UNION SELECT 'key" })],
  ['a kid with a space', 'key-id', () => sign(v2Claims, { kid: `${tenantKey.kid} ` })],
  ['a kid of 10,000 characters', 'key-id', () => sign(v2Claims, { kid: 'k'.repeat(10_000) })],
  ['a kid that every object has', 'key-unknown', () => sign(v2Claims, { kid: '__proto__' })],
  ['a kid in other letters', 'key-unknown', () => sign(v2Claims, { kid: tenantKey.kid.toUpperCase() })],
  ['the key of somebody else', 'key-unknown', () => sign(v2Claims, {}, attackerKey)],
  [
    "somebody else's signature under the tenant's kid",
    'signature',
    () => sign(v2Claims, { kid: tenantKey.kid }, attackerKey),
  ],
  [
    'other claims under a true signature',
    'signature',
    () => `${header}.${part({ ...v2Claims, roles: ['Deploy', 'Admin'] })}.${signature}`,
  ],
  [
    'another header over a true signature',
    'signature',
    () => `${part({ kid: tenantKey.kid, alg: 'RS256', typ: 'JWT' })}.${claims}.${signature}`,
  ],
  ['no signature', 'signature', () => `${header}.${claims}.`],
  ['a signature of zeros', 'signature', () => `${header}.${claims}.${Buffer.alloc(256).toString('base64url')}`],
  ['a signature that is cut', 'signature', () => `${header}.${claims}.${signature.slice(0, 300)}`],
]

function twice(members: string): string {
  return `{${members}}`
}

/** Node makes a key of it, so it is no nonsense that the corpus is made with. */
export const publicKeyOfCorpus = createPublicKey(spki)
