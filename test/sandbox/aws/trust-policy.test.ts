import { expect, test } from 'vitest'
import type { PolicyStatement } from '../config.ts'
import { assume } from './test-calls.ts'
import { createCloud, policy, PROVIDER_ARN } from './test-cloud.ts'
import { goodToken } from './test-issuer.ts'

const KEY = 'issuer.example/tenant/'
const ALLOW: PolicyStatement = {
  Effect: 'Allow',
  Principal: { Federated: PROVIDER_ARN },
  Action: 'sts:AssumeRoleWithWebIdentity',
}
const when = (condition: NonNullable<PolicyStatement['Condition']>): PolicyStatement => ({
  ...ALLOW,
  Condition: condition,
})

const TAGS = { 'https://aws.amazon.com/tags/principal_tags/Team': 'blue' }
const ANY_TAG: PolicyStatement = { ...ALLOW, Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] }

type Row = readonly [
  what: string,
  admitted: boolean,
  statements: readonly PolicyStatement[],
  claims?: Record<string, unknown>,
]

const PRINCIPALS: readonly Row[] = [
  ['its provider', true, [ALLOW]],
  ['its provider among others', true, [{ ...ALLOW, Principal: { Federated: ['arn:x', PROVIDER_ARN] } }]],
  ['the provider without its slash', false, [{ ...ALLOW, Principal: { Federated: PROVIDER_ARN.slice(0, -1) } }]],
  ['a wildcard for the provider', false, [{ ...ALLOW, Principal: { Federated: '*' } }]],
  ['everybody', false, [{ ...ALLOW, Principal: '*' }]],
  ['every AWS principal', false, [{ ...ALLOW, Principal: { AWS: '*' } }]],
  ['nobody', false, []],
  ['another action', false, [{ ...ALLOW, Action: 'sts:AssumeRole' }]],
  ['the action in other letters', true, [{ ...ALLOW, Action: 'STS:assumerolewithwebidentity' }]],
  ['a wildcard of actions', true, [{ ...ALLOW, Action: 'sts:AssumeRoleWith*' }]],
]

const CLAIMS: readonly Row[] = [
  ['its audience', true, [when({ StringEquals: { [`${KEY}:aud`]: 'client-a' } })]],
  ['another audience', false, [when({ StringEquals: { [`${KEY}:aud`]: 'client-b' } })]],
  [
    'the audience under the key of another issuer',
    false,
    [when({ StringEquals: { 'issuer.example/tenant:aud': 'client-a' } })],
  ],
  ['azp as audience', true, [when({ StringEquals: { [`${KEY}:aud`]: 'client-b' } })], { aud: 'api', azp: 'client-b' }],
  [
    'the token audience beside azp',
    true,
    [when({ StringEquals: { [`${KEY}:oaud`]: 'api' } })],
    { aud: 'api', azp: 'client-b' },
  ],
  [
    'another token audience with the same azp',
    false,
    [when({ StringEquals: { [`${KEY}:aud`]: 'client-b', [`${KEY}:oaud`]: 'api' } })],
    { aud: 'other-api', azp: 'client-b' },
  ],
  ['the key in other letters', true, [when({ StringEquals: { [`${KEY}:AUD`.toUpperCase()]: 'client-a' } })]],
  ['its subject', true, [when({ StringEquals: { [`${KEY}:sub`]: ['x', 'subject-probe'] } })]],
  ['its subject in other letters', false, [when({ StringEquals: { [`${KEY}:sub`]: 'Subject-Probe' } })]],
  [
    'the audience of one and the subject of another',
    false,
    [when({ StringEquals: { [`${KEY}:aud`]: 'client-a', [`${KEY}:sub`]: 'x' } })],
  ],
  ['a subject pattern', true, [when({ StringLike: { [`${KEY}:sub`]: 'subject-*' } })]],
  ['a subject pattern under StringEquals', false, [when({ StringEquals: { [`${KEY}:sub`]: 'subject-*' } })]],
  ['a pattern that covers only the beginning', false, [when({ StringLike: { [`${KEY}:sub`]: 'subject' } })]],
  [
    'a claim that is no condition key',
    false,
    [when({ StringEquals: { [`${KEY}:groups`]: 'ops' } })],
    { groups: 'ops' },
  ],
  ['a missing claim, if it exists', true, [when({ StringEqualsIfExists: { [`${KEY}:groups`]: 'ops' } })]],
  ['a wrong claim, if it exists', false, [when({ StringEqualsIfExists: { [`${KEY}:sub`]: 'ops' } })]],
  [
    'one of several amr',
    true,
    [when({ 'ForAnyValue:StringEquals': { [`${KEY}:amr`]: 'mfa' } })],
    { amr: ['pwd', 'mfa'] },
  ],
  ['any amr where there is none', false, [when({ 'ForAnyValue:StringEquals': { [`${KEY}:amr`]: 'mfa' } })]],
  [
    'all amr where one is another',
    false,
    [when({ 'ForAllValues:StringEquals': { [`${KEY}:amr`]: 'mfa' } })],
    { amr: ['pwd', 'mfa'] },
  ],
  ['all amr where there is none', true, [when({ 'ForAllValues:StringEquals': { [`${KEY}:amr`]: 'mfa' } })]],
]

