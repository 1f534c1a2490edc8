import { createHash, randomBytes } from 'node:crypto'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import type { RawAnswer } from '../through-proxy.ts'
import { postForm } from './ask-fabrikam.ts'
import { fabrikam } from './fabrikam.ts'

/** Fields of a request, laid over the right ones; `undefined` leaves one out. */
export type Changes = Readonly<Record<string, string | undefined>>

/** A PKCE verifier and its challenge. */
export function createPkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Where the browser is sent, when it is. */
export type Visit = RawAnswer & { readonly back: URL | undefined }

/** Opens the sign-in page as Ada's browser would for the desktop client, with the changes given. */
export async function visitAuthorize(
  sandbox: Sandbox,
  changes: Changes = {},
  tenant: string = fabrikam.tenant,
): Promise<Visit> {
  const fields = {
    client_id: fabrikam.desktop,
    response_type: 'code',
    redirect_uri: fabrikam.redirectUri,
    scope: 'openid profile offline_access api://approve/Runs.Approve',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: createPkce().challenge,
    code_challenge_method: 'S256',
    login_hint: 'ada@fabrikam.example',
    ...changes,
  }
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
  const answer = await throughProxy(sandbox, {
    url: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams(given).toString()}`,
  })
  const { location } = answer.headers
  return { ...answer, back: location === undefined ? undefined : new URL(location) }
}

/** A code with everything that its redemption needs. */
export async function getCode(
  sandbox: Sandbox,
  changes: Changes = {},
  tenant?: string,
): Promise<Record<string, string>> {
  const { verifier, challenge } = createPkce()
  const visit = await visitAuthorize(sandbox, { code_challenge: challenge, ...changes }, tenant)
  const code = visit.back?.searchParams.get('code')
  if (code === null || code === undefined) throw new Error(`no code: ${visit.body}`)
  return {
    grant_type: 'authorization_code',
    client_id: changes['client_id'] ?? fabrikam.desktop,
    code,
    code_verifier: verifier,
    redirect_uri: changes['redirect_uri'] ?? fabrikam.redirectUri,
  }
}

/** Signs Ada in and redeems the code. */
export async function signIn(sandbox: Sandbox, changes: Changes = {}): Promise<Record<string, unknown>> {
  const { json } = await postForm(sandbox, await getCode(sandbox, changes))
  return json
}

/** Starts a device flow for the desktop client. */
export async function startDevice(
  sandbox: Sandbox,
  changes: Changes = {},
): Promise<{
  readonly user_code: string
  readonly poll: Record<string, string>
  readonly json: Record<string, unknown>
}> {
  const form = { client_id: fabrikam.desktop, scope: 'openid api://approve/Runs.Approve', ...changes }
  const { json } = await postForm(sandbox, form, { endpoint: 'oauth2/v2.0/devicecode' })
  const poll = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: fabrikam.desktop,
    device_code: String(json['device_code']),
  }
  return { user_code: String(json['user_code']), poll, json }
}
