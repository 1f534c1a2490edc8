import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { escapeHtml } from '../../../steps/lib/core/escape-html.ts'
import type { EntraUser } from '../config-azure.ts'
import { pageChecks, redirectChecks } from './authorize-checks.ts'
import { runChecks } from './checks.ts'
import type { Checked } from './checks.ts'
import { found } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { answerPage, hiddenForm } from './pages.ts'
import { personChecks } from './person-checks.ts'
import { mintOpaque, personState } from './person-state.ts'
import { describeRefusal, refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'

/** Microsoft's documents: codes expire after about 10 minutes. */
const CODE_LIFETIME_MS = 600_000

/** Signs a person in without asking for anything, and sends the browser back with a code. Gives what was checked. */
export async function answerAuthorize(exchange: Exchange, response: ServerResponse): Promise<Checked> {
  const page = await runChecks(exchange, pageChecks)
  if (page.refusal !== undefined) return answerOnPage(response, page)
  const form = await runChecks(exchange, redirectChecks)
  const told = [...page.told, ...form.told]
  if (form.refusal !== undefined) return sendBackRefused(exchange, response, { refusal: form.refusal, told })
  const user = choosePerson(exchange)
  if (user === undefined) return askWho(exchange, response, told)
  if ('code' in user) return answerOnPage(response, { refusal: user, told })
  exchange.user = user
  const person = await runChecks(exchange, personChecks)
  const all = { refusal: person.refusal, told: [...told, ...person.told] }
  // A person is told on the page; who asked that nobody be bothered is told by the way back.
  if (person.refusal !== undefined) {
    return isSilent(exchange) ? sendBackRefused(exchange, response, all) : answerOnPage(response, all)
  }
  sendBack(exchange, response, { code: createCode(exchange), session_state: randomUUID() })
  return all
}

/** The one who is named, or the only one there is; undefined when a person has to be asked. */
function choosePerson({ form, tenant }: Exchange): EntraUser | Refusal | undefined {
  const users = found(tenant).users ?? []
  const hint = form.get('login_hint')
  if (hint === undefined) return users.length === 1 ? users[0] : undefined
  const named = users.find(({ upn }) => upn.toLowerCase() === hint.toLowerCase())
  return named ?? refuse(50034, { user: hint, tenant: found(tenant).id })
}

function isSilent({ form }: Exchange): boolean {
  return form.get('prompt') === 'none'
}

/** The minimal form: one link for each person. */
function askWho(exchange: Exchange, response: ServerResponse, told: readonly string[]): Checked {
  if (isSilent(exchange)) return sendBackRefused(exchange, response, { refusal: refuse(50058), told })
  const links = (found(exchange.tenant).users ?? []).map(({ upn }) => {
    const query = new URLSearchParams([...exchange.form, ['login_hint', upn]])
    return `<li><a href="?${escapeHtml(query.toString())}">${escapeHtml(upn)}</a></li>`
  })
  answerPage(response, { status: 200, title: 'Who signs in?', body: `<ul>${links.join('')}</ul>` })
  return { refusal: undefined, told: [...told, 'person: asked'] }
}

function createCode(exchange: Exchange): string {
  const { world, form } = exchange
  const code = mintOpaque(world, '1.C')
  const nonce = form.get('nonce')
  personState(world).codes.set(code, {
    tenant: found(exchange.tenant),
    clientId: found(exchange.app).clientId,
    user: found(exchange.user),
    scope: form.get('scope') ?? '',
    ...(nonce === undefined ? {} : { nonce }),
    redirectUri: form.get('redirect_uri') ?? '',
    challenge: form.get('code_challenge') ?? '',
    expiresAt: world.clock.now() + CODE_LIFETIME_MS,
    redeemed: false,
  })
  return code
}

function answerOnPage(response: ServerResponse, checked: Checked & { refusal: Refusal | undefined }): Checked {
  const { code } = found(checked.refusal)
  const { text } = describeRefusal(found(checked.refusal))
  // [K] assumption: the status; Microsoft's page is not for programs.
  answerPage(response, { status: 400, title: 'Sign in', body: `<p>AADSTS${code}: ${escapeHtml(text)}</p>` })
  return checked
}

function sendBackRefused(exchange: Exchange, response: ServerResponse, checked: Checked): Checked {
  const refusal = found(checked.refusal)
  const { error, text } = describeRefusal(refusal)
  // OpenID Connect Core §3.1.2.6 has its own words for what only a person could settle.
  const shown = error === 'invalid_grant' ? 'interaction_required' : error
  sendBack(exchange, response, { error: shown, error_description: `AADSTS${refusal.code}: ${text}` })
  return checked
}

/** RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode §2. */
function sendBack(exchange: Exchange, response: ServerResponse, answer: Record<string, string>): void {
  const { form } = exchange
  const redirectUri = form.get('redirect_uri') ?? ''
  const state = form.get('state')
  const fields = new URLSearchParams({ ...answer, ...(state === undefined ? {} : { state }) })
  if (form.get('response_mode') === 'form_post') {
    const body = hiddenForm({ action: redirectUri, fields, button: 'Continue' })
    return answerPage(response, { status: 200, title: 'Signed in', body })
  }
  const separator = form.get('response_mode') === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  response.writeHead(302, {
    location: `${redirectUri}${separator}${fields.toString()}`,
    'cache-control': 'no-store, no-cache',
    'referrer-policy': 'no-referrer',
  })
  response.end()
}
