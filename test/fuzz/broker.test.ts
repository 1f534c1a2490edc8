import { connect } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect } from 'vitest'
import { Secret } from '../../steps/lib/core/secret.ts'
import { systemClock } from '../../steps/lib/core/clock.ts'
import type { AwsSession } from '../../steps/lib/aws/session.ts'
import type { EntraToken } from '../../steps/lib/azure/entra-token.ts'
import type { Credentials } from '../../steps/run-with-identity/credentials.ts'
import { appServiceEndpoint, awsEndpoint, imdsEndpoint, paths } from '../../steps/run-with-identity/endpoints.ts'
import { openFront, type Front } from '../../steps/run-with-identity/front.ts'
import type { HandOuts } from '../../steps/run-with-identity/hand-outs.ts'
import { countRefusals } from '../../steps/run-with-identity/refusals.ts'
import { freePort } from '../free-port.ts'
import { almost, anyText, fuzz } from './fuzz.ts'

const authorization = 'authorization-of-this-run'
const resource = 'https://vault.azure.net'
const client = '1f2e3d4c-5b6a-4978-8796-a5b4c3d2e1f0'

let front: Front
let port: number
let given: string[] = []
beforeAll(async () => {
  port = await freePort()
  const refusals = countRefusals(() => {})
  front = await openFront(port, refusals)
  const needs = { handOuts, credentials, refusals, clock: systemClock }
  const offer = { resources: [resource], clientId: client }
  front.serve({
    [paths.aws]: awsEndpoint(new Secret(authorization), needs),
    [paths.appService]: appServiceEndpoint(offer, needs),
    [paths.imds]: imdsEndpoint(offer, needs),
  })
})
afterAll(() => front.close())

/** Gives whatever is asked for, and remembers it: what is looked at is who gets through. */
const handOuts: HandOuts = {
  requireOpen: () => {},
  seal: async () => ({ count: given.length, sha256: '' }),
  give: async ({ entry }, { value }, deliver) => {
    given.push(entry)
    await deliver(value)
  },
}
const [secret, end] = [new Secret('secret'), Date.now() + 3_600_000]
const common = { arn: 'arn', accountId: '1', region: '', expiresAt: end, requestId: '', accessKeyId: 'ASIA' }
const session: AwsSession = { ...common, secretAccessKey: secret, sessionToken: secret }
const claims = {
  issuer: '',
  audience: '',
  authorizedParty: '',
  subject: '',
  objectId: '',
  tenantId: '',
  kid: '',
  id: '',
}
const token: EntraToken = { ...claims, secret, requestId: '', expiresAt: end }
const credentials: Credentials = {
  session: async () => ({ value: session, at: 0, retell: () => {} }),
  token: async () => ({ value: token, at: 0, retell: () => {} }),
}

/** Sends bytes, and gives what comes back until the connection ends. */
async function send(text: string): Promise<string> {
  return await new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'))
    socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

const host = () => `Host: 127.0.0.1:${port}\r\n`
const azureQuery = (version: string) => `?api-version=${version}&resource=${encodeURIComponent(resource)}`
const good: readonly ((line: string) => string)[] = [
  (line) => `GET ${paths.aws} HTTP/1.1\r\n${host()}Authorization: ${authorization}\r\n${line}\r\n`,
  (line) =>
    `GET ${paths.appService}${azureQuery('2019-08-01')} HTTP/1.1\r\n${host()}X-IDENTITY-HEADER: run-with-identity\r\n${line}\r\n`,
  (line) => `GET ${paths.imds}${azureQuery('2018-02-01')} HTTP/1.1\r\n${host()}Metadata: true\r\n${line}\r\n`,
]

fuzz('a good request is answered', { from: fc.constantFrom(0, 1, 2), runs: 6 }, async (which) => {
  given = []
  expect(await send(good[which]?.('Connection: close\r\n') ?? '')).toMatch(/^HTTP\/1\.1 200 /)
  expect(given).toHaveLength(1)
})

// The port is known when the tests run, not when the cases are made.
const line = fc.oneof(
  anyText('Host: x\r\nContent-Length Transfer-Encoding'),
  fc.constantFrom(
    'Content-Length: 1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Host: x\r\n',
    'Via: x\r\n',
    'Origin: null\r\n',
  ),
)
const change = fc.record({
  at: fc.nat(400),
  drop: fc.nat(3),
  put: anyText('GET HTTP/1.1\r\n:').map((text) => text.slice(0, 4)),
})
const spoilt = fc.record({ which: fc.constantFrom(0, 1, 2), line, changes: fc.array(change, { maxLength: 3 }) })

fuzz(
  'nobody gets through whose request has not all that the endpoint asks for, and the broker goes on',
  { from: spoilt, runs: 400 },
  async ({ which, line: added, changes }) => {
    const text = changes.reduce(
      (now, { at, drop, put }) => {
        const place = at % (now.length + 1)
        return now.slice(0, place) + put + now.slice(place + drop)
      },
      good[which]?.(added) ?? '',
    )
    given = []
    await send(text)
    const needed = [`127.0.0.1:${port}`, ['authorization-of-this-run', 'run-with-identity', 'true'][which] ?? '']
    for (const _ of given) for (const part of needed) expect(text.toLowerCase()).toContain(part)
    expect(given.length).toBeLessThanOrEqual(1)
    expect(await send(`GET /ready HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
  },
)

fuzz('a resource in disguise gets no token', { from: almost(fc.constant(resource), 'https:/.?#@') }, async (asked) => {
  given = []
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource: asked }).toString()
  const headers = `${host()}X-IDENTITY-HEADER: run-with-identity\r\nConnection: close\r\n\r\n`
  await send(`GET ${paths.appService}?${query} HTTP/1.1\r\n${headers}`)
  const isIt = asked.toLowerCase().replace(/\/+$/, '') === resource
  expect(given).toEqual(isIt ? [`Entra token for ${resource}`] : [])
})
