import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { openFrontDoor, type FrontDoor, type Variation } from '../push-image/front-door.ts'
import { expectEnd, faultsOf, toldProse } from '../push-image/told.ts'
import { attackerKey, jwk, names, personClaims, sign, tenantKey, v2Claims } from '../unit/token/entra-tenant.ts'
import { atCorpusTime, corpusRules, publishCorpusKey, verify, verifyToken } from './gate-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
  publishCorpusKey(door)
})
afterAll(async () => await door[Symbol.asyncDispose]())

const { tenantId, otherTenantId, otherClientId, personId, clientId } = names
const person = { ...personClaims, roles: ['Deploy'] }

async function check(token: string, params: Variation['params'] = {}) {
  return await verifyToken(door, token, { params: { ...corpusRules, ...params }, run: atCorpusTime() })
}

const changed = (change: Record<string, unknown>) => () => sign({ ...v2Claims, ...change })
const [issuer, hour] = [String(v2Claims['iss']), 3600]

test.each<[what: string, code: ErrorCode, token: () => string]>([
  ['text that is no token', 'ACCESS_TOKEN_MALFORMED', () => 'hello'],
  ['a line end behind the token', 'ACCESS_TOKEN_MALFORMED', () => `${sign(v2Claims)}\n`],
  ['alg none', 'ACCESS_TOKEN_ALGORITHM', () => sign(v2Claims, { alg: 'none' })],
  ['HS256', 'ACCESS_TOKEN_ALGORITHM', () => sign(v2Claims, { alg: 'HS256' })],
  ['an embedded jwk', 'ACCESS_TOKEN_ALGORITHM', () => sign(v2Claims, { jwk: jwk(attackerKey) }, attackerKey)],
  ['a token of Microsoft Graph', 'ACCESS_TOKEN_MICROSOFT', () => sign(v2Claims, { nonce: 'x' })],
  ['another tenant', 'ACCESS_TOKEN_ISSUER', changed({ iss: issuer.replace(tenantId, otherTenantId) })],
  ['another tenant in tid alone', 'ACCESS_TOKEN_ISSUER', changed({ tid: otherTenantId })],
  ['a forged signature', 'ACCESS_SIGNATURE_REFUSED', () => sign(v2Claims, { kid: tenantKey.kid }, attackerKey)],
  ['a key that is not published', 'ACCESS_SIGNATURE_REFUSED', () => sign(v2Claims, {}, attackerKey)],
  ['another audience', 'ACCESS_AUDIENCE_REFUSED', changed({ aud: otherClientId })],
  ['an end in the past', 'ACCESS_TOKEN_EXPIRED', changed({ exp: Number(v2Claims['exp']) - 2 * hour + 1800 })],
  ['no object id', 'ACCESS_CLAIMS_REFUSED', changed({ oid: undefined })],
  ['another client', 'ACCESS_CLIENT_DENIED', changed({ azp: otherClientId })],
  ['a person, where an application is asked for', 'ACCESS_KIND_DENIED', () => sign(person)],
  ['another role', 'ACCESS_ROLES_MISSING', changed({ roles: ['Read', 'Write'] })],
])('refuses %s with %s, and asks for no token itself', async (_what, code, token) => {
  door.requests()
  const result = await check(token())
  expectEnd(result, code, 77)
  expect(door.requests().filter((request) => request.includes(' POST '))).toEqual([])
})

test('names all that was missing at once, and what the token has', async () => {
  const result = await check(sign({ ...v2Claims, azp: otherClientId, roles: ['Read'] }))
  expectEnd(result, 'ACCESS_CLIENT_DENIED', 77)
  expect(faultsOf(result)).toEqual([
    `client: got "${otherClientId}", expected ${clientId}`,
    'roles: got "Read", expected Deploy as well',
  ])
})

test('refuses an application where a person is required, and lets the person through', async () => {
  expectEnd(await check(sign(v2Claims), { 'require-kind': 'person' }), 'ACCESS_KIND_DENIED', 77)
  const { step, results, record } = await check(sign(person), { 'require-kind': 'person' })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ 'object-id': personId, 'client-id': clientId, kind: 'person', roles: 'Deploy' })
  expect(record.data.action).toMatchObject({
    access: { objectId: personId, clientId, kind: 'person', roles: ['Deploy'] },
  })
  expect(record.data.tokens).toMatchObject([{ kind: 'entra', id: 'uti-1', audience: names.apiId }])
})

test('any of several roles is enough with match any, and the result has those that are there', async () => {
  const token = sign({ ...v2Claims, roles: ['Sign', 'Read'] })
  const roles = { 'require-roles': ['Deploy', 'Sign'] }
  expectEnd(await check(token, roles), 'ACCESS_ROLES_MISSING', 77)
  const { step, results } = await check(token, { ...roles, match: 'any' })
  expect(step.status, step.stderr).toBe(0)
  expect(results['roles']).toBe('Sign')
})

test.each<[what: string, acrs: unknown]>([
  ['none', undefined],
  ['another one', ['c2']],
  ['one of two', ['c1']],
  ['a text in place of a list', 'c1 c3'],
])('refuses %s of the authentication contexts that are asked for', async (_what, acrs) => {
  const result = await check(sign({ ...person, acrs }), { 'require-kind': 'person', 'require-acrs': ['c1', 'c3'] })
  expectEnd(result, 'ACCESS_ACRS_MISSING', 77)
  expect(result.record.data.action).not.toHaveProperty('access')
})

test('takes a token with all of the authentication contexts', async () => {
  const params = { 'require-kind': 'person', 'require-acrs': ['c1', 'c3'] }
  const { step } = await check(sign({ ...person, acrs: ['c3', 'c2', 'c1'] }), params)
  expect(step.status, step.stderr).toBe(0)
})

test('needs no client id of its own, and no projected token', async () => {
  const { step } = await verifyToken(door, sign(v2Claims), {
    params: corpusRules,
    profile: { 'client-id': undefined },
    tokenText: 'no token',
    run: atCorpusTime(),
  })
  expect(step.status, step.stderr).toBe(0)
})

test.each([
  ['is not there', '/nowhere/access-token', 'ENOENT'],
  ['is a folder', '/tmp', 'it is no file'],
])('refuses a token file that %s, and asks nobody', async (_what, file, reason) => {
  door.requests()
  const result = await verify(door, { params: { ...corpusRules, 'token-file': file } })
  expectEnd(result, 'ACCESS_TOKEN_UNREADABLE', 64)
  expect(toldProse(result.step.stderr, 'what')).toContain(reason)
  expect(door.requests()).toEqual([])
})

test('refuses an empty token file, and does not take a token of its own in its place', async () => {
  door.requests()
  expectEnd(await check(''), 'ACCESS_TOKEN_UNREADABLE', 64)
  expect(door.requests()).toEqual([])
})
