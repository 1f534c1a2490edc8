import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { exchangedToken } from '../sandbox/exchange-token.ts'
import { openFrontDoor, type FrontDoor, type Variation } from '../push-image/front-door.ts'
import { programWith } from '../push-image/programs.ts'
import { expectEnd, faultsOf, only, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { api, expectUntold, verify, verifyToken } from './gate-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const { tenantId, clientId, principalId } = example
const keys = { standIn: 'entra', path: /\/keys$/ } as const

test('lets through an identity with the app role, and says in results and record whose token it was', async () => {
  door.requests()
  const { step, results, record } = await verify(door)
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ 'object-id': principalId, 'client-id': clientId, kind: 'app', roles: 'Push' })
  expect(record.data.action).toEqual({
    name: 'verify-access',
    target: api.resource,
    dryRun: false,
    access: { objectId: principalId, clientId, kind: 'app', roles: ['Push'] },
  })
  expect(record.data.identity).toMatchObject({ tenant: tenantId, objectId: principalId })
  expect(toldProse(step.stderr, 'identity')).toBe(`Entra: ${clientId} of ${tenantId}, by the projected token`)
  // The token for the API, and the tenant's keys of its version; the AWS that the profile names is not asked.
  expect(only(door.requests(), /^(?!issuer )/)).toEqual([
    expect.stringMatching(/^entra POST \/\S+\/oauth2\/v2\.0\/token 200/),
    expect.stringMatching(/^entra GET \/\S+\/discovery\/v2\.0\/keys 200/),
  ])
})

test('takes API and client id from the profile', async () => {
  const { step } = await door.call({
    task: 'verify-access',
    params: { 'require-roles': ['Push'] },
    profile: { 'access-resource': api.resource, 'access-api-client-id': api['api-client-id'] },
  })
  expect(step.status, step.stderr).toBe(0)
})

test('a resource that is the client id itself needs no second one', async () => {
  const params = { resource: example.awsAppId, 'api-client-id': '' }
  const { step } = await verify(door, { params })
  expect(step.status, step.stderr).toBe(0)
})

test('a dry run checks all the same and leaves the results empty, and refuses all the same', async () => {
  const good = await verify(door, { params: { 'dry-run': 'true' } })
  expect(good.step.status, good.step.stderr).toBe(0)
  expect(good.results).toMatchObject({ 'object-id': '', 'client-id': '', kind: '', roles: '' })
  const bad = await verify(door, { params: { 'dry-run': 'true', 'require-roles': ['Deploy'] } })
  expectEnd(bad, 'ACCESS_ROLES_MISSING', 77)
})

test('refuses an identity without the role, and says which it has', async () => {
  const result = await verify(door, { params: { 'require-roles': ['Push', 'Deploy'] } })
  expectEnd(result, 'ACCESS_ROLES_MISSING', 77)
  expect(faultsOf(result)).toEqual(['roles: got "Push", expected Deploy as well'])
})

test('refuses a client that is not on the list', async () => {
  const result = await verify(door, { params: { 'allowed-clients': [example.awsAppId] } })
  expectEnd(result, 'ACCESS_CLIENT_DENIED', 77)
})

test('refuses a token for another audience than the API is said to have', async () => {
  const result = await verify(door, { params: { 'api-client-id': clientId } })
  expectEnd(result, 'ACCESS_AUDIENCE_REFUSED', 77)
})

test('refuses to take Microsoft Graph for an API of one’s own', async () => {
  const params = { resource: 'https://graph.microsoft.com', 'api-client-id': '00000003-0000-0000-c000-000000000000' }
  expectEnd(await verify(door, { params }), 'ACCESS_TOKEN_MICROSOFT', 77)
})

test('is refused by Entra itself where the pod is not trusted, and looks for no keys', async () => {
  door.requests()
  const result = await verify(door, { token: { serviceAccount: 'default' } })
  expectEnd(result, 'ENTRA_SUBJECT_MISMATCH', 77)
  expect(only(door.requests(), /keys/)).toEqual([])
})

test('lets nobody through while the keys cannot be had', async () => {
  door.requests()
  door.sandbox.faults.on({ ...keys, fault: { kind: 'status', status: 503 } })
  const result = await verify(door, { run: programWith('hurry') })
  expectEnd(result, 'ACCESS_KEYS_UNAVAILABLE', 75)
  expect(only(door.requests(), /keys 503/)).toHaveLength(3)
})

test('looks for the keys again where Entra fails once', async () => {
  door.sandbox.faults.on({ ...keys, times: 1, fault: { kind: 'status', status: 503 } })
  const { step } = await verify(door, { run: programWith('hurry') })
  expect(step.status, step.stderr).toBe(0)
  expect(told(step.stderr, 'retry')).toEqual([expect.stringMatching(/^ACCESS_KEYS_UNAVAILABLE/)])
})

test('takes a token of before a rotation of the keys while both are published, and refuses it then', async () => {
  const token = await tokenOf(door)
  door.sandbox.rotateKeys({ tenant: tenantId })
  const young = await verify(door)
  expect(young.step.status, young.step.stderr).toBe(0)
  const old = await verifyToken(door, token)
  expect(old.step.status, old.step.stderr).toBe(0)
  door.sandbox.retireKeys({ tenant: tenantId })
  const late = await verifyToken(door, token)
  expectEnd(late, 'ACCESS_SIGNATURE_REFUSED', 77)
  expectUntold(late, token)
})

test('refuses a true token of yesterday', async () => {
  const token = await tokenOf(door)
  const run = { ...programWith('skewed-clock'), extraEnv: { TEST_CLOCK_SKEW_MS: String(24 * 3_600_000) } }
  expectEnd(await verifyToken(door, token, { run }), 'ACCESS_TOKEN_EXPIRED', 77)
})

test.each<[what: string, variation: Variation, fault: RegExp]>([
  ['no rule at all', { params: { 'require-roles': [] } }, /^require-roles: got nothing, expected at least one of/],
  ['no client id of the API', { params: { 'api-client-id': '' } }, /^api-client-id: got nothing/],
  ['no API', { params: { resource: '', 'api-client-id': '' } }, /^resource: got nothing/],
  ['a person without a token', { params: { 'require-kind': 'person' } }, /^require-kind: got "person", expected app/],
  [
    'a token file without a tenant',
    { params: { 'token-file': '/tmp/none' }, profile: { 'tenant-id': undefined } },
    /^tenant-id: got nothing/,
  ],
  ['a client that is none', { params: { 'allowed-clients': ['ci'] } }, /^allowed-clients: got "ci", expected client/],
])('refuses %s before anybody is asked', async (_what, variation, fault) => {
  door.requests()
  const result = await verify(door, variation)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})

/** A token for the API, as the example's identity gets it from Entra. */
async function tokenOf({ sandbox }: FrontDoor): Promise<string> {
  const { namespace, serviceAccount } = example
  const assertion = sandbox.mintToken({ namespace, serviceAccount })
  return await exchangedToken(sandbox, { assertion, resource: api.resource })
}
