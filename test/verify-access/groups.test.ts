import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openFrontDoor, type FrontDoor, type Variation } from '../push-image/front-door.ts'
import { programWith } from '../push-image/programs.ts'
import { expectEnd, faultsOf, only, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { createSandboxClock } from '../sandbox/sandbox-clock.ts'
import { names, personClaims, sign, startMs } from '../unit/token/entra-tenant.ts'
import { atCorpusTime, corpusRules, publishCorpusKey, verify, verifyToken } from './gate-door.ts'
import { groupCloud, groups } from './group-cloud.ts'

let door: FrontDoor
let people: FrontDoor
let blind: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(groupCloud())
  people = await openFrontDoor(groupCloud(), { clock: createSandboxClock({ startAt: startMs }) })
  blind = await openFrontDoor(groupCloud(['User.Read.All']))
  publishCorpusKey(people)
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => {
  for (const one of [door, people, blind]) await one[Symbol.asyncDispose]()
})

const { deployers, reviewers, others } = groups
const graph = /^graph /
const lookUp = { standIn: 'graph', path: /checkMemberGroups/ } as const

test('asks Microsoft Graph for the groups of an application, and says in results and record which it is in', async () => {
  door.requests()
  const { step, results, record } = await verify(door, {
    params: { 'require-roles': [], 'require-groups': [deployers] },
  })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ roles: '', groups: deployers })
  expect(record.data.action).toMatchObject({ access: { objectId: example.principalId, groups: [deployers] } })
  expect(record.data.requests.map(({ service }) => service)).toContain('Microsoft Graph')
  expect(only(door.requests(), graph)).toEqual([
    expect.stringContaining(`POST /v1.0/servicePrincipals/${example.principalId}/checkMemberGroups 200`),
  ])
})

test('refuses an application that is not in all of the groups, and says which is missing', async () => {
  const result = await verify(door, { params: { 'require-groups': [deployers, others] } })
  expectEnd(result, 'ACCESS_GROUPS_MISSING', 77)
  expect(faultsOf(result)).toEqual([`groups: got "${deployers}", expected ${others} as well`])
  expect(result.record.data.action).not.toHaveProperty('access')
})

test('one of the groups is enough with match any, none is not', async () => {
  const params = { match: 'any', 'require-groups': [others, reviewers] }
  const { step, results } = await verify(door, { params })
  expect(step.status, step.stderr).toBe(0)
  expect(results['groups']).toBe(reviewers)
  expectEnd(await verify(door, { params: { ...params, 'require-groups': [others] } }), 'ACCESS_GROUPS_MISSING', 77)
})

test('being in the group does not make up for a missing role, and Microsoft Graph is not asked then', async () => {
  door.requests()
  const params = { 'require-roles': ['Deploy'], 'require-groups': [deployers] }
  expectEnd(await verify(door, { params }), 'ACCESS_ROLES_MISSING', 77)
  expect(only(door.requests(), graph)).toEqual([])
})

test('asks for more than twenty groups in parts', async () => {
  door.requests()
  const many = Array.from({ length: 45 }, (_, index) => `0b000000-0000-4000-8000-0000000000${index + 10}`)
  const { step } = await verify(door, { params: { match: 'any', 'require-groups': [...many, deployers] } })
  expect(step.status, step.stderr).toBe(0)
  expect(only(door.requests(), /checkMemberGroups 200/)).toHaveLength(3)
})

test('lets nobody through where Microsoft Graph does not tell, and names the permissions', async () => {
  const result = await verify(blind, { params: { 'require-groups': [deployers] } })
  expectEnd(result, 'ACCESS_GROUPS_REFUSED', 77)
  expect(toldProse(result.step.stderr, 'remedy')).toContain('Application.Read.All and GroupMember.Read.All')
  expect(toldProse(result.step.stderr, 'cause')).toContain('Authorization_RequestDenied')
})

