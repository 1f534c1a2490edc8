import { createServer } from 'node:http'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { readTask } from '../contract/repository.ts'
import { inAHurry } from '../push-image/programs.ts'
import { sinks } from '../push-image/sinks.ts'
import { told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { openBrokerDoor, type BrokerDoor, type Brokered, type Variation } from './broker-door.ts'
import { access, resources } from './clouds.ts'
import { withPreload } from './programs.ts'
import { freePort } from '../free-port.ts'

let door: BrokerDoor
beforeAll(async () => {
  door = await openBrokerDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

/** The run fails in its first step, with the broker's own error; the command is never started, and nothing is handed out. */
function expectRefused(ended: Brokered, code: ErrorCode, exit: number): void {
  const [open, command, seal] = ended.steps
  expect(ended.succeeded).toBe(false)
  expect(told(ended.log.open, 'error')).toEqual([`${code}   open-identity`])
  expect({ exit: open?.programStatus, code: ended.records.open?.data.error?.code }).toEqual({ exit, code })
  expect(told(ended.log.open, 'what').concat(told(ended.log.open, 'remedy')).join('\n')).not.toMatch(/<[a-z][a-z -]*>/)
  expect([command?.skipped, seal?.skipped]).toEqual([true, true])
  expect(ended.list).toEqual([])
  expect(ended.results).toEqual({})
}

test.each<[what: string, code: ErrorCode, exit: number, variation: Variation]>([
  ['Entra does not know its subject', 'ENTRA_SUBJECT_MISMATCH', 77, { run: { serviceAccount: 'intruder' } }],
  [
    'STS does not let it in',
    'AWS_NOT_AUTHORIZED',
    77,
    { params: { 'aws-role-arn': example.roleArn.replace('ci-push', 'admin') } },
  ],
  [
    'a resource of the list is none of the tenant',
    'ENTRA_RESOURCE_UNKNOWN',
    77,
    { params: { 'azure-resources': [resources.vault, resources.unassigned] } },
  ],
  [
    'it lacks a required role',
    'ACCESS_ROLES_MISSING',
    77,
    { params: { ...access, 'require-roles': ['Push', 'Deploy'] } },
  ],
  ['the account is not allowed', 'AWS_ACCOUNT_NOT_ALLOWED', 77, { profile: { 'allowed-accounts': '999988887777' } }],
  ['there is nothing to hand out', 'INPUT_INVALID', 64, { params: { 'azure-resources': [], 'aws-region': '' } }],
  [
    'azure is asked for without a resource',
    'INPUT_INVALID',
    64,
    { params: { clouds: ['azure'], 'azure-resources': [] } },
  ],
  ['a role is required of no API', 'INPUT_INVALID', 64, { params: { 'require-roles': ['Push'] } }],
  [
    'a resource is not on the profile’s list',
    'INPUT_INVALID',
    64,
    { profile: { 'azure-resources': resources.vault }, params: { 'azure-resources': [resources.manager] } },
  ],
])('a broker that is refused, as %s, fails the run in its first step with %s', async (_what, code, exit, variation) => {
  const ended = await door.run(variation)
  expectRefused(ended, code, exit)
  expect(ended.records.broker?.data.error?.code).toBe(code)
  expect(ended.records.open?.data.action).toMatchObject({ broker: ended.records.broker?.id })
  // The same words and the same remedy as in the broker's own log.
  for (const word of ['what', 'fault', 'sent', 'cause', 'remedy'])
    expect(told(ended.log.open, word)).toEqual(told(ended.log.broker, word))
})

test('all that is wrong with the inputs is said at once, each as the user spells it', async () => {
  const params = { 'refresh-after': 'soon', 'azure-resources': ['a b'], 'file-mode': '0777', 'dry-run': 'yes' }
  const ended = await door.run({ params })
  expectRefused(ended, 'INPUT_INVALID', 64)
  const faults = told(ended.log.open, 'fault').map((text) => text.split(':')[0])
  expect(new Set(faults)).toEqual(new Set(['azure-resources', 'dry-run', 'file-mode', 'refresh-after']))
})

test('a broker that Entra does not answer fails the run with 75: another run may do better', async () => {
  door.sandbox.faults.on({ standIn: 'entra', fault: { kind: 'status', status: 503 } })
  const ended = await door.run({ run: inAHurry() })
  expectRefused(ended, 'ENTRA_UNAVAILABLE', 75)
})

test('a broker that is killed before it has said anything fails the run', async () => {
  const ended = await door.run({ run: withPreload('mortal-broker', { TEST_BROKER_DIES: 'at once' }) })
  expect(ended.sidecars[0]?.status).toBe(137)
  expectRefused(ended, 'BROKER_UNREACHABLE', 75)
  expect(toldProse(ended.log.open, 'remedy')).toContain('sidecar-broker')
})

test('a broker that never is ready is killed by its startup probe, and the run fails', async () => {
  const task = structuredClone(readTask('run-with-identity'))
  const probe = {
    exec: { command: ['/nodejs/bin/node', '/app/main.js', 'no-such-step'] },
    periodSeconds: 0,
    failureThreshold: 2,
  }
  const { spec } = task as unknown as { spec: { sidecars: object[] } }
  Object.assign(spec.sidecars[0] ?? {}, { startupProbe: probe })
  const ended = await door.run({ run: { task, graceMilliseconds: 100 } })
  expect(ended.succeeded).toBe(false)
  expect(ended.steps[1]?.skipped).toBe(true)
  expect(ended.list).toEqual([])
})

test('a broker whose port is taken says so in the first step', async () => {
  const port = await freePort()
  const squatter = createServer((_, response) => response.writeHead(200).end('{"ready":true}')).listen(
    port,
    '127.0.0.1',
  )
  await once(squatter, 'listening')
  try {
    const ended = await door.run({ params: { port: String(port) } })
    expect(ended.succeeded).toBe(false)
    expect(ended.steps[1]?.skipped).toBe(true)
    expect(ended.records.broker?.data.error?.code).toBe('BROKER_PORT_TAKEN')
    expect(told(ended.log.open, 'error')).toEqual(['BROKER_PORT_TAKEN   open-identity'])
  } finally {
    squatter.close()
  }
})

test('the record of a refused broker reaches the sink', async () => {
  const ended = await door.run({ profile: { 'record-sink': sinks.open, 'allowed-accounts': '999988887777' } })
  expectRefused(ended, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(toldProse(ended.log.broker, 'record')).toContain(`delivered to ${sinks.open}`)
})

test('a volume of ours that cannot be written to refuses the run', async () => {
  const ended = await door.run({ run: { extraEnv: { SEALED_FOLDER: '/proc/none' } } })
  expectRefused(ended, 'BROKER_UNREACHABLE', 75)
  expect(ended.records.broker?.data.error?.code).toBe('BROKER_FOLDER_UNUSABLE')
})
