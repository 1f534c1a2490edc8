import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import type { RawAnswer } from '../through-proxy.ts'
import { fabrikam } from './fabrikam.ts'

/** One form to the token endpoint (or another one) of the tenant. */
export async function postForm(
  sandbox: Sandbox,
  form: Readonly<Record<string, string | undefined>>,
  options: { host?: string; tenant?: string; endpoint?: string } = {},
): Promise<RawAnswer & { readonly json: Record<string, unknown> }> {
  const { host = 'login.microsoftonline.com', tenant = fabrikam.tenant, endpoint = 'oauth2/v2.0/token' } = options
  const given = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined)
  const answer = await throughProxy(sandbox, {
    url: `https://${host}/${tenant}/${endpoint}`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(given).toString(),
  })
  return { ...answer, json: JSON.parse(answer.body) }
}

/** The form of a pod's exchange. */
export function podForm(
  sandbox: Sandbox,
  changes: { readonly audience?: string; readonly form?: Readonly<Record<string, string | undefined>> } = {},
): Record<string, string | undefined> {
  const { audience, form } = changes
  return {
    client_id: fabrikam.builder,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: sandbox.mintToken({
      namespace: 'ci',
      serviceAccount: 'builder',
      ...(audience === undefined ? {} : { audience }),
    }),
    scope: 'https://management.core.windows.net//.default',
    ...form,
  }
}

/** The access token of a pod's exchange that must succeed. */
export async function podToken(sandbox: Sandbox, form: Readonly<Record<string, string>> = {}): Promise<string> {
  const { json } = await postForm(sandbox, podForm(sandbox, { form }))
  if (typeof json['access_token'] !== 'string') throw new Error(String(json['error_description']))
  return json['access_token']
}

/** AADSTS number of an answer; undefined when it is a token. */
export function codeOf(answer: { readonly json: Record<string, unknown> }): unknown {
  const codes = answer.json['error_codes']
  return Array.isArray(codes) ? codes[0] : undefined
}
