import { expect, test } from 'vitest'
import { Secret } from '../../../steps/lib/core/secret.ts'
import type { HttpClient, HttpRequest } from '../../../steps/lib/http/client.ts'
import { discoveryUrl } from '../../../steps/lib/token/issuer-documents.ts'
import { checkSignature } from '../../../steps/lib/token/issuer-keys.ts'

const token = new Secret('not.a.token')

test.each([
  ['https://sts.windows.net/t/', 'https://sts.windows.net/t/.well-known/openid-configuration'],
  [
    'https://login.microsoftonline.com/t/v2.0',
    'https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration',
  ],
  ['https://oidc.example', 'https://oidc.example/.well-known/openid-configuration'],
])('the discovery document of %s has one slash before its name', (issuer, url) => {
  expect(discoveryUrl(issuer)).toBe(url)
})

test.each(['', 'http://issuer.example/', 'file:///etc/', 'https://user@issuer.example/', 'https://u:p@issuer.example'])(
  'asks nobody when the issuer is "%s"',
  async (issuer) => {
    const { http, sent } = answering()
    const verdict = await checkSignature({ token, issuer, http, signal: new AbortController().signal })
    expect(verdict).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('is no https URL') })
    expect(sent).toEqual([])
  },
)

test('sends the issuer neither the token nor a credential, and asks two documents', async () => {
  const issuer = 'https://issuer.example/'
  const { http, sent } = answering({ issuer, jwks_uri: 'https://keys.example/jwks' }, { keys: [] })
  await checkSignature({ token, issuer, http, signal: new AbortController().signal })
  expect(sent.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
    'GET https://issuer.example/.well-known/openid-configuration',
    'GET https://keys.example/jwks',
  ])
  expect(sent.filter(({ authorization, body }) => authorization !== undefined || body !== undefined)).toEqual([])
  expect(JSON.stringify(sent)).not.toContain(token.reveal())
})

test('a run that is cancelled meanwhile ends with its own reason, not with a verdict', async () => {
  const cancel = new AbortController()
  const send = async () => {
    cancel.abort(new Error('cancelled'))
    throw new Error('torn')
  }
  const http: HttpClient = { send, download: send, close: () => {} }
  await expect(
    checkSignature({ token, issuer: 'https://issuer.example/', http, signal: cancel.signal }),
  ).rejects.toThrow('cancelled')
})

/** Answers with these documents, one after the other. */
function answering(...documents: object[]): { http: HttpClient; sent: HttpRequest[] } {
  const sent: HttpRequest[] = []
  const send: HttpClient['send'] = async (request) => {
    const body = Buffer.from(JSON.stringify(documents[sent.length] ?? {}))
    sent.push(request)
    return { status: 200, headers: {}, body }
  }
  return { http: { send, download: send, close: () => {} }, sent }
}
