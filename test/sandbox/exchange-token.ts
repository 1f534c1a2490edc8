import { example } from './example-cloud.ts'
import { throughProxy } from './through-proxy.ts'

type Way = Parameters<typeof throughProxy>[0]

/** Shows Entra a projected token as the example's client, for one resource, as any client would (RFC 7523 §2.2). */
export async function exchangeToken(way: Way, { assertion, resource }: { assertion: string; resource: string }) {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: example.clientId,
    scope: `${resource}/.default`,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  return await throughProxy(way, {
    url: `https://login.microsoftonline.com/${example.tenantId}/oauth2/v2.0/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
}

/** The token of such an exchange, which must succeed. */
export async function exchangedToken(way: Way, asked: { assertion: string; resource: string }): Promise<string> {
  const { body } = await exchangeToken(way, asked)
  const { access_token: token } = JSON.parse(body) as { readonly access_token?: string }
  if (token === undefined) throw new Error(`Entra gave no token: ${body}`)
  return token
}
