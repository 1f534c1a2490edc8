import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { World } from '../world.ts'
import type { TokenSigning } from './web-identity-params.ts'

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }

// For the whole process, like the RSA keys of the sandbox: the same issuer has the same key in each sandbox of a process.
const curveKeys = new Map<string, KeyPair>()

const curveKey = (id: string): KeyPair => {
  const key = curveKeys.get(id) ?? generateKeyPairSync('ec', { namedCurve: 'P-384' })
  curveKeys.set(id, key)
  return key
}

const rsaKey = (world: World, id: string): KeyPair => world.keys.of(`aws-outbound:${id}`)

/** Key ids as a real issuer of this kind publishes them (its JWKS is quoted in a public test). */
const KEY_IDS: Readonly<Record<TokenSigning, string>> = { RS256: 'RSA_0', ES384: 'EC384_0' }

/** The issuer's JWKS: one RSA key without `alg`, one EC key with it, as quoted there. */
export const outboundJwks = (world: World, id: string): object => ({
  keys: [
    { ...rsaKey(world, id).publicKey.export({ format: 'jwk' }), kid: KEY_IDS.RS256, use: 'sig' },
    { ...curveKey(id).publicKey.export({ format: 'jwk' }), kid: KEY_IDS.ES384, use: 'sig', alg: 'ES384' },
  ],
})

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Signs a token of the account's own issuer. */
export const signOutbound = (world: World, id: string, token: { alg: TokenSigning; claims: object }): string => {
  const { alg, claims } = token
  const input = `${encode({ alg, kid: KEY_IDS[alg], typ: 'JWT' })}.${encode(claims)}`
  const signature =
    alg === 'RS256'
      ? sign('sha256', Buffer.from(input), rsaKey(world, id).privateKey)
      : sign('sha384', Buffer.from(input), { key: curveKey(id).privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
