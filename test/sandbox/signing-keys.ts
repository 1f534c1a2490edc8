import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { SigningKey, SigningKeys } from './world.ts'

/** A public key as a JWKS shows it (RFC 7517). */
export type PublicJwk = {
  readonly kty: 'RSA'
  readonly use: 'sig'
  readonly alg: 'RS256'
  readonly kid: string
  readonly n: string
  readonly e: string
}

/**
 * Kept for the whole process: an RSA key costs up to half a second, and tests start hundreds of sandboxes.
 * So the same owner has the same key in each sandbox of a process; a key that nobody knows is one of another owner.
 */
const keysOfThisProcess = new Map<string, SigningKey>()

/** Signing keys by owner, made at first use. Rotations are of this sandbox alone. */
export function createSigningKeys(): SigningKeys {
  const rotations = new Map<string, { readonly signing: number; readonly oldest: number }>()
  const rotationOf = (owner: string): { signing: number; oldest: number } =>
    rotations.get(owner) ?? { signing: 0, oldest: 0 }
  return {
    of: (owner) => keyOfProcess(owner, rotationOf(owner).signing),
    published: (owner) => {
      const { signing, oldest } = rotationOf(owner)
      return Array.from({ length: signing - oldest + 1 }, (_, age) => keyOfProcess(owner, signing - age))
    },
    rotate: (owner) => {
      const { signing, oldest } = rotationOf(owner)
      rotations.set(owner, { signing: signing + 1, oldest })
    },
    retire: (owner) => {
      const { signing } = rotationOf(owner)
      rotations.set(owner, { signing, oldest: signing })
    },
  }
}

function keyOfProcess(owner: string, rotation: number): SigningKey {
  const name = rotation === 0 ? owner : `${owner} after rotation ${rotation}`
  const key = keysOfThisProcess.get(name) ?? createSigningKey()
  keysOfThisProcess.set(name, key)
  return key
}

/** The key as a JWKS entry, without anything private. */
export function publicJwk(key: SigningKey): PublicJwk {
  const { n, e } = key.publicKey.export({ format: 'jwk' })
  if (n === undefined || e === undefined) throw new Error('an RSA key has a modulus and an exponent')
  return { kty: 'RSA', use: 'sig', alg: 'RS256', kid: key.kid, n, e }
}

/** The RSA key of a JWKS entry, or undefined when the entry is not one for RS256 signatures. */
export function rsaKeyOf(jwk: Record<string, unknown>): KeyObject | undefined {
  const { kty, n, e } = jwk
  if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return undefined
  try {
    return createPublicKey({ key: { kty, n, e }, format: 'jwk' })
  } catch {
    return undefined
  }
}

function createSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  // Kubernetes names its keys so: SHA-256 of the SubjectPublicKeyInfo (pkg/serviceaccount/jwt.go).
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  return { kid, privateKey, publicKey }
}
