import { expect, test } from 'vitest'
import { describeError, StepError } from '../../../steps/lib/core/errors.ts'
import { awsSession, sharedAwsSessions } from '../../../steps/lib/federation/aws-session.ts'
import { ecrAccess } from '../../../steps/lib/federation/ecr-access.ts'
import { parseEcrHost } from '../../../steps/lib/aws/ecr-host.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { stsErrorBody } from '../../push-image/sts-answers.ts'
import { openFederated } from '../aws/federated.ts'

const policyOf = (...actions: readonly string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] })

const registry = parseEcrHost(example.ecrHost)
if (registry === undefined) throw new Error('the example has no registry')

/** The error that a call ends with. */
async function refusalOf(call: Promise<unknown>): Promise<StepError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof StepError)) throw new Error(`no refusal: ${String(error)}`)
  return error
}

test('a session lasts 900 s, or as long as asked', async () => {
  await using cloud = await openFederated()
  const left = (expiresAt: number) => Math.round((expiresAt - cloud.sandbox.world.clock.now()) / 100_000) * 100
  expect(left((await awsSession(cloud.federation, cloud.target())).expiresAt)).toBe(900)
  expect(left((await awsSession(cloud.federation, cloud.target({ durationSeconds: 3600 }))).expiresAt)).toBe(3600)
})

test('the session policy narrows what the role may do, and the refusal says which of the two it was', async () => {
  await using cloud = await openFederated()
  const policy = policyOf('ecr:GetAuthorizationToken')
  const target = { ...cloud.target({ policy }), registry, repository: example.repository }
  const access = ecrAccess(cloud.federation, target)
  await access.authorization()
  const error = await refusalOf(access.repositoryState())
  expect(error.code).toBe('ECR_NOT_AUTHORIZED')
  expect(error.values['action']).toBe('ecr:DescribeRepositories')
  expect(error.upstream?.message).toContain('no session policy allows')
  expect(describeError(error).remedy).toContain('aws-session-policy')
})

test.each([
  ['policy that is no JSON', { policy: '{' }, 'AWS_SESSION_POLICY_REFUSED', 'aws-session-policy'],
  [
    'policy that is no policy',
    { policy: '{"Version":"2012-10-17"}' },
    'AWS_SESSION_POLICY_REFUSED',
    'aws-session-policy',
  ],
  [
    'policy of more than 2,048 characters, though it speaks of DurationSeconds',
    { policy: policyOf('sts:DurationSeconds', 'x'.repeat(2048)) },
    'AWS_SESSION_POLICY_TOO_LARGE',
    'aws-session-policy',
  ],
  ['duration above the role’s own', { durationSeconds: 7200 }, 'AWS_SESSION_DURATION_REFUSED', 'aws-session-duration'],
  ['duration below 15 minutes', { durationSeconds: 60 }, 'AWS_SESSION_DURATION_REFUSED', 'aws-session-duration'],
] as const)('a %s is refused as %s after one request', async (_what, change, code, param) => {
  await using cloud = await openFederated()
  const error = await refusalOf(awsSession(cloud.federation, cloud.target(change)))
  expect(error.code).toBe(code)
  expect(describeError(error).remedy).toContain(param)
  expect(cloud.calls('sts')).toHaveLength(1)
})

test('a packed policy that is too large is told apart from one that is none', async () => {
  await using cloud = await openFederated()
  const body = stsErrorBody('PackedPolicyTooLarge', 'Packed policy consumes 107% of allotted space')
  const fault = { kind: 'status', status: 400, contentType: 'text/xml', body } as const
  cloud.sandbox.faults.on({ standIn: 'sts', fault })
  const error = await refusalOf(awsSession(cloud.federation, cloud.target({ policy: policyOf('ecr:*') })))
  expect([error.code, error.upstream?.code]).toEqual(['AWS_SESSION_POLICY_TOO_LARGE', 'PackedPolicyTooLarge'])
})

test('sessions are shared only where role, region, duration and policy are the same', async () => {
  await using cloud = await openFederated()
  const sessions = sharedAwsSessions(cloud.federation)
  const plain = sessions(cloud.target())
  expect(sessions(cloud.target())).toBe(plain)
  for (const change of [{ region: 'us-east-1' }, { durationSeconds: 1800 }, { policy: policyOf('ecr:*') }]) {
    expect(sessions(cloud.target(change))).not.toBe(plain)
  }
  expect(cloud.calls('sts')).toEqual([])
})
