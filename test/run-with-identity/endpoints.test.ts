import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { askAws, askAzure, askControl, askImds, send, type Answered, type Asked } from './ask.ts'
import { openBrokerDoor, type BrokerDoor, type BrokeredRun } from './broker-door.ts'
import { resources, withSink } from './clouds.ts'

let door: BrokerDoor
let run: BrokeredRun
beforeAll(async () => {
  door = await openBrokerDoor()
  run = await door.start({ profile: withSink })
})
afterAll(async () => await door[Symbol.asyncDispose]())

const ways = { askAws, askAzure, askImds } as const
type Way = keyof typeof ways
const vault = encodeURIComponent(resources.vault)

/** Refused: no part of a credential, no record of a hand-out. */
async function expectRefused(asked: () => Promise<Answered>, code: string, status = 403): Promise<void> {
  const before = door.handOuts().length
  const answer = await asked()
  expect({ status: answer.status, code: answer.body['Code'] }).toEqual({ status, code })
  expect(answer.body).toEqual({
    Code: code,
    Message: expect.any(String),
    error: code,
    error_description: answer.body['Message'],
    statusCode: status,
    message: answer.body['Message'],
  })
  expect(door.handOuts()).toHaveLength(before)
}

describe.each<[Way, string]>([
  ['askAws', 'authorization'],
  ['askAzure', 'x-identity-header'],
  ['askImds', 'metadata'],
])('%s', (way, guard) => {
  const ask = async (asked: Asked) => await ways[way](run, asked)

  test.each<[what: string, asked: Asked]>([
    ['without its header', { headers: { [guard]: undefined } }],
    ['with another value in its header', { headers: { [guard]: 'x' } }],
    ['with its header twice', { headers: { [guard]: ['true', 'true'] } }],
    ['under another host name (DNS rebinding)', { headers: { host: 'broker.attacker.example' } }],
    ['under the host name of another port', { headers: { host: '127.0.0.1:80' } }],
    ['that came by a proxy', { headers: { 'x-forwarded-for': '10.0.0.1' } }],
    ['that came by a page in a browser', { headers: { origin: 'https://attacker.example' } }],
    ['with a body', { body: 'resource=x', headers: { 'content-length': '10' } }],
    ['by POST', { method: 'POST' }],
    ['by DELETE', { method: 'DELETE' }],
  ])('refuses a request %s', async (_what, asked) => {
    await expectRefused(async () => await ask(asked), 'BROKER_REQUEST_REFUSED')
  })

  test('answers it under the name localhost, too', async () => {
    expect((await ask({ headers: { host: `localhost:${run.port}` } })).status).toBe(200)
  })

  test('answers the good request, for nobody to keep', async () => {
    const { status, headers } = await ask({})
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' })
  })
})

describe.each(['askAzure', 'askImds'] as const)('%s', (way) => {
  const path = way === 'askAzure' ? '/azure/token' : '/metadata/identity/oauth2/token'
  const version = way === 'askAzure' ? '2019-08-01' : '2018-02-01'
  const url = (query: string) => `http://127.0.0.1:${run.port}${path}?${query}`

  test.each<[what: string, query: string, code: string]>([
    [
      'a resource that is not on the list',
      `api-version=${version}&resource=${encodeURIComponent(resources.manager)}`,
      'BROKER_RESOURCE_NOT_ALLOWED',
    ],
    [
      'a resource that only begins like one of the list',
      `api-version=${version}&resource=${vault}.attacker.example`,
      'BROKER_RESOURCE_NOT_ALLOWED',
    ],
    ['no resource', `api-version=${version}`, 'BROKER_RESOURCE_NOT_ALLOWED'],
    ['two resources', `api-version=${version}&resource=${vault}&resource=${vault}`, 'BROKER_REQUEST_REFUSED'],
    [
      'another client',
      `api-version=${version}&resource=${vault}&client_id=${example.awsAppId}`,
      'BROKER_IDENTITY_DIFFERS',
    ],
    [
      'an object id',
      `api-version=${version}&resource=${vault}&object_id=${example.principalId}`,
      'BROKER_IDENTITY_DIFFERS',
    ],
    [
      'an Azure resource id',
      `api-version=${version}&resource=${vault}&mi_res_id=/subscriptions/x`,
      'BROKER_IDENTITY_DIFFERS',
    ],
    ['no api-version', `resource=${vault}`, 'BROKER_REQUEST_REFUSED'],
  ])('gives no token for %s', async (_what, query, code) => {
    await expectRefused(async () => await ways[way](run, { url: url(query) }), code)
  })

  test('gives the one client’s token also to who names it, and writes a slash', async () => {
    const query = `api-version=${version}&resource=${vault}%2F&client_id=${example.clientId}`
    const { status, body } = await ways[way](run, { url: url(query) })
    expect({ status, resource: body['resource'] }).toEqual({ status: 200, resource: `${resources.vault}/` })
  })
})

test.each(['/', '/aws', '/aws/credentials/', '/azure', '/metadata/instance', '/control', '//aws/credentials'])(
  'has nothing at %s',
  async (path) => {
    await expectRefused(
      async () => await askAws(run, { url: `http://127.0.0.1:${run.port}${path}` }),
      'BROKER_REQUEST_REFUSED',
    )
  },
)

test.each(['open', 'seal'])('does not %s for who does not know the secret, and goes on', async (action) => {
  await expectRefused(async () => await askControl(run, `/control/${action}`, 'x'), 'BROKER_SECRET_WRONG')
  await expectRefused(async () => await send(`http://127.0.0.1:${run.port}/control/${action}`), 'BROKER_SECRET_WRONG')
})

test('whatever was asked above, nothing but the eight good requests was answered', async () => {
  const { list, succeeded } = await run.end()
  expect({ succeeded, handOuts: list.length }).toEqual({ succeeded: true, handOuts: 8 })
})
