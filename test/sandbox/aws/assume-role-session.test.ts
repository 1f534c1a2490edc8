import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { policy } from './test-cloud.ts'
import { ANSWERED, EVERYTHING, HOME, outcomeOf, refusalOf, roleArn, startFront } from './test-front.ts'
import { NOTHING, twoRoles } from './test-two-roles.ts'

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
  const refused = 'because no session policy allows the ecr:GetAuthorizationToken action'
  expect(await outcomeOf(ecr.send(new GetAuthorizationTokenCommand({})))).toContain(allowed ? ANSWERED : refused)
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
