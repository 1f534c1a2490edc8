import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectEnd, faultsOf, only } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { openApprovalDoor, place, type ApprovalDoor, type AskOptions } from './approval-door.ts'
import { approvers, people } from './approval-cloud.ts'

let approvals: ApprovalDoor
beforeAll(async () => {
  approvals = await openApprovalDoor()
})
afterAll(async () => await approvals[Symbol.asyncDispose]())

const author = 'example.com/author-oid'
const eyes = { 'approval-four-eyes': 'required', 'approval-author-annotation': author }

test('four eyes: whoever started the run cannot approve it, somebody else can, and the record names both', async () => {
  const { word, ended, said } = approvals.ask({ profile: eyes, annotations: { [author]: people.ada.toUpperCase() } })
  await approvals.answer('approve', await word, { as: 'ada' })
  await said(/has started the\s+run/)
  await approvals.answer('approve', await word, { as: 'grace' })
  const { results, record } = await ended
  expect(results).toMatchObject({ approver: people.grace })
  expect(record.data.action).toMatchObject({ approval: { objectId: people.grace, author: people.ada } })
})

test('four eyes: whoever started the run may still reject it', async () => {
  const { word, ended } = approvals.ask({ profile: eyes, annotations: { [author]: people.ada } })
  await approvals.answer('reject', await word, { as: 'ada' })
  expectEnd(await ended, 'APPROVAL_REJECTED', 77)
})

test.each<[what: string, annotations: Record<string, string>]>([
  ['no annotation', {}],
  ['one that holds a name', { [author]: 'ada@contoso.example' }],
  ['another annotation', { 'example.com/author': people.grace }],
])('four eyes: refuses a run with %s, and asks nobody', async (_what, annotations) => {
  const result = await approvals.ask({ profile: eyes, annotations }).ended
  expectEnd(result, 'APPROVAL_AUTHOR_UNKNOWN', 77)
  expect(result.step.stderr).not.toContain('npx tekton-entra approve')
})

const groupRules = { 'require-roles': [], 'require-groups': [approvers] }

test('groups: a person in too many for a token is looked up, and one who is in none is refused', async () => {
  const { word, ended, said } = approvals.ask({ params: groupRules })
  approvals.door.requests()
  await approvals.answer('approve', await word, { as: 'eve' })
  await said(/does not\s+count/)
  await approvals.answer('approve', await word, { as: 'joiner' })
  const { results, record } = await ended
  expect(results).toMatchObject({ approver: people.joiner })
  expect(record.data.action).toMatchObject({ approval: { groups: [approvers], roles: ['Release.Approve'] } })
  expect(only(approvals.door.requests(), /checkMemberGroups 200/)).toHaveLength(2)
})

test('groups: while Microsoft Graph is not there, nobody is refused and nobody passes', async () => {
  const { sandbox } = approvals.door
  const rule = sandbox.faults.on({
    standIn: 'graph',
    path: /checkMemberGroups/,
    times: 6,
    fault: { kind: 'status', status: 503 },
  })
  expect(rule).toBeDefined()
  const { word, ended, said } = approvals.ask({ params: groupRules })
  await approvals.answer('approve', await word, { as: 'ada' })
  await said(/cannot be\s+looked at now/)
  expect((await ended).results).toMatchObject({ approver: people.ada })
})

test.each<[what: string, options: AskOptions, fault: RegExp]>([
  [
    'an image by a tag',
    { params: { image: 'contoso.azurecr.io/shop/web:1' } },
    /^image: got ".*", expected an image by/,
  ],
  ['no rule at all', { params: { 'require-roles': [] } }, /^require-roles: got nothing, expected at least one of/],
  [
    'four eyes without anybody who vouches for the author',
    { params: { 'four-eyes': 'required' } },
    /^four-eyes: got "required", expected off, or the key approval-author-annotation in the profile/,
  ],
  [
    'an author whom the run’s own author vouches for',
    { params: { 'four-eyes': 'required', 'author-annotation': author } },
    /^author-annotation: got ".*", expected nothing: only the profile entra-identity can say it/,
  ],
  [
    'four eyes switched off by a param',
    { profile: eyes, params: { 'four-eyes': 'off' } },
    /^four-eyes: got "off", expected nothing: the profile entra-identity sets it/,
  ],
  [
    'an app of the author’s own',
    { params: { 'approval-client-id': example.awsAppId } },
    /^approval-client-id: got ".*", expected nothing: the profile entra-identity sets it/,
  ],
  [
    'a tenant of the author’s own',
    { params: { 'tenant-id': example.awsAppId } },
    /^tenant-id: got ".*", expected nothing: the profile entra-identity sets it/,
  ],
  ['no app', { profile: { 'approval-client-id': undefined } }, /^approval-client-id: got nothing/],
  ['a webhook with a key', { params: { webhook: 'https://hooks.example/a?key=1' } }, /^webhook: got/],
  [
    'groups without an identity',
    { params: groupRules, profile: { 'client-id': undefined } },
    /^client-id: got nothing/,
  ],
])('refuses %s before anything is asked', async (_what, options, fault) => {
  approvals.api.asked.splice(0)
  const result = await approvals.ask(options).ended
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringMatching(fault)])
  expect(approvals.api.asked).toEqual([])
})

test('the profile’s roles are asked for beside those of the param', async () => {
  const { word, ended, said } = approvals.ask({
    profile: { 'approval-require-roles': 'Release.Manage' },
    params: { timeout: '15s' },
  })
  await approvals.answer('approve', await word, { as: 'ada' })
  await said(/roles: got Release\.Approve,\s+expected\s+Release\.Manage\s+as\s+well/)
  expectEnd(await ended, 'APPROVAL_TIMED_OUT', 77)
})

test('says that there is no ConfigMap yet, and takes the answer once there is', async () => {
  const found = approvals.api.objects.get(place)
  approvals.api.objects.delete(place)
  const { word, ended, said } = approvals.ask()
  await said(/there is no ConfigMap\s+tekton-entra-approvals/)
  approvals.api.objects.set(place, found ?? {})
  await approvals.answer('approve', await word, { as: 'ada' })
  expect((await ended).results).toMatchObject({ approver: people.ada })
})
