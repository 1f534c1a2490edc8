import { expect, test } from 'vitest'
import {
  codesOf,
  names,
  openTenant,
  personClaims,
  rules,
  sign,
  startMs,
  v1Claims,
  v1Issuer,
  v2Claims,
  v2Issuer,
} from './entra-tenant.ts'

const now = startMs / 1000

test('says of a good v2 token whose it is, for whom, with which roles and until when', async () => {
  const verdict = await openTenant().verify(sign(v2Claims))
  expect(verdict).toEqual({
    token: {
      version: 2,
      issuer: v2Issuer,
      audience: names.apiId,
      tenantId: names.tenantId,
      clientId: names.clientId,
      objectId: names.objectId,
      subject: names.objectId,
      kind: 'app',
      roles: ['Deploy'],
      scopes: [],
      id: 'uti-1',
      expiresAt: startMs + 3_600_000,
      claims: v2Claims,
    },
  })
})

test('says the same of a good v1 token', async () => {
  const verdict = await openTenant().verify(sign(v1Claims))
  expect(verdict).toMatchObject({
    token: { version: 1, issuer: v1Issuer, audience: names.apiUri, clientId: names.clientId, kind: 'app' },
  })
})

test("says of a person's token that it is one, with its scopes", async () => {
  const verdict = await openTenant().verify(sign({ ...personClaims, scp: 'Runs.Approve  Runs.Read' }), {
    kind: 'person',
  })
  expect(verdict).toMatchObject({
    token: { kind: 'person', objectId: names.personId, scopes: ['Runs.Approve', 'Runs.Read'] },
  })
})

test.each<[what: string, claims: Record<string, unknown>, changes: Partial<typeof rules>]>([
  ['an application that says so by idtyp, with another sub', { ...v2Claims, idtyp: 'app', sub: 'agent' }, {}],
  ['a person that says so by idtyp', { ...personClaims, idtyp: 'user' }, { kind: 'person' }],
  ['a person and an application, where anybody is let in', personClaims, { kind: 'any' }],
  ['any client, where no list is given', { ...v2Claims, azp: names.otherClientId }, { clients: undefined as never }],
  ['a token without roles, where none is asked for', { ...v2Claims, roles: undefined }, { roles: undefined as never }],
  ['one of several roles', { ...v2Claims, roles: ['B', 'C'] }, { roles: { any: ['A', 'B'] } }],
  ['tenant ids in other letters', { ...v2Claims, tid: names.tenantId.toUpperCase() }, {}],
  ['a client id in other letters on the list', v2Claims, { clients: [names.clientId.toUpperCase()] }],
  ['both client claims, when they agree', { ...v2Claims, appid: names.clientId }, {}],
  ['a clock that is a minute behind', { ...v2Claims, nbf: now + 60, iat: now + 60 }, {}],
  ['a clock that is almost a minute ahead', { ...v2Claims, exp: now - 59 }, {}],
  ["a managed identity's day", { ...v2Claims, exp: now + 86_400 }, {}],
  ['the 28 hours of continuous access evaluation', { ...v2Claims, exp: now + 28 * 3600 }, {}],
  ['claims that nobody knows here', { ...v2Claims, xms_new: { a: [1] }, groups: ['g'] }, {}],
])('takes %s', async (_what, claims, changes) => {
  const given = Object.fromEntries(Object.entries({ ...rules, ...changes }).filter(([, value]) => value !== undefined))
  const tenant = openTenant()
  const { Secret } = await import('../../../steps/lib/core/secret.ts')
  expect(codesOf(await tenant.verifier.verify(new Secret(sign(claims)), given as typeof rules))).toEqual([])
})

test('takes a token of the type at+jwt, and one of 200 groups', async () => {
  const groups = Array.from({ length: 200 }, (_, index) => names.objectId.replace('7a6b', String(1000 + index)))
  expect(codesOf(await openTenant().verify(sign({ ...v2Claims, groups }, { typ: 'at+jwt' })))).toEqual([])
})

test('of a version that has no audience nothing is accepted, and no key is looked up', async () => {
  const tenant = openTenant()
  const only = { v1: [names.apiUri], v2: [] }
  expect(codesOf(await tenant.verify(sign(v2Claims), { audiences: only }))).toEqual(['issuer'])
  expect(tenant.asked).toEqual([])
  expect(codesOf(await tenant.verify(sign(v1Claims), { audiences: only }))).toEqual([])
  expect(tenant.asked).toEqual([`GET https://login.microsoftonline.com/${names.tenantId}/discovery/keys`])
})

test('asks nobody for the key of a token whose form or issuer is wrong', async () => {
  const tenant = openTenant()
  await tenant.verify('a.b.c')
  await tenant.verify(sign(v2Claims, { jku: 'https://evil.example' }))
  await tenant.verify(sign({ ...v2Claims, iss: 'https://evil.example/' }))
  expect(tenant.asked).toEqual([])
})

test('shows of what came no more than 200 characters, and no control character', async () => {
  const verdict = await openTenant().verify(sign({ ...v2Claims, aud: `\u001b[31m${'x'.repeat(5000)}` }))
  const [fault] = 'faults' in verdict ? verdict.faults : []
  expect(fault?.got).toMatch(/^·\[31mx{195}…$/)
})
