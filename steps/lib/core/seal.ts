import { compactDecrypt, CompactEncrypt, exportJWK, generateKeyPair, importJWK } from 'jose'
import { Secret } from './secret.ts'

/** Opens what was sealed for it. The private key is in this process's memory and nowhere else. */
export type Seal = {
  /** The public key, as the `x` of an X25519 JWK (RFC 8037 §2). */
  readonly publicKey: string
  /** The text; undefined where it was sealed for somebody else, changed, or is nothing sealed at all. */
  open(sealed: string): Promise<Secret | undefined>
}

const curve = { kty: 'OKP', crv: 'X25519' } as const
const algorithms = { alg: 'ECDH-ES', enc: 'A256GCM' } as const
/** What a public key looks like: 32 bytes in base64url. */
export const publicKeyPattern = /^[A-Za-z0-9_-]{43}$/

/** Makes a new key pair. */
export async function createSeal(): Promise<Seal> {
  const { publicKey, privateKey } = await generateKeyPair(algorithms.alg, { crv: curve.crv, extractable: false })
  const { x = '' } = await exportJWK(publicKey)
  return {
    publicKey: x,
    open: async (sealed) => {
      try {
        const { plaintext } = await compactDecrypt(sealed, privateKey, {
          keyManagementAlgorithms: [algorithms.alg],
          contentEncryptionAlgorithms: [algorithms.enc],
        })
        return new Secret(Buffer.from(plaintext).toString('utf8'))
      } catch {
        return undefined
      }
    },
  }
}

/** Seals a text so that only the owner of the key can read it: a compact JWE (RFC 7516), ECDH-ES by a key of its own and A256GCM. */
export async function sealFor(publicKey: string, text: Secret): Promise<string> {
  const key = await importJWK({ ...curve, x: publicKey }, algorithms.alg)
  return await new CompactEncrypt(Buffer.from(text.reveal(), 'utf8')).setProtectedHeader(algorithms).encrypt(key)
}