test.each<[what: string, body: string]>([
  ['fails', '{"error":{"code":"serviceNotAvailable","message":"later"}}'],
  ['answers what is no answer', '{"value":"all of them"}'],
])('lets nobody through while Microsoft Graph %s', async (what, body) => {
  const status = what === 'fails' ? 503 : 200
  door.sandbox.faults.on({ ...lookUp, fault: { kind: 'status', status, body, contentType: 'application/json' } })
  const result = await verify(door, { params: { 'require-groups': [deployers] }, run: programWith('hurry') })
  expectEnd(result, 'ACCESS_GROUPS_UNAVAILABLE', 75)
})

test('asks again where Microsoft Graph is throttled once', async () => {
  door.sandbox.faults.on({ ...lookUp, times: 1, fault: { kind: 'status', status: 429 } })
  const { step } = await verify(door, { params: { 'require-groups': [deployers] }, run: programWith('hurry') })
  expect(step.status, step.stderr).toBe(0)
  expect(told(step.stderr, 'retry')).toEqual([expect.stringMatching(/^ACCESS_GROUPS_UNAVAILABLE/)])
})

/** A person's token for the corpus' API, verified for its groups. */
async function checkPerson(claims: Record<string, unknown>, params: Variation['params'] = {}) {
  const token = sign({ ...personClaims, roles: ['Deploy'], ...claims })
  const rules = { ...corpusRules, 'require-kind': 'person', 'require-groups': [deployers], ...params }
  people.requests()
  return await verifyToken(people, token, { params: rules, run: atCorpusTime() })
}

test('takes the groups that a person’s token names, and asks nobody for them', async () => {
  const { step, results } = await checkPerson({ groups: [others, deployers.toUpperCase()] })
  expect(step.status, step.stderr).toBe(0)
  expect(results['groups']).toBe(deployers)
  expect(only(people.requests(), / POST /)).toEqual([])
})

test('refuses a person whose token names other groups', async () => {
  const result = await checkPerson({ groups: [others] })
  expectEnd(result, 'ACCESS_GROUPS_MISSING', 77)
  expect(faultsOf(result)).toEqual([`groups: got "none of them", expected ${deployers} as well`])
})

test.each<[what: string, claims: Record<string, unknown>]>([
  [
    'too many for a token',
    { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://evil.example/' } } },
  ],
  ['too many for a token, while it names some', { groups: [deployers], _claim_names: { groups: 'src1' } }],
  ['too many for a fragment', { hasgroups: true }],
  ['no such claim', {}],
  ['a claim that is no list', { groups: deployers }],
])('looks a person with %s up in Microsoft Graph, at its own address', async (_what, claims) => {
  const { step, results } = await checkPerson(claims)
  expect(step.status, step.stderr).toBe(0)
  expect(results['groups']).toBe(deployers)
  expect(only(people.requests(), graph)).toEqual([
    expect.stringContaining(`POST /v1.0/users/${names.personId}/checkMemberGroups 200`),
  ])
  const missing = await checkPerson(claims, { 'require-groups': [deployers, reviewers] })
  expectEnd(missing, 'ACCESS_GROUPS_MISSING', 77)
})

test('refuses a person whom Microsoft Graph does not know, whatever groups they had when the token was made', async () => {
  const result = await checkPerson({ oid: '5b000000-0000-4000-8000-000000000009' })
  expectEnd(result, 'ACCESS_GROUPS_REFUSED', 77)
})

test.each<[what: string, variation: Variation, fault: RegExp]>([
  [
    'a group by its name',
    { params: { 'require-groups': ['deployers'] } },
    /^require-groups: got "deployers", expected obj/,
  ],
  [
    'a person’s token without an identity that could ask for groups',
    { params: { 'token-file': '/tmp/none', 'require-groups': [deployers] }, profile: { 'client-id': undefined } },
    /^client-id: got nothing/,
  ],
])('refuses %s before anybody is asked', async (_what, variation, fault) => {
  door.requests()
  const result = await verify(door, variation)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})
