import { expect, test } from 'vitest'
import type { HttpClient, HttpRequest, HttpResponse } from '../../../steps/lib/http/client.ts'
import { obtainAnonymousToken } from '../../../steps/lib/oci/registry/anonymous-token.ts'
import { errorOf, testPatience } from './fixtures.ts'

const origin = new URL('https://registry-1.docker.io')
const repository = 'library/alpine'

/** Answers by the host and path that are asked; every other place refuses. */
function answering(
  places: Readonly<Record<string, Partial<Omit<HttpResponse, 'body'>> & { readonly json?: unknown }>>,
) {
  const sent: HttpRequest[] = []
  const send: HttpClient['send'] = async (request) => {
    sent.push(request)
    const { status = 200, headers = {}, json = {} } = places[request.url.host + request.url.pathname] ?? { status: 404 }
    return { status, headers, body: Buffer.from(JSON.stringify(json)) }
  }
  const http: HttpClient = { send, download: send, close: () => undefined }
  return { sent, request: { origin, repository, http, patience: testPatience() } }
}

const challenge = (realm: string) => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="registry.docker.io"` },
})

test('asks where the registry sends it, for pull on this repository alone, and sends no credential anywhere', async () => {
  const { sent, request } = answering({
    'registry-1.docker.io/v2/': challenge('https://auth.docker.io/token'),
    'auth.docker.io/token': { json: { token: 'for-nobody', expires_in: 300 } },
  })
  const token = await obtainAnonymousToken(request)
  expect(token.secret?.reveal()).toBe('Bearer for-nobody')
  expect(token.expiresAt).toBe(request.patience.clock.now() + 300_000)
  expect(sent.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
    'GET https://registry-1.docker.io/v2/',
    'GET https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Alibrary%2Falpine%3Apull',
  ])
  expect(sent.filter(({ authorization, body }) => authorization !== undefined || body !== undefined)).toEqual([])
})

test('takes access_token too, and a minute where the answer says no time', async () => {
  const { request } = answering({
    'registry-1.docker.io/v2/': challenge('https://auth.docker.io/token'),
    'auth.docker.io/token': { json: { access_token: 'other-name' } },
  })
  const token = await obtainAnonymousToken(request)
  expect(token.secret?.reveal()).toBe('Bearer other-name')
  expect(token.expiresAt).toBe(request.patience.clock.now() + 60_000)
})

test('a registry that wants nothing gets nothing', async () => {
  const { request } = answering({ 'registry-1.docker.io/v2/': {} })
  expect(await obtainAnonymousToken(request)).toEqual({ secret: undefined, expiresAt: 0 })
})

test.each([
  ['a password', { status: 401, headers: { 'www-authenticate': 'Basic realm="registry"' } }],
  ['nothing that can be read', { status: 401 }],
  ['a token from a place without TLS', challenge('http://auth.docker.io/token')],
  ['a token from a place with a user name', challenge('https://me@auth.docker.io/token')],
  ['a token from no place', challenge('token')],
])('a registry that wants %s is refused, and no place is asked for a token', async (_what, answer) => {
  const { sent, request } = answering({ 'registry-1.docker.io/v2/': answer })
  expect((await errorOf(obtainAnonymousToken(request))).code).toBe('REGISTRY_ANONYMOUS_REFUSED')
  expect(sent).toHaveLength(1)
})

test('a place that gives nobody a token is a refusal, one that gives an empty answer is none that is known', async () => {
  const refusing = answering({
    'registry-1.docker.io/v2/': challenge('https://auth.docker.io/token'),
    'auth.docker.io/token': { status: 403 },
  })
  expect((await errorOf(obtainAnonymousToken(refusing.request))).code).toBe('REGISTRY_ANONYMOUS_REFUSED')
  const empty = answering({
    'registry-1.docker.io/v2/': challenge('https://auth.docker.io/token'),
    'auth.docker.io/token': { json: { token: '' } },
  })
  expect((await errorOf(obtainAnonymousToken(empty.request))).code).toBe('REGISTRY_ANSWER_INVALID')
})
