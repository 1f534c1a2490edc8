import { stepError } from '../core/errors.ts'
import type { HttpClient, HttpRequest } from '../http/client.ts'

/** What the AKS webhook tells a pod with an identity binding (`AZURE_KUBERNETES_*`); each `''` where it is not set. */
export type BindingVariables = {
  readonly url: string
  readonly sniName: string
  readonly caFile: string
  readonly caData: string
}

/** Audience of the tokens that the webhook projects for identity bindings: the token proxy takes no other, and nobody else takes this one. */
export const bindingAudience = 'api://AKSIdentityBinding'

/** The token proxy of an AKS cluster: where the form goes that would else go to Entra. */
type TokenProxy = { readonly url: URL; readonly serverName: string; readonly ca: string }

/**
 * A way out on which whatever goes to the authority goes to the cluster's token proxy instead: `<proxy>/<tenant>/oauth2/v2.0/token`, under the
 * proxy's own server name and CA, never through the proxy to the internet (AKS identity bindings; as @azure/identity does it since 4.14.1).
 * The CA is read anew for each request. Throws AKS_BINDING_INVALID.
 */
export function throughTokenProxy(
  http: HttpClient,
  { authority, variables, readCa }: { authority: string; variables: BindingVariables; readCa: ReadCa },
): HttpClient {
  const through = async (request: HttpRequest): Promise<HttpRequest> => {
    if (request.url.origin !== new URL(authority).origin) {
      throw new TypeError(`an identity binding gives no tokens of ${request.url.host}`)
    }
    const { url, serverName, ca } = await tokenProxyOf(variables, readCa)
    const asked = new URL(url)
    asked.pathname = `${url.pathname.replace(/\/$/, '')}${request.url.pathname}`
    return { ...request, url: asked, within: { serverName, ca } }
  }
  return {
    send: async (request) => await http.send(await through(request)),
    download: async (request) => await http.download(await through(request)),
    close: () => http.close(),
  }
}

/** Reads the file of a CA. */
type ReadCa = (path: string) => Promise<string>

/** Throws AKS_BINDING_MISSING where the webhook has not told of a token proxy. */
export function requireTokenProxy({ url }: BindingVariables): void {
  if (url === '') throw stepError('AKS_BINDING_MISSING', {})
}

async function tokenProxyOf(variables: BindingVariables, readCa: ReadCa): Promise<TokenProxy> {
  const { url: text, sniName, caFile, caData } = variables
  const url = URL.parse(text)
  if (url === null || !isPlainHttps(url)) throw invalid('AZURE_KUBERNETES_TOKEN_PROXY', 'it is no plain https URL')
  if (caFile !== '' && caData !== '')
    throw invalid('AZURE_KUBERNETES_CA_DATA', 'AZURE_KUBERNETES_CA_FILE is set as well')
  const ca = caFile === '' ? caData : await readCaFile(caFile, readCa)
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) {
    throw invalid(
      caFile === '' ? 'AZURE_KUBERNETES_CA_DATA' : 'AZURE_KUBERNETES_CA_FILE',
      'there is no certificate in it',
    )
  }
  return { url, serverName: sniName || url.hostname, ca }
}

/** Neither login, query nor fragment: nothing of them would reach the token proxy unseen. */
function isPlainHttps(url: URL): boolean {
  return url.protocol === 'https:' && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

async function readCaFile(path: string, readCa: ReadCa): Promise<string> {
  try {
    return await readCa(path)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw invalid('AZURE_KUBERNETES_CA_FILE', reason)
  }
}

function invalid(variable: string, reason: string) {
  return stepError('AKS_BINDING_INVALID', { variable, reason })
}
