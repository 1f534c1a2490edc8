import { expect, test } from 'vitest'
import type { PolicyDocument, PolicyStatement } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import { decide, isAllowed, sessionState } from './policy.ts'
import { policyContext } from './policy-conditions.ts'
import { evaluateDocuments } from './policy-evaluation.ts'
import { fitsArn, fitsPattern } from './policy-patterns.ts'
import { ACCOUNT, createCloud, policy } from './test-cloud.ts'

const ARN = `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/team/app`
const ALLOW: PolicyStatement = { Effect: 'Allow', Action: 'ecr:PutImage', Resource: ARN }

const allows = (document: unknown, context: Record<string, string | readonly string[]> = {}): boolean =>
  evaluateDocuments([document], 'identity', {
    action: 'ecr:PutImage',
    resource: ARN,
    context: policyContext(context),
  }).outcome === 'allow'

test.each<[PolicyStatement, boolean]>([
  [ALLOW, true],
  [{ ...ALLOW, Action: 'ECR:putimage' }, true],
  [{ ...ALLOW, Action: ['ecr:Get*', 'ecr:Put*'] }, true],
  [{ ...ALLOW, Action: 'ecr:PutImag?' }, true],
  [{ ...ALLOW, Action: 'ecr:PutImage?' }, false],
  [{ ...ALLOW, Action: 'ecr-public:*' }, false],
  [{ ...ALLOW, Action: '*', Resource: '*' }, true],
  [{ ...ALLOW, Resource: ARN.replace('app', '*') }, true],
  [{ ...ALLOW, Resource: 'arn:aws:ecr:*:*:repository/team/app' }, true],
  [{ ...ALLOW, Resource: 'arn:aws:ecr:*/team/app' }, false],
  [{ ...ALLOW, Resource: ARN.replace('team/app', 'team') }, false],
])('statement %j allows ecr:PutImage on team/app: %s', (statement, expected) => {
  expect(allows(policy(statement))).toBe(expected)
})

test.each<[string, string, string | undefined, boolean]>([
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', undefined, false],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', 'a', undefined, true],
  ['StringEqualsIgnoreCase', 'A', 'a', true],
  ['StringLike', 'a*c', 'abbc', true],
  ['StringLike', 'a?c', 'abbc', false],
  ['StringNotLike', 'a*', 'abc', false],
  ['StringEqualsIfExists', 'a', undefined, true],
  ['StringEqualsIfExists', 'a', 'b', false],
  ['ArnLike', 'arn:aws:iam::*:role/*', 'arn:aws:iam::1:role/x', true],
  ['ArnEquals', 'arn:aws:iam::*:*', 'arn:aws:iam::1:role/x', true],
  ['ArnEquals', 'arn:aws:iam::*', 'arn:aws:iam::1:role/x', false],
  ['ArnLike', '*', 'no-arn', false],
  ['Bool', 'TRUE', 'true', true],
  ['Bool', 'true', undefined, false],
  ['Null', 'true', undefined, true],
  ['Null', 'false', undefined, false],
  ['Null', 'false', 'x', true],
  ['NumericLessThan', '10', '9', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThan', '10', 'nine', false],
  ['NumericGreaterThanEquals', '10', '10', true],
  ['DateLessThan', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', true],
  ['DateGreaterThan', '1767225600', '2026-01-01T00:00:01Z', true],
])('condition %s %s with the key %s holds: %s', (operator, wanted, given, expected) => {
  const document = policy({ ...ALLOW, Condition: { [operator]: { 'some:Key': wanted } } })
  expect(allows(document, given === undefined ? {} : { 'some:key': given })).toBe(expected)
})

test.each<[string, readonly string[], readonly string[], boolean]>([
  ['ForAnyValue:StringEquals', ['a', 'b'], ['b', 'c'], true],
  ['ForAnyValue:StringEquals', ['a'], [], false],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a'], true],
  ['ForAllValues:StringEquals', ['a'], ['a', 'b'], false],
  ['ForAllValues:StringEquals', ['a'], [], true],
  ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], true],
  ['ForAnyValue:StringNotEquals', ['a'], [], false],
  ['ForAnyValue:StringEqualsIfExists', ['a'], [], true],
  ['StringEquals', ['a'], ['a', 'b'], false],
])('condition %s %j over the values %j holds: %s', (operator, wanted, given, expected) => {
  const document = policy({ ...ALLOW, Condition: { [operator]: { 'some:Key': wanted } } })
  expect(allows(document, { 'some:key': given })).toBe(expected)
})

