// The generator's decorators need this polyfill to be loaded first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import * as x509 from '@peculiar/x509'

/** The sandbox's certificate authority: one per sandbox, never written anywhere but where the caller puts its PEM. */
export type Pki = {
  readonly caPem: string
  /** Certificate and key of one server name, made at first use. */
  secureContext(host: string): Promise<SecureContext>
  /** PEM of the certificate that clients of the host are shown. */
  leafPem(host: string): Promise<string>
  /** PEM of that certificate's private key, for a server that is another program. */
  leafKeyPem(host: string): Promise<string>
}

type Leaf = { readonly pem: string; readonly keyPem: string; readonly context: SecureContext }
type Authority = { readonly certificate: x509.X509Certificate; readonly keys: webcrypto.CryptoKeyPair }

const DAY_MS = 86_400_000
/** Clients of their own clock may be a little behind: certificates are valid from yesterday. */
const BACKDATED_MS = DAY_MS
const CA_DAYS = 3650
/** CA/Browser Forum and Apple refuse leaves that live longer than 397 days. */
const LEAF_DAYS = 90
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const CA_NAME = 'O=tekton-entra, CN=tekton-entra sandbox CA'
/** The host stands in the SAN only: a common name may not be longer than 64 characters, host names may. */
const LEAF_NAME = 'O=tekton-entra, CN=tekton-entra sandbox host'

/** Makes a certificate authority whose certificates pass `openssl verify -x509_strict`. */
export async function createPki(): Promise<Pki> {
  x509.cryptoProvider.set(webcrypto)
  const authority = await createAuthority()
  const leaves = new Map<string, Promise<Leaf>>()
  const leafOf = (host: string): Promise<Leaf> => {
    const leaf = leaves.get(host) ?? createLeaf(authority, host)
    leaves.set(host, leaf)
    return leaf
  }
  return {
    caPem: authority.certificate.toString('pem'),
    secureContext: async (host) => (await leafOf(host)).context,
    leafPem: async (host) => (await leafOf(host)).pem,
    leafKeyPem: async (host) => (await leafOf(host)).keyPem,
  }
}

async function createAuthority(): Promise<Authority> {
  const keys = await createKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(CA_DAYS),
    serialNumber: serialNumber(),
    name: CA_NAME,
    signingAlgorithm: ECDSA,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate, keys }
}

async function createLeaf(authority: Authority, host: string): Promise<Leaf> {
  const keys = await createKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(LEAF_DAYS),
    serialNumber: serialNumber(),
    subject: LEAF_NAME,
    issuer: authority.certificate.subject,
    signingAlgorithm: ECDSA,
    signingKey: authority.keys.privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  })
  const pem = certificate.toString('pem')
  const keyPem = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { pem, keyPem, context: createSecureContext({ cert: pem, key: keyPem }) }
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])
}

/** Certificates are checked by clients that know nothing of the sandbox's clock: they follow the real one. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const notBefore = Date.now() - BACKDATED_MS
  return { notBefore: new Date(notBefore), notAfter: new Date(notBefore + days * DAY_MS) }
}

/** RFC 5280 §4.1.2.2: positive, unique, at most 20 octets. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`
}
