import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { decisionNonce, type ApprovalRequest, type Decision } from '../../lib/approval/approval-request.ts'
import { azureCloud } from '../../lib/azure/clouds.ts'
import { printable } from '../../lib/core/errors.ts'
import { decodeToken, textClaim } from '../../lib/core/jwt.ts'
import { Secret } from '../../lib/core/secret.ts'
import type { HttpClient } from '../../lib/http/client.ts'
import { listen, LOOPBACK } from '../../../test/sandbox/listen.ts'
import { CliError, exits } from '../cli-error.ts'
import { objectOf, tryJson } from '../../lib/core/loose-json.ts'

/** What a person signs in for. */
export type SigningIn = {
  readonly request: ApprovalRequest
  readonly word: string
  readonly decision: Decision
  readonly http: HttpClient
  readonly signal: AbortSignal
  /** Is given the address of the page to sign in at. */
  readonly show: (url: URL) => void
}

/**
 * Signs a person in by the browser: authorization code with PKCE (RFC 7636) back to a loopback address (RFC 8252 §7.3), anew each time
 * (`prompt=login`), with the decision as `nonce`. Gives the ID token. Throws CliError.
 */
export async function signIn(signing: SigningIn): Promise<Secret> {
  const { request, word, decision, show, signal } = signing
  const [verifier, state] = [randomBytes(32).toString('base64url'), randomBytes(16).toString('base64url')]
  const server = createServer()
  const port = new URL(await listen(server, { address: LOOPBACK, port: 0 })).port
  try {
    // Entra compares the port of http://localhost with nothing; another name it would.
    const redirectUri = `http://localhost:${port}`
    const nonce = decisionNonce(word, decision)
    show(authorizeUrl(request, { redirectUri, state, nonce, challenge: sha256(verifier) }))
    const code = await codeFrom(server, state, signal)
    return await redeem(signing, { code, verifier, redirectUri, nonce })
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function endpoint({ cloud, tenantId }: ApprovalRequest, name: 'authorize' | 'token'): URL {
  return new URL(`/${tenantId}/oauth2/v2.0/${name}`, azureCloud(cloud).authority)
}

type Asking = {
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly challenge: string
}

function authorizeUrl(request: ApprovalRequest, { redirectUri, state, nonce, challenge }: Asking): URL {
  const url = endpoint(request, 'authorize')
  url.search = new URLSearchParams({
    client_id: request.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    response_mode: 'query',
    scope: 'openid profile',
    prompt: 'login',
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }).toString()
  return url
}

/** Waits for the browser to come back. Who comes with another state is no browser that we have sent. */
function codeFrom(server: Server, state: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CliError(['stopped before anybody had signed in'])), {
      once: true,
    })
    server.on('request', (request, response) => {
      const query = new URL(request.url ?? '/', 'http://localhost').searchParams
      const [code, error] = [query.get('code'), query.get('error')]
      const isOurs = query.get('state') === state && (code !== null || error !== null)
      response.writeHead(isOurs ? 200 : 400, {
        'content-type': 'text/plain; charset=utf-8',
        'referrer-policy': 'no-referrer',
      })
      response.end(
        isOurs ? 'Done. Go back to the terminal; this window can be closed.\n' : 'Nothing is waited for here.\n',
      )
      if (!isOurs) return
      if (code !== null) return resolve(code)
      reject(
        new CliError([`Entra did not sign you in: ${printable(query.get('error_description') ?? error ?? '')}`], {
          exit: exits.unavailable,
        }),
      )
    })
  })
}

type Redeeming = {
  readonly code: string
  readonly verifier: string
  readonly redirectUri: string
  readonly nonce: string
}

/** The access token that comes along is of no use here, and is forgotten. */
async function redeem({ request, http, signal }: SigningIn, redeeming: Redeeming): Promise<Secret> {
  const { code, verifier, redirectUri, nonce } = redeeming
  const answer = await http.send({
    method: 'POST',
    url: endpoint(request, 'token'),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      client_id: request.clientId,
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
      scope: 'openid profile',
    }).toString(),
    signal,
  })
  const { id_token: idToken, error_description: description } = objectOf(tryJson(answer.body))
  if (answer.status !== 200 || typeof idToken !== 'string') {
    const why = typeof description === 'string' ? printable(description) : `HTTP ${answer.status}`
    throw new CliError([`Entra gave no ID token: ${why}`], { exit: exits.unavailable })
  }
  const claims = decodeToken(idToken)?.claims ?? {}
  if (textClaim(claims, 'nonce') !== nonce) throw new CliError(['the ID token has another nonce than was asked for'])
  return new Secret(idToken)
}
