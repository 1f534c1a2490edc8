import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { createPki } from '../sandbox/pki.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry, programWith } from './programs.ts'
import { expectEnd, only, told, toldProse } from './told.ts'

const password = 'hunter2hunter2hunter2'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

test('gives up as temporary when the proxy cannot be reached, and never prints its password', async () => {
  await using proxy = await startRefusingProxy(503)
  const port = proxy.port
  await proxy.close()
  const result = await door.push(acrImage, {
    profile: { 'https-proxy': `http://ci:${password}@127.0.0.1:${port}` },
    run: inAHurry(),
  })
  expectEnd(result, 'NETWORK_UNREACHABLE', 75)
  expect(toldProse(result.step.stderr, 'what')).toMatch(
    /^No connection to login\.microsoftonline\.com: ECONNREFUSED .*127\.0\.0\.1/,
  )
  expect(told(result.step.stderr, 'retry')).toHaveLength(5)
  expectNoPassword(result.step)
})

test.each([
  [403, 'NETWORK_PROXY_REFUSED', 77, 1],
  [407, 'NETWORK_PROXY_REFUSED', 77, 1],
  [502, 'NETWORK_UNREACHABLE', 75, 6],
] as const)(
  'takes HTTP %i of the proxy for %s (exit %i, attempts %i), and never prints its password',
  async (status, code, exit, attempts) => {
    await using proxy = await startRefusingProxy(status)
    const result = await door.push(acrImage, {
      profile: { 'https-proxy': `http://ci:${password}@127.0.0.1:${proxy.port}` },
      run: inAHurry(),
    })
    expectEnd(result, code, exit)
    expect(toldProse(result.step.stderr, 'what')).toContain('login.microsoftonline.com')
    expect(proxy.asked).toEqual(Array.from({ length: attempts }, () => 'CONNECT login.microsoftonline.com:443'))
    // The password does go to the proxy, and nowhere else.
    expect(proxy.credentials).toEqual(new Set([`Basic ${Buffer.from(`ci:${password}`).toString('base64')}`]))
    expectNoPassword(result.step)
  },
)

test('names the host that the proxy does not let through', async () => {
  const result = await door.push(acrImage.replace('contoso', 'absent'))
  expectEnd(result, 'NETWORK_PROXY_REFUSED', 77)
  expect(toldProse(result.step.stderr, 'what')).toContain('does not let this pod through to absent.azurecr.io')
  expect(toldProse(result.step.stderr, 'remedy')).toContain('Ask for absent.azurecr.io, port 443')
})

test('refuses a certificate of an unknown CA, names the host, and sends it nothing', async () => {
  door.requests()
  const { caPem } = await createPki()
  const result = await door.push(acrImage, { profile: { 'ca.crt': caPem } })
  expectEnd(result, 'NETWORK_TLS_UNTRUSTED', 77)
  expect(toldProse(result.step.stderr, 'what')).toMatch(
    /^The certificate of login\.microsoftonline\.com cannot be trusted: \w+/,
  )
  expect(door.requests()).toEqual([])
})

test('refuses a private CA that the profile does not name', async () => {
  const result = await door.push(acrImage, { profile: { 'ca.crt': undefined } })
  expectEnd(result, 'NETWORK_TLS_UNTRUSTED', 77)
  expect(toldProse(result.step.stderr, 'remedy')).toContain('put its CA as ca.crt into the identity profile')
})

test('trusts every certificate of ca.crt, whatever text stands between them', async () => {
  const { caPem } = await createPki()
  const { succeeded } = await door.push(acrImage, {
    profile: { 'ca.crt': `# old\n${caPem}\n# new\n${door.sandbox.caPem}` },
  })
  expect(succeeded).toBe(true)
})

test.each([
  ['https-proxy (profile)', { 'https-proxy': 'proxy.example:3128' }],
  ['https-proxy (profile)', { 'https-proxy': `socks5://ci:${password}@proxy.example:1080` }],
  ['https-proxy (profile)', { 'https-proxy': `ci:${password}@proxy.example:3128` }],
  ['ca.crt (profile)', { 'ca.crt': `-----BEGIN PRIVATE KEY-----\n${password}\n-----END PRIVATE KEY-----` }],
  ['ca.crt (profile)', { 'ca.crt': `-----BEGIN CERTIFICATE-----\n${password}\n-----END CERTIFICATE-----` }],
])('refuses a garbled %s of the profile without showing it', async (param, profile) => {
  const result = await door.push(acrImage, { profile })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(toldProse(result.step.stderr, 'fault')).toMatch(
    new RegExp(`^${param.replace(/[().]/g, '\\$&')}: got "something else", expected `),
  )
  expectNoPassword(result.step)
})

test.each([example.acrHost, '.azurecr.io', `login.example, ${example.acrHost}`])(
  'goes past the proxy to the hosts of no-proxy (%s), and to no others',
  async (noProxy) => {
    door.requests()
    const result = await door.push(acrImage, {
      profile: { 'no-proxy': noProxy },
      run: programWith('hurry', 'loopback-names'),
    })
    expectEnd(result, 'NETWORK_UNREACHABLE', 75)
    expect(toldProse(result.step.stderr, 'what')).toMatch(
      /^No connection to contoso\.azurecr\.io: ECONNREFUSED connect ECONNREFUSED 127\.0\.0\.1:443/,
    )
    expect(only(door.requests(), /^(acr|proxy) /)).toEqual([])
  },
)

test('uses the proxy that the administrators set in the pod where the profile has none', async () => {
  const extraEnv = { https_proxy: door.sandbox.proxyUrl }
  const { succeeded } = await door.push(acrImage, { profile: { 'https-proxy': undefined }, run: { extraEnv } })
  expect(succeeded).toBe(true)
})

test("prefers the profile's proxy to the pod's", async () => {
  const extraEnv = {
    HTTPS_PROXY: 'http://127.0.0.1:1',
    HTTP_PROXY: 'http://127.0.0.1:1',
    ALL_PROXY: 'http://127.0.0.1:1',
    NODE_USE_ENV_PROXY: '1',
  }
  const { succeeded } = await door.push(ecrImage, { run: { extraEnv } })
  expect(succeeded).toBe(true)
})

function expectNoPassword({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): void {
  for (const form of [password, encodeURIComponent(password), Buffer.from(`ci:${password}`).toString('base64')]) {
    expect(stdout + stderr).not.toContain(form)
  }
}

/** A proxy that opens no tunnel, and what it was asked with which credentials. */
async function startRefusingProxy(status: number) {
  const asked: string[] = []
  const credentials = new Set<string>()
  const server: Server = createServer()
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url ?? ''}`)
    credentials.add(request.headers['proxy-authorization'] ?? '')
    socket.on('error', () => socket.destroy())
    socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port, asked, credentials, close, [Symbol.asyncDispose]: close }
}
