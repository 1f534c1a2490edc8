// The certificate generator's decorators need this polyfill to be loaded first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata'
import { generateKeyPairSync, sign, webcrypto } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { ObservedKey } from './sts-observed-keys.ts'

/** Issuer of the tests of this folder; its trailing slash matters. */
export const ISSUER = 'https://issuer.example/tenant/'

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }

const RSA_KEY: KeyPair = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** Keys by the `kid` that is also the algorithm's name: one RSA key, one EC key for each curve. */
const KEYS: ReadonlyMap<string, KeyPair> = new Map([
  ['RS256', RSA_KEY],
  ['RS384', RSA_KEY],
  ['RS512', RSA_KEY],
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
])

const keyPair = (name: string): KeyPair => {
  const pair = KEYS.get(name)
  if (pair === undefined) throw new Error(`the test issuer has no key ${name}`)
  return pair
}

const importPkcs8 = async (key: KeyObject): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    'pkcs8',
    key.export({ type: 'pkcs8', format: 'der' }),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    true,
    ['sign'],
  )

const importSpki = async (key: KeyObject): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    'spki',
    key.export({ type: 'spki', format: 'der' }),
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    true,
    ['verify'],
  )

/** Self-signed certificate of the RSA key, as `x5c` holds it. */
const certificate = async (): Promise<string> => {
  x509.cryptoProvider.set(webcrypto)
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test issuer',
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2036-01-01'),
    keys: { privateKey: await importPkcs8(RSA_KEY.privateKey), publicKey: await importSpki(RSA_KEY.publicKey) },
  })
  return Buffer.from(made.rawData).toString('base64')
}

/** The JWK of one recorded entry. */
export const jwkOf = async (entry: ObservedKey): Promise<Readonly<Record<string, unknown>>> => {
  const name = entry.keyOf ?? entry.kid ?? ''
  const parameters = keyPair(name).publicKey.export({ format: 'jwk' })
  const shown = {
    ...parameters,
    ...(entry.altered === undefined ? {} : { n: `${String(parameters.n).slice(0, -12)}AAAAAAAAAAAB` }),
    alg: name,
    use: 'sig',
  }
  return {
    ...(entry.onlyCertificate === undefined ? shown : { kty: parameters.kty }),
    ...(entry.kid === null ? {} : { kid: entry.kid }),
    ...(entry.certificate === undefined ? {} : { x5c: [await certificate()] }),
    ...entry.extra,
  }
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

/** Which key signs, by the algorithm it is for, and the digest when it is not the algorithm's own. */
type Signer = string | { readonly keyOf: string; readonly digest: string }

/** Signs a header and the payload's bytes, whatever they are. */
export const signToken = (signer: Signer, header: object, payload: string): string => {
  const { keyOf, digest } = typeof signer === 'string' ? { keyOf: signer, digest: `sha${signer.slice(2)}` } : signer
  const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`
  const key = keyPair(keyOf).privateKey
  const signature = sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** A good RS256 token of the issuer, for the given claims. */
export const goodToken = (claims: Readonly<Record<string, unknown>>, nowMs: number): string => {
  const now = Math.floor(nowMs / 1000)
  const all = { iss: ISSUER, aud: 'client-a', sub: 'subject-probe', iat: now - 10, exp: now + 600, ...claims }
  return signToken('RS256', { alg: 'RS256', kid: 'RS256', typ: 'JWT' }, JSON.stringify(all))
}
