import tls from 'node:tls'

/** Trusts the CA certificates of a PEM text beside the built-in ones, in every TLS client of this process. */
export function trustCertificates(pem: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...certificatesOf(pem)])
}

/** The certificates of a PEM text; empty when there is none. */
export function certificatesOf(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
}
