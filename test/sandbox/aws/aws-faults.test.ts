import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { throughProxy } from '../through-proxy.ts'
import { ADMIN, account, refusalOf, role, roleArn, startFront } from './test-front.ts'

const ASSUME = new AssumeRoleCommand({ RoleArn: roleArn('first'), RoleSessionName: 'run-1' })

test('a new role is denied for its first tries and then there', async () => {
  await using front = await startFront([account({ roles: [role('first', { deniedTries: 2 }), role('second')] })])
  const tries = [await refusalOf(front.sts().send(ASSUME)), await refusalOf(front.sts().send(ASSUME))]
  expect(tries.map(({ name, status }) => [name, status])).toEqual([
    ['AccessDenied', 403],
    ['AccessDenied', 403],
  ])
  await front.sts().send(ASSUME)
  await front.assume({ RoleArn: roleArn('second') })
  expect(front.sandbox.journal.entries[0]?.checks).toContain('role and trust: not known to this node of IAM yet')
})

test('the fault denies as often as it is on, and befalls STS only', async () => {
  await using front = await startFront([account({ roles: [role('first')] })])
  front.sandbox.faults.on({ times: 1, fault: { kind: 'iam-propagation' } })
  await front.ecr().send(new DescribeRepositoriesCommand({}))
  expect(await refusalOf(front.sts().send(ASSUME))).toMatchObject({ name: 'AccessDenied', status: 403 })
  await front.sts().send(ASSUME)
})

test('throttling comes in the wire form of each API, and the SDK knows it', async () => {
  await using front = await startFront([account()])
  front.sandbox.faults.on({ fault: { kind: 'aws-throttling' } })
  expect(await refusalOf(front.sts().send(new GetCallerIdentityCommand({})))).toEqual({
    name: 'Throttling',
    message: 'Rate exceeded',
    status: 400,
  })
  expect(await refusalOf(front.ecr().send(new DescribeRepositoriesCommand({})))).toEqual({
    name: 'ThrottlingException',
    message: 'Rate exceeded',
    status: 400,
  })
  const raw = await throughProxy(front.sandbox, {
    url: 'https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15',
  })
  expect(raw.body).toMatch(/<Type>Sender<\/Type><Code>Throttling<\/Code><Message>Rate exceeded<\/Message>/)
})

test('the SDK gets over throttling by its own retries', async () => {
  await using front = await startFront([account()])
  front.sandbox.faults.on({ times: 2, fault: { kind: 'aws-throttling' } })
  await front.ecr(ADMIN, { maxAttempts: 3 }).send(new DescribeRepositoriesCommand({}))
  expect(front.sandbox.journal.entries.map(({ refused }) => refused)).toEqual([
    'ThrottlingException',
    'ThrottlingException',
    undefined,
  ])
})
