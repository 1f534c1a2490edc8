import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { otherAccountId, otherRoleArn, wideCloud } from '../hand-over/clouds.ts'
import { handOutsOf, startHere } from '../hand-over/process-client.ts'
import { cloudWithSinks, sinks } from '../push-image/sinks.ts'
import { example } from '../sandbox/example-cloud.ts'
import { openHandedOver, type HandedOver } from './handed-over.ts'
import { awsSdk } from './node-clients.ts'
import { skipWithout, toolPath } from './tools.ts'

// Clients that nobody here wrote start our program by the profile that `write-aws-profile` has written. Only the path of the program is another here.
const { region } = example

let handed: HandedOver
beforeAll(async () => {
  handed = await openHandedOver(cloudWithSinks(wideCloud()))
})
afterAll(async () => await handed[Symbol.asyncDispose]())

async function variablesOf(profile = 'default'): Promise<Readonly<Record<string, string>>> {
  const params = { credentials: 'process', profiles: [`default ${region}`, `other=${otherRoleArn} eu-west-1`] }
  const tokens = await mkdtemp(join(handed.scratch, 'tokens-'))
  const volume = await handed.handOver('write-aws-profile', params, { profile: { 'record-sink': sinks.open }, tokens })
  await startHere(volume)
  return {
    AWS_CONFIG_FILE: join(volume, 'aws/config'),
    AWS_SHARED_CREDENTIALS_FILE: join(volume, 'aws/credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PROFILE: profile,
  }
}

const roleOf = (account: string, role: string) =>
  expect.stringMatching(new RegExp(`^arn:aws:sts::${account}:assumed-role/${role}/ci\\.build-web-x7k2p$`))

test('the AWS CLI asks for a session each time it is started, and each is recorded', async (context) => {
  skipWithout(context, 'aws')
  const variables = await variablesOf('other')
  const before = handOutsOf(handed.cloud.sandbox).length
  for (const _ of [1, 2]) {
    const args = ['sts', 'get-caller-identity', '--output', 'json']
    const { stdout, stderr } = await handed.cloud.run(toolPath('aws'), args, variables)
    expect(JSON.parse(stdout), stderr).toMatchObject({ Arn: roleOf(otherAccountId, 'deploy') })
  }
  const records = handOutsOf(handed.cloud.sandbox).slice(before)
  expect(records).toMatchObject([{ data: { outcome: 'ok' } }, { data: { outcome: 'ok' } }])
})

test('boto3 asks again when its session is about to end', async (context) => {
  skipWithout(context, 'python')
  const program = join(import.meta.dirname, 'programs/boto3_refresh.py')
  const said = await handed.cloud.ask(toolPath('python'), [program, 'default'], await variablesOf())
  expect(said).toMatchObject({ arn: roleOf(example.accountId, 'ci-push'), method: 'custom-process' })
  const keys = said['keys'] as readonly string[]
  expect(new Set(keys).size).toBe(2)
})

test('the AWS SDK for JavaScript does', async () => {
  const said = await awsSdk(handed.cloud, await variablesOf())
  expect(said).toMatchObject({ arn: roleOf(example.accountId, 'ci-push'), account: example.accountId })
})

test('a client shows what our program says of a refusal', async (context) => {
  skipWithout(context, 'aws')
  const variables = await variablesOf()
  handed.cloud.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'status', status: 403 } })
  const { code, stderr } = await handed.cloud.run(toolPath('aws'), ['sts', 'get-caller-identity'], variables)
  handed.cloud.sandbox.faults.clear()
  expect(code).not.toBe(0)
  expect(stderr).toContain('HANDOVER_NOT_RECORDED')
  expect(stderr).toContain('SINK_DENIED')
})
