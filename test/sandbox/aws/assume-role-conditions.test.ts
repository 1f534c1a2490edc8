import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import type { AwsRole, PolicyStatement } from '../config.ts'
import { policy } from './test-cloud.ts'
import { ANSWERED, HOME, outcomeOf, refusalOf, roleArn, rootOf, startFront } from './test-front.ts'
import { assumeSecond, deniedText, twoRoles } from './test-two-roles.ts'

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
  expect(await outcomeOf(assumeSecond(front, change))).toBe(admitted ? ANSWERED : deniedText('sts:AssumeRole'))
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
  expect(await outcomeOf(assumeSecond(front, {}, first))).toBe(deniedText(action))
})
