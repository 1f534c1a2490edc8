import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifySignature } from '../../../steps/lib/core/jwt.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const rsaKey = { kid: 'k', ...rsa.publicKey.export({ format: 'jwk' }) }
const ecKey = { kid: 'k', ...ec.publicKey.export({ format: 'jwk' }) }
const good = jwt({ alg: 'RS256', kid: 'k' }, rsa.privateKey)

test.each<[what: string, token: string, key: Record<string, unknown>]>([
  ['an RSA signature of an expired token (times are not asked for)', good, rsaKey],
  ['an EC signature', jwt({ alg: 'ES256', kid: 'k' }, ec.privateKey), ecKey],
  // AWS was recorded to take it (sts-observed, key-wrong-alg).
  ['a key that is said to be for another algorithm', good, { ...rsaKey, alg: 'RS512' }],
])('finds %s good, whatever other keys there are', async (_what, token, key) => {
  const stranger = { ...other.publicKey.export({ format: 'jwk' }), kid: 'another' }
  expect(await verifySignature(token, [stranger, key, {}])).toEqual({ verdict: 'good' })
})

test.each<[what: string, token: string, keys: Record<string, unknown>[], reason: string]>([
  ['of another key', jwt({ alg: 'RS256', kid: 'k' }, other.privateKey), [rsaKey], 'the key k did not make it'],
  ['over other claims', good.replace(/\.[^.]+\./, `.${part({ exp: 2 })}.`), [rsaKey], 'the key k did not make it'],
  ['of a key that is gone', good, [{ ...rsaKey, kid: 'K' }], 'the issuer publishes no key k'],
  ['when the issuer has no keys', good, [], 'the issuer publishes no key k'],
])('is certain that a signature %s is bad', async (_what, token, keys, reason) => {
  expect(await verifySignature(token, keys)).toEqual({ verdict: 'bad', reason })
})

test.each<[what: string, token: string, keys: Record<string, unknown>[]]>([
  ['text that is no JWT', 'abc', [rsaKey]],
  ['a token without kid', jwt({ alg: 'RS256' }, rsa.privateKey), [rsaKey]],
  ['a token whose kid is no text', jwt({ alg: 'RS256', kid: 1 }, rsa.privateKey), [rsaKey]],
  ['an unsigned token (alg none)', `${part({ alg: 'none', kid: 'k' })}.${part({})}.`, [rsaKey]],
  ['a shared key (HS256)', jwt({ alg: 'HS256', kid: 'k' }, rsa.privateKey), [{ kid: 'k', kty: 'oct', k: 'c2VjcmV0' }]],
  [
    'an extension that must be understood',
    jwt({ alg: 'RS256', kid: 'k', crit: ['x'], x: 1 }, rsa.privateKey),
    [rsaKey],
  ],
  ['a key with operations, which AWS never takes', good, [{ ...rsaKey, key_ops: ['verify'] }]],
  ['two keys of one kid', good, [rsaKey, { ...rsaKey, n: 'other' }]],
  ['a key of another kind', good, [ecKey]],
  ['a key without numbers', good, [{ kid: 'k', kty: 'RSA' }]],
])('says neither good nor bad of %s, and why', async (_what, token, keys) => {
  expect(await verifySignature(token, keys)).toEqual({ verdict: 'unknown', reason: expect.stringMatching(/\w+ \w+/) })
})

function jwt(header: object, key: KeyObject): string {
  const signed = `${part(header)}.${part({ sub: 'x', exp: 1 })}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
