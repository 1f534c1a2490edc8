import tls from 'node:tls'

const trusted = new Set<string>()

/** Trusts the CA certificates of a PEM text beside the built-in ones, in every TLS client of this process. */
export function trustCertificates(pem: string): void {
  if (trusted.has(pem)) return
  trusted.add(pem)
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...certificatesOf(pem)])
}

const begin = '-----BEGIN CERTIFICATE-----'
const end = '-----END CERTIFICATE-----'

/** The certificates of a PEM text; empty when there is none. Cut at each end: a pattern would look for the end from each beginning anew. */
export function certificatesOf(pem: string): string[] {
  const pieces = pem.split(end).slice(0, -1)
  return pieces.flatMap((piece) => {
    const start = piece.indexOf(begin)
    return start === -1 ? [] : [piece.slice(start) + end]
  })
}
