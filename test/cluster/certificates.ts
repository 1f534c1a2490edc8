// The generator's decorators need this polyfill to be loaded first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** Who a certificate is for: Kubernetes reads the user from the common name and the groups from the organizations. */
export type Holder = {
  readonly user: string
  readonly group?: string
  /** DNS names and IP addresses of a server; a client has none. */
  readonly names?: readonly string[]
  readonly addresses?: readonly string[]
}

export type Pair = { readonly certificate: string; readonly key: string }

/** A certificate authority of one cluster. Its own key never leaves the process. */
export type Authority = { readonly certificate: string; issue(holder: Holder): Promise<Pair> }

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
/** A cluster is for an hour or a day; nothing renews its certificates. */
const LIFETIME_DAYS = 30

/** Makes the authority that a cluster's certificates hang on. */
export async function createAuthority(): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto)
  const keys = await createKeys()
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: serialNumber(),
    name: 'CN=tekton-entra cluster CA',
    signingAlgorithm: ECDSA,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: root.toString('pem'), issue: (holder) => issue(holder, root, keys.privateKey) }
}

async function issue(holder: Holder, root: x509.X509Certificate, signingKey: webcrypto.CryptoKey): Promise<Pair> {
  const keys = await createKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    serialNumber: serialNumber(),
    subject: [...(holder.group === undefined ? [] : [{ O: [holder.group] }]), { CN: [holder.user] }],
    issuer: root.subject,
    signingAlgorithm: ECDSA,
    signingKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth, x509.ExtendedKeyUsage.serverAuth]),
      ...alternativeNames(holder),
      await x509.AuthorityKeyIdentifierExtension.create(root),
    ],
  })
  return { certificate: certificate.toString('pem'), key: await pkcs8(keys.privateKey) }
}

function alternativeNames({ names = [], addresses = [] }: Holder): readonly x509.Extension[] {
  const entries = [
    ...names.map((value) => ({ type: 'dns', value }) as const),
    ...addresses.map((value) => ({ type: 'ip', value }) as const),
  ]
  return entries.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(entries)]
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify'])
}

async function pkcs8(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

function validity(): { notBefore: Date; notAfter: Date } {
  const notBefore = Date.now() - DAY_MS
  return { notBefore: new Date(notBefore), notAfter: new Date(notBefore + LIFETIME_DAYS * DAY_MS) }
}

/** RFC 5280 §4.1.2.2: positive, unique, at most 20 octets. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`
}