const MORE: readonly Row[] = [
  ['its session name', true, [when({ StringLike: { 'sts:RoleSessionName': 'build-?' } })]],
  ['another session name', false, [when({ StringEquals: { 'sts:RoleSessionName': 'deploy' } })]],
  [
    'its provider as a condition',
    true,
    [when({ ArnLike: { 'aws:FederatedProvider': 'arn:aws:iam::*:oidc-provider/issuer.example/*' } })],
  ],
  ['no roles claim where one is wanted', false, [when({ Bool: { 'sts:RoleAuthorizedByIdp': 'true' } })]],
  ['tags without sts:TagSession', false, [ALLOW], TAGS],
  ['tags with sts:TagSession', true, [ANY_TAG], TAGS],
  [
    'the tag with its value',
    true,
    [{ ...ANY_TAG, Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } } }],
    TAGS,
  ],
  [
    'the tag with another value',
    false,
    [{ ...ANY_TAG, Condition: { StringEquals: { 'aws:RequestTag/Team': 'red' } } }],
    TAGS,
  ],
  [
    'only other tag keys',
    false,
    [{ ...ANY_TAG, Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'Cost' } } }],
    TAGS,
  ],
  [
    'a source identity without sts:SetSourceIdentity',
    false,
    [ALLOW],
    { 'https://aws.amazon.com/source_identity': 'alice' },
  ],
  [
    'a source identity with it',
    true,
    [{ ...ALLOW, Action: 'sts:*', Condition: { StringEquals: { 'sts:SourceIdentity': 'alice' } } }],
    { 'https://aws.amazon.com/source_identity': 'alice' },
  ],
  ['a deny beside the allow', false, [ALLOW, { ...ALLOW, Effect: 'Deny' }]],
  ['a deny for everybody', false, [ALLOW, { ...ALLOW, Effect: 'Deny', Principal: '*' }]],
  ['a deny of another subject', true, [ALLOW, { ...when({ StringEquals: { [`${KEY}:sub`]: 'x' } }), Effect: 'Deny' }]],
  [
    'a deny unless the subject is another',
    false,
    [ALLOW, { ...when({ StringNotEquals: { [`${KEY}:sub`]: 'x' } }), Effect: 'Deny' }],
  ],
  ['an operator that IAM does not have', false, [ALLOW, when({ StringMatches: { [`${KEY}:sub`]: 'x' } })]],
  ['a policy variable without a value', false, [when({ StringEquals: { [`${KEY}:sub`]: '${aws:username}' } })]],
  [
    'a policy variable with a value',
    true,
    [when({ StringEquals: { 'sts:RoleSessionName': '${sts:RoleSessionName}' } })],
  ],
  ['a resource, which a trust policy has not', false, [{ ...ALLOW, Resource: '*' }]],
]

const ROWS = [...PRINCIPALS, ...CLAIMS, ...MORE].map(([what, admitted, statements, claims = {}]) => ({
  what,
  admitted,
  statements,
  claims,
}))
const ADMITTED = { status: 200, code: undefined, message: undefined, sessions: 1 }
const REFUSED = {
  status: 403,
  code: 'AccessDenied',
  message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  sessions: 0,
}

test.each(ROWS)('a trust policy for $what admits: $admitted', async ({ admitted, statements, claims }) => {
  const world = await createCloud({ role: { trustPolicy: policy(...statements) } })
  const { status, code, message } = await assume(world, goodToken(claims, Date.now()))
  expect({ status, code, message, sessions: world.awsSessions.size }).toEqual(admitted ? ADMITTED : REFUSED)
})

test('the journal says which condition failed and what was there instead', async () => {
  const trustPolicy = policy(when({ StringEquals: { [`${KEY}:sub`]: 'somebody-else' } }))
  const world = await createCloud({ role: { trustPolicy } })
  await assume(world, goodToken({}, Date.now()))
  expect(world.journal.entries[0]).toMatchObject({ refused: 'AccessDenied', status: 403 })
  expect(world.journal.entries[0]?.checks).toContain(
    `statement 1: StringEquals ${KEY}:sub ["somebody-else"]: ["subject-probe"], fails`,
  )
})

test('the journal names what makes a trust policy invalid', async () => {
  const world = await createCloud({ role: { trustPolicy: policy(when({ StringEqual: { [`${KEY}:sub`]: 'x' } })) } })
  await assume(world, goodToken({}, Date.now()))
  expect(world.journal.entries[0]?.checks).toContain('policy invalid: unknown condition operator StringEqual')
})