test.each<[string, unknown, string]>([
  ['no object', 'Allow', 'no JSON object'],
  ['no version', { Statement: [ALLOW] }, 'Version is neither 2012-10-17 nor 2008-10-17'],
  [
    'an unknown operator',
    policy({ ...ALLOW, Condition: { IpAdress: { 'aws:SourceIp': '10.0.0.0/8' } } }),
    'unknown condition operator IpAdress',
  ],
  ['a principal', policy({ ...ALLOW, Principal: '*' }), 'Principal in a statement of this kind of policy'],
  [
    'a policy variable before the fifth colon',
    policy({ ...ALLOW, Resource: 'arn:aws:ecr:*:${aws:PrincipalAccount}:repository/*' }),
    'Resource has a policy variable before the fifth colon',
  ],
  [
    'a policy variable in an action',
    policy({ ...ALLOW, Action: 'ecr:${aws:username}' }),
    'Action has a policy variable, which is not allowed there',
  ],
  [
    'a policy variable under a numeric operator',
    policy({ ...ALLOW, Condition: { NumericEquals: { 'some:key': '${aws:userid}' } } }),
    'NumericEquals some:key has a policy variable, which is not allowed there',
  ],
  [
    'a variable that is none',
    policy({ ...ALLOW, Condition: { StringEquals: { 'some:key': '${not a key}' } } }),
    'StringEquals some:key: ${not a key} is no policy variable',
  ],
  [
    'a variable that is not closed',
    policy({ ...ALLOW, Condition: { StringEquals: { 'some:key': '${aws:userid' } } }),
    'StringEquals some:key: a policy variable is not closed',
  ],
  [
    'both Action and NotAction',
    { Version: '2012-10-17', Statement: { ...ALLOW, NotAction: 'x' } },
    'a statement needs Action or NotAction, one of them',
  ],
])('a policy with %s grants nothing and says why', (_, document, reason) => {
  const decision = evaluateDocuments([policy(ALLOW), document], 'identity', {
    action: 'ecr:PutImage',
    resource: ARN,
    context: policyContext({}),
  })
  expect(decision).toEqual({ outcome: 'implicit-deny', notes: [`policy invalid: ${reason}`] })
})

test('NotAction and NotResource match what is not listed', () => {
  const base = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', NotAction: 'iam:*', NotResource: ARN.replace('app', 'x') }],
  }
  expect(allows(base)).toBe(true)
  expect(allows({ ...base, Statement: [{ Effect: 'Allow', NotAction: 'ecr:*', Resource: '*' }] })).toBe(false)
})

test('many wildcards against a long text finish at once', () => {
  const before = performance.now()
  expect(fitsPattern('a'.repeat(5000), `${'*a'.repeat(500)}b`)).toBe(false)
  expect(performance.now() - before).toBeLessThan(2000)
})

test('a wildcard of an ARN pattern stays inside its segment', () => {
  expect(fitsArn('arn:aws:iam::1:role/a:b', 'arn:aws:iam::1:role/*')).toBe(true)
  expect(fitsArn('arn:aws:iam::1:role/a', 'arn:*:role/a')).toBe(false)
})

const session = (world: World, sessionPolicy?: PolicyDocument | string): AwsSession => ({
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'not-used',
  sessionToken: 'not-used',
  accountId: ACCOUNT,
  partition: 'aws',
  roleName: 'pusher',
  sessionName: 'build-7',
  expiresAt: world.clock.now() + 1000,
  ...(sessionPolicy === undefined
    ? {}
    : { sessionPolicy: typeof sessionPolicy === 'string' ? sessionPolicy : JSON.stringify(sessionPolicy) }),
})

const DENY: PolicyStatement = { ...ALLOW, Effect: 'Deny' }

test.each<[string, readonly PolicyStatement[], PolicyDocument | string | undefined, string, string]>([
  ['role alone', [ALLOW], undefined, 'allow', 'identity-based policy'],
  ['role and session', [ALLOW], policy(ALLOW), 'allow', 'session policy'],
  ['only the role', [ALLOW], policy({ ...ALLOW, Action: 'ecr:Get*' }), 'implicit-deny', 'session policy'],
  ['only the session', [], policy(ALLOW), 'implicit-deny', 'identity-based policy'],
  ['both, with a deny in the role', [ALLOW, DENY], policy(ALLOW), 'explicit-deny', 'identity-based policy'],
  ['both, with a deny in the session', [ALLOW], policy(ALLOW, DENY), 'explicit-deny', 'session policy'],
  ['the role, with a session policy that is no JSON', [ALLOW], '{', 'implicit-deny', 'session policy'],
])('an action that %s would allow comes out as it should', async (_, statements, sessionPolicy, outcome, decidedBy) => {
  const world = await createCloud({ role: { policies: [policy(...statements)] } })
  const asked = { action: 'ecr:PutImage', resource: ARN }
  expect(decide(world, session(world, sessionPolicy), asked)).toMatchObject({ outcome, decidedBy })
  expect(isAllowed(world, session(world, sessionPolicy), asked.action, asked.resource)).toBe(outcome === 'allow')
})

test('an expired session may do nothing, and says that it is expired', async () => {
  const world = await createCloud({ role: { policies: [policy(ALLOW)] } })
  const live = session(world)
  expect(isAllowed(world, live, 'ecr:PutImage', ARN)).toBe(true)
  world.clock.advance(1000)
  expect(isAllowed(world, live, 'ecr:PutImage', ARN)).toBe(false)
  expect(sessionState(world, live)).toBe('expired')
})

test('a session of a role that is gone may do nothing', async () => {
  const world = await createCloud({ account: { roles: [] } })
  expect(isAllowed(world, session(world), 'ecr:PutImage', ARN)).toBe(false)
})

test('what the token brought along is there for conditions of identity policies', async () => {
  const tagged = policy({ ...ALLOW, Condition: { StringEquals: { 'aws:PrincipalTag/Team': 'blue' } } })
  const world = await createCloud({ role: { policies: [tagged] } })
  const withTag = { ...session(world), policyContext: { 'aws:PrincipalTag/team': 'blue' } }
  expect([session(world), withTag].map((one) => isAllowed(world, one, 'ecr:PutImage', ARN))).toEqual([false, true])
})
