import { createHash, randomBytes } from 'node:crypto'
import { encodeAnswer } from '../../steps/lib/approval/approval-answer.ts'
import { answerKey, decodeRequest, type Decision } from '../../steps/lib/approval/approval-request.ts'
import { Secret } from '../../steps/lib/core/secret.ts'
import { example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { approvalApp, type Person } from './approval-cloud.ts'
import { place, type ApprovalDoor } from './approval-door.ts'

/** What Entra gives a person who signs in with this nonce; not by the command line, so that anything can be asked for. */
export async function signInAs(
  { door }: ApprovalDoor,
  { as, nonce, scope = 'openid profile' }: { readonly as: Person; readonly nonce: string; readonly scope?: string },
): Promise<{ readonly idToken: string; readonly accessToken: string }> {
  const { sandbox } = door
  const verifier = randomBytes(32).toString('base64url')
  const endpoint = `https://login.microsoftonline.com/${example.tenantId}/oauth2/v2.0`
  const query = new URLSearchParams({
    client_id: approvalApp,
    response_type: 'code',
    redirect_uri: 'http://localhost:9',
    scope,
    state: 's',
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: `${as}@contoso.example`,
  })
  const { headers, body: page } = await throughProxy(sandbox, { url: `${endpoint}/authorize?${query.toString()}` })
  const code = new URL(headers['location'] ?? 'http://none').searchParams.get('code')
  if (code === null) throw new Error(`no code: ${page}`)
  const form = { grant_type: 'authorization_code', client_id: approvalApp, redirect_uri: 'http://localhost:9' }
  const { body } = await throughProxy(sandbox, {
    url: `${endpoint}/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...form, code, code_verifier: verifier }).toString(),
  })
  const answer: Record<string, unknown> = JSON.parse(body)
  return { idToken: String(answer['id_token']), accessToken: String(answer['access_token']) }
}

/** Puts a token into the ConfigMap as the answer to a request, sealed as it should be. */
export async function putAnswer(
  approvals: ApprovalDoor,
  word: string,
  { decision, token }: { readonly decision: Decision; readonly token: string },
): Promise<void> {
  const request = decodeRequest(word)
  if (request === undefined) throw new Error('no request')
  putText(approvals, word, await encodeAnswer(request, { decision, idToken: new Secret(token) }))
}

/** Puts any text there. */
export function putText({ api }: ApprovalDoor, word: string, text: string): void {
  const found = api.objects.get(place) ?? {}
  const data = (found['data'] ?? {}) as Record<string, string>
  api.objects.set(place, { ...found, data: { ...data, [answerKey(word)]: text } })
}
