import { X509Certificate } from 'node:crypto'
import type { Fault } from '../core/errors.ts'
import { certificatesOf } from '../http/trust.ts'
import { envName, type networkKeys } from './define-step.ts'

/** How a step reaches the clouds; each `''` where nothing was said. */
export type Network = { readonly httpsProxy: string; readonly noProxy: string; readonly caCertificates: string }

/** From the identity profile, else what the cluster's administrators set in the pod's environment. Faults never show what came: it may be a password or a key. */
export function readNetwork(env: Readonly<Record<string, string | undefined>>, faults: Fault[]): Network {
  const key = (name: (typeof networkKeys)[number]) => (env[envName('PROFILE', name)] ?? '').trim()
  const ofPod = (name: string) => (env[name.toUpperCase()] || env[name] || '').trim()
  const caCertificates = key('ca.crt')
  const httpsProxy = key('https-proxy') || ofPod('https_proxy')
  if (httpsProxy !== '' && !isProxyUrl(httpsProxy)) {
    const param = key('https-proxy') === '' ? 'HTTPS_PROXY (environment)' : 'https-proxy (profile)'
    faults.push({ param, got: 'something else', expected: 'a URL such as http://proxy.example:3128' })
  }
  if (caCertificates !== '' && !areCertificates(caCertificates)) {
    faults.push({ param: 'ca.crt (profile)', got: 'something else', expected: 'PEM certificates' })
  }
  return { httpsProxy, noProxy: key('no-proxy') || ofPod('no_proxy'), caCertificates }
}

/** `proxy.example:3128` is a URL too, of the scheme `proxy.example`. Its login must be percent-encoded well, or Node fails without a word of it. */
function isProxyUrl(text: string): boolean {
  const url = URL.parse(text)
  // As text, too: a URL drops line ends and tabs wherever they stand.
  return url !== null && /^https?:\S+$/i.test(text) && isDecodable(url.username) && isDecodable(url.password)
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function areCertificates(pem: string): boolean {
  const certificates = certificatesOf(pem)
  try {
    return (
      certificates.every((certificate) => new X509Certificate(certificate).subject !== undefined) &&
      certificates.length > 0
    )
  } catch {
    return false
  }
}
