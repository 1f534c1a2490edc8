import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chainCloud, chainRoleArn, clusterCloud } from '../push-image/identity-clouds.ts'
import { expectEnd, told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor(chainCloud({}, clusterCloud()))))
beforeEach(() => {
  door.recorder.fresh()
  door.requests()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const script = `await aws.fetch('ecs', { method: 'POST', body: '{}' })`

test('acts in AWS by the cluster’s own token, and Entra is asked nothing', async () => {
  const params = { 'aws-identity': 'cluster', clouds: ['aws'] }
  const { step, record } = await door.script(script, { params })
  expect(step.status, step.stderr).toBe(0)
  expect(door.recorder.fresh()).toMatchObject([{ credential: 'signed for ecs in eu-central-1 by ci-push' }])
  expect(record.data.identity).toMatchObject({ awsIdentity: 'cluster', awsRole: example.roleArn })
  expect(door.requests().filter((line) => line.startsWith('entra POST'))).toEqual([])
})

test('acts as the role that is assumed from the first one', async () => {
  const { step, record } = await door.script(script, {
    params: { 'aws-identity': 'cluster', 'aws-chain-role-arn': chainRoleArn },
  })
  expect(step.status, step.stderr).toBe(0)
  expect(door.recorder.fresh()).toMatchObject([{ credential: 'signed for ecs in eu-central-1 by push' }])
  expect(record.data.identity).toMatchObject({ awsChainRole: chainRoleArn })
})

test('the guard of the accounts comes before the script', async () => {
  const profile = { 'allowed-accounts': '999999999999' }
  const outcome = await door.script(`console.log('ran')`, { profile })
  expectEnd(outcome, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(told(outcome.step.stderr, 'script')).not.toContain('ran')
  expect(door.requests()).toEqual([])
})

test('an identity that Entra does not trust: the script learns why, and the step ends with it', async () => {
  const outcome = await door.script(`await azure.fetch('https://management.azure.com/')`, {
    token: { serviceAccount: 'intruder' },
  })
  expectEnd(outcome, 'ENTRA_SUBJECT_MISMATCH', 77)
  expect(told(outcome.step.stderr, 'script')).toContain('refused what it asked at script.ts:1:1')
  expect(door.recorder.fresh()).toEqual([])
})

test('a run that is cancelled ends the script, wherever it is', async () => {
  let kill: (signal: NodeJS.Signals) => void = () => {}
  const outcome = await door.script(`console.log('round'); for (;;) {}`, {
    run: {
      onSpawn: (send) => (kill = send),
      onStderr: (text) => {
        if (text.includes('round')) kill('SIGTERM')
      },
    },
  })
  expectEnd(outcome, 'CANCELLED', 143)
})
