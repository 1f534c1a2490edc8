import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFrontDoor, type FrontDoor, type Variation } from '../push-image/front-door.ts'
import { expectEnd, faultsOf } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { api, verify } from './gate-door.ts'
import { groupCloud, groups } from './group-cloud.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(groupCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

const { deployers, others } = groups
const ownApi = { 'access-resource': api.resource, 'access-api-client-id': api['api-client-id'] }

/** Runs the gate with the profile's rules; of the API and the roles the author says nothing. */
async function guarded(profile: Record<string, string | undefined>, params: Variation['params'] = {}) {
  const nothing = { resource: '', 'api-client-id': '', 'require-roles': [] }
  return await verify(door, { profile: { ...ownApi, ...profile }, params: { ...nothing, ...params } })
}

test('the rules of the profile hold without a word of the run’s author', async () => {
  const { step, results } = await guarded({ 'access-require-roles': 'Push', 'access-require-groups': deployers })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ roles: 'Push', groups: deployers })
  expectEnd(await guarded({ 'access-require-roles': 'Push, Deploy' }), 'ACCESS_ROLES_MISSING', 77)
})

test('what the author asks for is asked for as well, and takes nothing away', async () => {
  const more = await guarded({ 'access-require-roles': 'Push' }, { 'require-roles': ['Deploy'] })
  expectEnd(more, 'ACCESS_ROLES_MISSING', 77)
  const other = await guarded({ 'access-require-roles': 'Deploy' }, { 'require-roles': ['Push'] })
  expectEnd(other, 'ACCESS_ROLES_MISSING', 77)
  expect(faultsOf(other)).toEqual(['roles: got "Push", expected Deploy as well'])
  const group = await guarded({ 'access-require-groups': others }, { 'require-groups': [deployers] })
  expectEnd(group, 'ACCESS_GROUPS_MISSING', 77)
})

const elsewhere = '99999999-5b6a-4978-8796-a5b4c3d2e1f0'
test.each<[what: string, profile: Record<string, string | undefined>, params: Variation['params'], fault: RegExp]>([
  [
    'any of the roles where the profile requires some',
    { 'access-require-roles': 'Push' },
    { match: 'any' },
    /^match: got "any", expected nothing: the profile entra-identity sets require-roles, beside which match could allow/,
  ],
  [
    'any where the profile says all',
    { 'access-match': 'all', 'access-require-roles': 'Push' },
    { match: 'any' },
    /^match: got "any", expected nothing: the profile entra-identity sets it, and a param cannot take its place$/,
  ],
  [
    'one more of roles of which one is enough',
    { 'access-match': 'any', 'access-require-roles': 'Deploy' },
    { 'require-roles': ['Push'] },
    /^require-roles: got "Deploy Push", expected nothing: the profile sets require-roles, and with match: any each entry/,
  ],
  [
    'another kind',
    { 'access-require-kind': 'app', 'access-require-roles': 'Push' },
    { 'require-kind': 'any' },
    /^require-kind: got "any", expected nothing: the profile entra-identity sets it/,
  ],
  [
    'a client that the profile does not list',
    { 'access-allowed-clients': example.clientId },
    { 'allowed-clients': [elsewhere] },
    /^allowed-clients: got .* a param can only narrow it$/,
  ],
  [
    'an API of the author’s own',
    {},
    { resource: 'api://mine', 'require-roles': ['Push'] },
    /^resource: got "api:\/\/mine", expected nothing: the profile entra-identity sets it/,
  ],
  [
    'an API of the author’s own where the profile has rules and no API',
    { 'access-api-client-id': undefined, 'access-resource': example.awsAppId, 'access-require-roles': 'Push' },
    { 'api-client-id': elsewhere },
    /^api-client-id: got .* sets require-roles, beside which api-client-id could allow more$/,
  ],
  [
    'a tenant of the author’s own',
    { 'access-require-roles': 'Push' },
    { 'tenant-id': elsewhere },
    /^tenant-id: got .* expected nothing: the profile entra-identity sets it/,
  ],
  [
    'a tenant of the author’s own where the profile has rules and no tenant',
    { 'tenant-id': undefined, 'access-require-groups': deployers },
    { 'tenant-id': elsewhere },
    /^tenant-id: got .* sets require-groups, beside which tenant-id could allow more$/,
  ],
])('refuses %s before anybody is asked', async (_what, profile, params, fault) => {
  door.requests()
  const result = await guarded(profile, params)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})

test('a client of the profile’s list may be asked for alone, and one of the profile’s roles is enough where it says so', async () => {
  const clients = { 'access-allowed-clients': `${example.clientId} ${elsewhere}` }
  const narrowed = await guarded(clients, { 'allowed-clients': [elsewhere] })
  expectEnd(narrowed, 'ACCESS_CLIENT_DENIED', 77)
  const { step } = await guarded({ ...clients, 'access-match': 'any', 'access-require-roles': 'Deploy Push' })
  expect(step.status, step.stderr).toBe(0)
})
