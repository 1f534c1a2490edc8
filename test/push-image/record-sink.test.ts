import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { recordsOf } from '../sandbox/sink/sink-state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { parseRecord } from './record.ts'
import { startPlainSink } from './plain-sink.ts'
import { cloudWithSinks, keptOf, sinks } from './sinks.ts'
import { expectEnd, only, told } from './told.ts'

const open = { 'record-sink': sinks.open } as const
const guarded = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource } as const

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudWithSinks())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test('the sink has the printed record byte for byte, and the result has its hash', async () => {
  const result = await door.push(acrImage, { profile: open })
  expect(result.succeeded).toBe(true)
  const [kept, ...others] = keptOf(door, result)
  expect(others).toEqual([])
  expect(`${kept?.body}\n`).toBe(result.step.stdout)
  expect(parseRecord(`${kept?.body}\n`).data.outcome).toBe('ok')
  const hash = createHash('sha256')
    .update(kept?.body ?? '')
    .digest('hex')
  expect(result.results['record']).toBe(`${result.record.id} sha256:${hash}`)
  expect(kept).toMatchObject({ mode: 'structured', writer: '', deliveries: 1 })
  expect(told(result.step.stderr, 'record')).toEqual([`delivered to ${sinks.open}`])
})

test('without a sink in the profile nothing is sent anywhere, and nothing is said of one', async () => {
  door.requests()
  const result = await door.push(acrImage)
  expect(only(door.requests(), /^sink /)).toEqual([])
  expect(result.step.stderr).not.toContain('record-sink')
  expect(result.record.data).not.toHaveProperty('undelivered')
})

test('in binary mode the attributes are headers, and the data is that of the printed record', async () => {
  const image = acrImage.replace('1.4.2', 'binary')
  const result = await door.push(image, { profile: { ...open, 'record-sink-mode': 'binary' } })
  const [kept] = keptOf(door, result)
  const printed: unknown = JSON.parse(result.step.stdout)
  expect(kept?.mode).toBe('binary')
  expect({ ...kept?.attributes, data: kept?.data }).toEqual(printed)
})

test('a sink that asks for a token gets one for its own resource, which the record names and nobody else sees', async () => {
  door.requests()
  const result = await door.push(acrImage, { profile: guarded })
  const [kept] = keptOf(door, result)
  expect(kept).toMatchObject({ writer: example.principalId, deliveries: 1 })
  const entra = result.record.data.tokens.filter(({ kind }) => kind === 'entra')
  expect(entra.map(({ audience }) => audience)).toContain(sinks.appId)
  expect(only(door.requests(), /^sink /)).toEqual(['sink POST /events 202'])
})

test('each sink is asked once by each run, with its own record', async () => {
  const before = recordsOf(door.sandbox.world).length
  const [first, second] = await Promise.all([
    door.push(acrImage, { profile: open }),
    door.push(ecrImage, { profile: open }),
  ])
  expect(recordsOf(door.sandbox.world)).toHaveLength(before + 2)
  expect(keptOf(door, first)).toHaveLength(1)
  expect(keptOf(door, second)).toHaveLength(1)
})

test('the record of a dry run arrives, and says that it was one', async () => {
  const result = await door.push(acrImage, { profile: open, params: { 'dry-run': 'true' } })
  expect(result.succeeded).toBe(true)
  const data = keptOf(door, result)[0]?.data
  expect(data).toMatchObject({ outcome: 'ok', action: { dryRun: true } })
})

test.each([
  ['is refused by Entra', 'ENTRA_SUBJECT_MISMATCH', 77, 'refused', { token: { serviceAccount: 'intruder' } }],
  ['has faulty inputs', 'INPUT_INVALID', 64, 'failed', { params: { concurrency: '99', 'tenant-id': 'x' } }],
  ['finds no image', 'LAYOUT_NOT_FOUND', 64, 'failed', { params: { path: 'absent' } }],
  ['has an expired token', 'TOKEN_EXPIRED', 77, 'refused', { token: { expiresInSeconds: -5 } }],
] as const)('the record of a step that %s reaches the sink, and says so', async (_, code, exit, outcome, variation) => {
  const result = await door.push(acrImage, { ...variation, profile: open })
  expectEnd(result, code, exit)
  expect(keptOf(door, result)).toMatchObject([{ data: { outcome, error: { code } } }])
  expect(`${keptOf(door, result)[0]?.body}\n`).toBe(result.step.stdout)
})

test('the record of a step whose param would not be used reaches a sink that asks for a token', async () => {
  const params = { 'aws-identity': 'cluster', 'aws-token-resource': example.awsTokenResource }
  const result = await door.push(acrImage, { profile: guarded, params })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(keptOf(door, result)).toMatchObject([{ writer: example.principalId, data: { outcome: 'failed' } }])
})

test('what comes again has the same bytes and the same id: a sink that answers too late keeps one record', async () => {
  door.sandbox.faults.on({ standIn: 'sink', times: 2, fault: { kind: 'reset-after-request' } })
  const result = await door.push(acrImage, { profile: open, run: inAHurry() })
  expect(result.succeeded).toBe(true)
  expect(told(result.step.stderr, 'retry')).toHaveLength(2)
  // Other bytes under the same id would have been refused with 409.
  expect(keptOf(door, result)).toMatchObject([{ deliveries: 3 }])
})

test.each([
  ['503', { kind: 'status', status: 503 }],
  ['429', { kind: 'status', status: 429, retryAfter: 1 }],
  ['408', { kind: 'status', status: 408 }],
  ['a reset connection', { kind: 'reset-before' }],
] as const)('a passing failure of the sink (%s) is waited for', async (_, fault) => {
  door.sandbox.faults.on({ standIn: 'sink', times: 2, fault })
  const result = await door.push(acrImage, { profile: open, run: inAHurry() })
  expect(result.succeeded).toBe(true)
  expect(told(result.step.stderr, 'retry')).toHaveLength(2)
  expect(keptOf(door, result)).toMatchObject([{ deliveries: 1 }])
})

test('a sink at an address inside the cluster is asked over plain http when the profile says so, without any token', async () => {
  await using plain = await startPlainSink()
  const profile = { 'record-sink': plain.url, 'record-sink-plain-http': 'true' }
  const result = await door.push(acrImage, { profile })
  expect(result.succeeded).toBe(true)
  expect(plain.bodies.map((body) => `${body}\n`)).toEqual([result.step.stdout])
  expect(plain.credentials).toEqual([])
})

test('prints the sink with the inputs, so that the log says where the record went', async () => {
  const { step } = await door.push(acrImage, { profile: guarded })
  const inputs = told(step.stderr, 'input').map((text) => text.replace(/\s+/g, ' '))
  expect(inputs).toContain(`record-sink ${sinks.guarded} (profile)`)
  expect(inputs).toContain('record-sink-failure fail (profile)')
})
