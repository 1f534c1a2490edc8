import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import type { PolicyDocument, PolicyStatement } from '../config.ts'
import { policy } from './test-cloud.ts'
import {
  ADMIN,
  ANSWERED,
  account,
  EVERYTHING,
  HOME,
  OTHER,
  outcomeOf,
  refusalOf,
  role,
  roleArn,
  rootOf,
  startFront,
  trust,
} from './test-front.ts'
import { assumeSecond, deniedText, NOTHING, SESSION_ARN, twoRoles } from './test-two-roles.ts'

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
  expect(await outcomeOf(assumeSecond(front))).toBe(admitted ? ANSWERED : deniedText('sts:AssumeRole'))
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
  expect(await outcomeOf(assumeSecond(front, { RoleArn: missing }))).toBe(deniedText('sts:AssumeRole', missing))
})

test.each([
  ['both sides allow it', [rootOf(HOME)], EVERYTHING, true],
  ['only the other account allows it', [roleArn('first')], NOTHING, false],
  ['only the caller allows it', [rootOf(OTHER)], EVERYTHING, false],
])('across accounts, when %s', async (_, trusted, own, admitted) => {
  const far = account({ id: OTHER, users: [], roles: [role('far', { trustPolicy: trust(...trusted) })] })
  await using front = await startFront([twoRoles({}, { policies: [own] }), far])
  const RoleArn = roleArn('far', OTHER)
  const expected = admitted ? ANSWERED : deniedText('sts:AssumeRole', RoleArn)
  expect(await outcomeOf(assumeSecond(front, { RoleArn }))).toBe(expected)
})

test('refuses a signature of another secret, and keeps every secret out of the journal', async () => {
  await using front = await startFront([twoRoles({})])
  await assumeSecond(front)
  const call = front.sts({ ...ADMIN, secretAccessKey: 'guess' }).send(new GetCallerIdentityCommand({}))
  expect(await refusalOf(call)).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 })
  const journal = JSON.stringify(front.sandbox.journal.entries)
  expect([...front.sandbox.minted.all, ADMIN.secretAccessKey].filter((secret) => journal.includes(secret))).toEqual([])
})
