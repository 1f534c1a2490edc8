import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import type { AwsAccount, AwsRole, PolicyDocument, PolicyStatement } from '../config.ts'
import {
  ADMIN,
  account,
  EVERYTHING,
  HOME,
  OTHER,
  refusalOf,
  role,
  roleArn,
  rootOf,
  startFront,
  trust,
} from './test-front.ts'
import type { Front } from './test-front.ts'
import { policy } from './test-cloud.ts'

const NOTHING: PolicyDocument = policy({ Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' })
const SESSION_ARN = `arn:aws:sts::${HOME}:assumed-role/first/run-1`
const DENIED = (who: string, action: string, target: string): object => ({
  name: 'AccessDenied',
  status: 403,
  message: `User: ${who} is not authorized to perform: ${action} on resource: ${target}`,
})

const assumeSecond = async (front: Front, change: Partial<AssumeRoleCommandInput> = {}, first: object = {}) => {
  const keys = await front.assume({ RoleArn: roleArn('first'), ...first })
  const RoleArn = change.RoleArn ?? roleArn('second')
  return front.sts(keys).send(new AssumeRoleCommand({ RoleSessionName: 'run-2', ...change, RoleArn }))
}

const twoRoles = (second: Partial<AwsRole>, first: Partial<AwsRole> = {}): AwsAccount =>
  account({ roles: [role('first', { maxSessionDuration: 43_200, ...first }), role('second', second)] })

test('says who a user, a role session and a chained session are', async () => {
  await using front = await startFront([twoRoles({ path: '/ci/' })])
  const first = await front.assume({ RoleArn: roleArn('first') })
  const second = await front.assume({ RoleArn: roleArn('ci/second'), RoleSessionName: 'run-2' }, first)
  const who = await Promise.all(
    [ADMIN, first, second].map((keys) => front.sts(keys).send(new GetCallerIdentityCommand({}))),
  )
  expect(who.map(({ Arn }) => Arn)).toEqual([
    `arn:aws:iam::${HOME}:user/people/admin`,
    SESSION_ARN,
    `arn:aws:sts::${HOME}:assumed-role/second/run-2`,
  ])
  expect(who.map(({ UserId }) => UserId)).toEqual([
    expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
    expect.stringMatching(/^AROA[A-Z2-7]{17}:run-1$/),
    expect.stringMatching(/^AROA[A-Z2-7]{17}:run-2$/),
  ])
})

test('a user may have 12 hours, a chained session one hour and not a second more', async () => {
  await using front = await startFront([twoRoles({ maxSessionDuration: 43_200 })])
  await front.assume({ RoleArn: roleArn('first'), DurationSeconds: 43_200 })
  await assumeSecond(front, { DurationSeconds: 3600 })
  const sessions = front.sandbox.world.awsSessions.size
  expect(await refusalOf(assumeSecond(front, { DurationSeconds: 3601 }))).toEqual({
    name: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  })
  expect(front.sandbox.world.awsSessions.size, 'only the first role was assumed again').toBe(sessions + 1)
})

type Row = readonly [who: string, trusted: readonly string[], own: PolicyDocument, admitted: boolean]

test.each<Row>([
  ['the role, which needs no permission of its own', [roleArn('first')], NOTHING, true],
  ['the session', [SESSION_ARN], NOTHING, true],
  ['another session of the role', [SESSION_ARN.replace('run-1', 'run-9')], EVERYTHING, false],
  ['the account, and the role has no permission', [rootOf(HOME)], NOTHING, false],
  ['the account, and the role has permission', [rootOf(HOME)], EVERYTHING, true],
  ['the account by its number', [HOME], EVERYTHING, true],
  ['everybody', ['*'], NOTHING, true],
  ['a pattern for the role', [roleArn('*')], EVERYTHING, false],
  ['another role', [roleArn('second')], EVERYTHING, false],
  ['another account', [rootOf(OTHER)], EVERYTHING, false],
])('a trust policy that names %s', async (_, trusted, own, admitted) => {
  await using front = await startFront([twoRoles({ trustPolicy: trust(...trusted) }, { policies: [own] })])
  if (admitted) await assumeSecond(front)
  else expect(await refusalOf(assumeSecond(front))).toEqual(DENIED(SESSION_ARN, 'sts:AssumeRole', roleArn('second')))
})

test('a role that trusts a service or an OIDC provider trusts no role', async () => {
  const statements: PolicyStatement[] = [
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    { Effect: 'Allow', Principal: { Federated: roleArn('first') }, Action: 'sts:AssumeRole' },
  ]
  await using front = await startFront([twoRoles({ trustPolicy: policy(...statements) })])
  expect(await refusalOf(assumeSecond(front))).toMatchObject({ name: 'AccessDenied' })
})

test('answers for a role that does not exist as for one that does not trust', async () => {
  await using front = await startFront([twoRoles({})])
  const missing = roleArn('missing')
  expect(await refusalOf(assumeSecond(front, { RoleArn: missing }))).toEqual(
    DENIED(SESSION_ARN, 'sts:AssumeRole', missing),
  )
})

test.each([
  ['both sides allow it', [rootOf(HOME)], EVERYTHING, true],
  ['only the other account allows it', [roleArn('first')], NOTHING, false],
  ['only the caller allows it', [rootOf(OTHER)], EVERYTHING, false],
])('across accounts, when %s', async (_, trusted, own, admitted) => {
  const far = account({ id: OTHER, users: [], roles: [role('far', { trustPolicy: trust(...trusted) })] })
  await using front = await startFront([twoRoles({}, { policies: [own] }), far])
  const RoleArn = roleArn('far', OTHER)
  if (admitted) expect((await assumeSecond(front, { RoleArn })).AssumedRoleUser?.Arn).toContain(OTHER)
  else expect(await refusalOf(assumeSecond(front, { RoleArn }))).toEqual(DENIED(SESSION_ARN, 'sts:AssumeRole', RoleArn))
})

const conditioned = (condition: NonNullable<PolicyStatement['Condition']>): Partial<AwsRole> => ({
  trustPolicy: policy({ Effect: 'Allow', Principal: { AWS: rootOf(HOME) }, Action: 'sts:*', Condition: condition }),
})

test.each<[string, NonNullable<PolicyStatement['Condition']>, Partial<AssumeRoleCommandInput>, boolean]>([
  ['the external id', { StringEquals: { 'sts:ExternalId': 'x-7' } }, { ExternalId: 'x-7' }, true],
  ['another external id', { StringEquals: { 'sts:ExternalId': 'x-7' } }, { ExternalId: 'X-7' }, false],
  ['no external id', { StringEquals: { 'sts:ExternalId': 'x-7' } }, {}, false],
  ['the session name', { StringLike: { 'sts:RoleSessionName': 'run-*' } }, {}, true],
  ['another session name', { StringEquals: { 'sts:RoleSessionName': 'run-1' } }, {}, false],
  ['a role session', { StringEquals: { 'aws:PrincipalType': 'AssumedRole' } }, {}, true],
  ['a user', { StringEquals: { 'aws:PrincipalType': 'User' } }, {}, false],
  ['the role by its ARN', { ArnEquals: { 'aws:PrincipalArn': roleArn('first') } }, {}, true],
  ['the network', { IpAddress: { 'aws:SourceIp': '198.51.100.0/24' } }, {}, true],
  ['another network', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, {}, false],
  ['the region', { StringEquals: { 'aws:RequestedRegion': 'eu-central-1' } }, {}, true],
  [
    'a source identity that is given',
    { StringEquals: { 'sts:SourceIdentity': 'ann' } },
    { SourceIdentity: 'ann' },
    true,
  ],
  ['a source identity that is not given', { StringEquals: { 'sts:SourceIdentity': 'ann' } }, {}, false],
  ['the role’s own tag', { StringEquals: { 'aws:PrincipalTag/team': 'blue' } }, {}, true],
  [
    'a tag of the request',
    { StringEquals: { 'aws:RequestTag/Env': 'dev' } },
    { Tags: [{ Key: 'env', Value: 'dev' }] },
    true,
  ],
  [
    'only other tag keys',
    { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cost'] } },
    { Tags: [{ Key: 'env', Value: 'dev' }] },
    false,
  ],
])('a trust policy that asks for %s', async (_, condition, change, admitted) => {
  const roles = twoRoles(conditioned(condition), { tags: { Team: 'blue' } })
  await using front = await startFront([roles], { sourceIp: '198.51.100.7' })
  if (admitted) await assumeSecond(front, change)
  else expect(await refusalOf(assumeSecond(front, change))).toMatchObject({ name: 'AccessDenied', status: 403 })
})

const TAGGED = { Tags: [{ Key: 'Team', Value: 'blue' }], TransitiveTagKeys: ['team'], SourceIdentity: 'ann' }

test('transitive tags and the source identity go on with the chain, other tags do not', async () => {
  await using front = await startFront([twoRoles({})])
  const first = { ...TAGGED, Tags: [...TAGGED.Tags, { Key: 'stays', Value: 'here' }] }
  const answer = await assumeSecond(front, {}, first)
  expect(answer.SourceIdentity).toBe('ann')
  const session = front.sandbox.world.awsSessions.get(answer.Credentials?.AccessKeyId ?? '')
  expect(session).toMatchObject({ tags: { Team: 'blue' }, transitiveTagKeys: ['Team'], sourceIdentity: 'ann' })
})

test.each<[string, Partial<AssumeRoleCommandInput>, object]>([
  [
    'another source identity',
    { SourceIdentity: 'bob' },
    { name: 'ValidationError', message: 'The source identity is already set for this assume role session' },
  ],
  [
    'a tag that was handed on, in other letters',
    { Tags: [{ Key: 'TEAM', Value: 'red' }] },
    {
      name: 'InvalidParameterValue',
      message:
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    },
  ],
])('a chained session cannot set %s', async (_, change, refused) => {
  await using front = await startFront([twoRoles({})])
  expect(await refusalOf(assumeSecond(front, change, TAGGED))).toEqual({ ...refused, status: 400 })
})

test.each([
  ['sts:TagSession', { ...TAGGED, SourceIdentity: undefined }],
  ['sts:SetSourceIdentity', { SourceIdentity: 'ann' }],
])('the chain needs %s in the next trust policy, although nothing new is asked for', async (action, first) => {
  const only = policy({ Effect: 'Allow', Principal: { AWS: roleArn('first') }, Action: 'sts:AssumeRole' })
  await using front = await startFront([twoRoles({ trustPolicy: only })])
  await assumeSecond(front)
  expect(await refusalOf(assumeSecond(front, {}, first))).toEqual(DENIED(SESSION_ARN, action, roleArn('second')))
})

const CONSTRAINT = 'failed to satisfy constraint: Member must'

test.each<[string, Partial<AssumeRoleCommandInput>, string, string]>([
  [
    'a blank in the external id',
    { ExternalId: 'a b' },
    'ValidationError',
    `1 validation error detected: Value 'a b' at 'externalId' ${CONSTRAINT} satisfy regular expression pattern: [\\w+=,.@:\\/-]*`,
  ],
  ['a reserved source identity', { SourceIdentity: 'aws:x' }, 'ValidationError', 'satisfy regular expression'],
  [
    '51 tags',
    { Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: 'v' })) },
    'ValidationError',
    'less than or equal to 50',
  ],
  ['a long tag value', { Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] }, 'ValidationError', "at 'tags.1.member.value'"],
  [
    'two tags of one key',
    {
      Tags: [
        { Key: 'k', Value: 'a' },
        { Key: 'K', Value: 'b' },
      ],
    },
    'InvalidParameterValue',
    'case insensitive',
  ],
  [
    'a transitive key without tag',
    { TransitiveTagKeys: ['k'] },
    'InvalidParameterValue',
    'must be included in the requested tags',
  ],
  [
    'a policy that is none',
    { Policy: '{"Version":"2012-10-17"}' },
    'MalformedPolicyDocumentException',
    'policy invalid',
  ],
  [
    'an unknown managed policy',
    { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/None' }] },
    'ValidationError',
    'does not exist',
  ],
  [
    'more than can be packed',
    { Tags: Array.from({ length: 12 }, (_, n) => ({ Key: `k${n}`, Value: 'v'.repeat(250) })) },
    'PackedPolicyTooLargeException',
    'of allotted space',
  ],
  [
    'a role of another partition',
    { RoleArn: 'arn:aws-cn:iam::111111111111:role/second' },
    'ValidationError',
    'Request ARN is invalid',
  ],
])('refuses %s and opens no session', async (_, change, name, message) => {
  await using front = await startFront([twoRoles({})])
  const call = front
    .sts()
    .send(new AssumeRoleCommand({ RoleArn: roleArn('second'), RoleSessionName: 'run-2', ...change }))
  expect(await refusalOf(call)).toEqual({ name, message: expect.stringContaining(message), status: 400 })
  expect(front.sandbox.world.awsSessions.size).toBe(0)
})

const LOGIN = policy({ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' })
const MANAGED = `arn:aws:iam::${HOME}:policy/login`

test.each([
  ['no session policy', {}, true],
  ['an inline policy that allows it', { Policy: JSON.stringify(LOGIN) }, true],
  ['an inline policy that leaves it out', { Policy: JSON.stringify(NOTHING) }, false],
  ['a managed policy that allows it', { PolicyArns: [{ arn: MANAGED }] }, true],
  [
    'an inline policy without it and a managed one with it',
    { Policy: JSON.stringify(NOTHING), PolicyArns: [{ arn: MANAGED }] },
    true,
  ],
])('what ECR then allows is the intersection: %s', async (_, change, allowed) => {
  const home = { ...twoRoles({}), managedPolicies: { [MANAGED]: LOGIN } }
  await using front = await startFront([home])
  const ecr = front.ecr(await front.assume({ RoleArn: roleArn('second'), ...change }))
  const call = ecr.send(new GetAuthorizationTokenCommand({}))
  if (allowed) expect((await call).authorizationData).toHaveLength(1)
  else
    expect(await refusalOf(call)).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('because no session policy allows the ecr:GetAuthorizationToken action'),
    })
})

test('a session policy cannot give what the role does not have', async () => {
  await using front = await startFront([twoRoles({ policies: [NOTHING] })])
  const keys = await front.assume({ RoleArn: roleArn('second'), Policy: JSON.stringify(EVERYTHING) })
  expect(await refusalOf(front.ecr(keys).send(new GetAuthorizationTokenCommand({})))).toMatchObject({
    message: expect.stringContaining('because no identity-based policy allows'),
  })
})

test('makes the session token as long as asked', async () => {
  await using front = await startFront([twoRoles({})])
  const { sessionToken } = await front.assume({ RoleArn: roleArn('second'), MinimumSessionTokenSize: 4096 })
  expect(sessionToken).toHaveLength(4096)
})

test('refuses a signature of another secret, and keeps every secret out of the journal', async () => {
  await using front = await startFront([twoRoles({})])
  await assumeSecond(front)
  const call = front.sts({ ...ADMIN, secretAccessKey: 'guess' }).send(new GetCallerIdentityCommand({}))
  expect(await refusalOf(call)).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 })
  const journal = JSON.stringify(front.sandbox.journal.entries)
  expect([...front.sandbox.minted.all, ADMIN.secretAccessKey].filter((secret) => journal.includes(secret))).toEqual([])
})
