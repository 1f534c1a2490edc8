import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { cloudWithStores, recordColumns, rowsOfRun, stores } from './stores.ts'
import { expectEnd, faultsOf, only, told, toldProse } from './told.ts'

const rule = { 'record-sink': stores.rule } as const

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudWithStores())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test('the table has the printed record byte for byte in one row, with its hash, as the identity of the step', async () => {
  const result = await door.push(acrImage, { profile: rule })
  expect(result.succeeded, result.step.stderr).toBe(true)
  const [row, ...others] = rowsOfRun(door, result)
  expect(others).toEqual([])
  const line = result.step.stdout.trimEnd()
  expect(row?.writer).toBe(example.principalId)
  expect(row?.columns).toEqual({
    TimeGenerated: (JSON.parse(line) as { readonly time: string }).time,
    EventId: result.record.id,
    EventSource: '/namespaces/ci/taskruns/push-web-x7k2p',
    EventType: 'io.github.tekton-entra.step.v1',
    Subject: acrImage,
    Sha256: createHash('sha256').update(line).digest('hex'),
    Event: line,
  })
  expect(Object.keys(row?.columns ?? {})).toEqual(recordColumns.map(({ name }) => name))
  const audiences = result.record.data.tokens.map(({ audience }) => audience)
  expect(audiences).toContain('https://monitor.azure.com')
})

test('the version of the API is added where the profile leaves it out', async () => {
  const result = await door.push(acrImage, { profile: rule })
  expect(toldProse(result.step.stderr, 'record')).toBe(`delivered to ${stores.rule}?api-version=2023-01-01`)
})

test('a lost answer may leave the row twice, with the same id and the same bytes, and never none', async () => {
  door.sandbox.faults.on({ standIn: 'monitor', times: 1, fault: { kind: 'reset-after-request' } })
  const result = await door.push(acrImage, { profile: rule, run: inAHurry() })
  expect(result.succeeded, result.step.stderr).toBe(true)
  const rows = rowsOfRun(door, result)
  expect(rows).toHaveLength(2)
  expect(rows[1]).toEqual(rows[0])
})

test.each([
  ['503', { kind: 'status', status: 503 }],
  ['429', { kind: 'status', status: 429, retryAfter: 1 }],
] as const)('a passing failure (%s) is waited for', async (_, fault) => {
  door.sandbox.faults.on({ standIn: 'monitor', times: 2, fault })
  const result = await door.push(acrImage, { profile: rule, run: inAHurry() })
  expect(result.succeeded, result.step.stderr).toBe(true)
  expect(told(result.step.stderr, 'retry')).toHaveLength(2)
  expect(rowsOfRun(door, result)).toHaveLength(1)
})

test.each([
  ['on which the identity has no role', 'SINK_RULE_DENIED', stores.closedRule, 'Monitoring Metrics Publisher'],
  ['that there is not', 'SINK_RULE_REFUSED', stores.rule.replace(/dcr-[0-9a-f]+/, `dcr-${'0'.repeat(32)}`), 'NotFound'],
  ['without such a stream', 'SINK_RULE_REFUSED', stores.rule.replace('Records', 'Other'), 'InvalidStream'],
])('a rule %s fails the step with 75 and %s', async (_, cause, sink, text) => {
  door.requests()
  const result = await door.push(acrImage, { profile: { 'record-sink': sink } })
  expectEnd(result, 'RECORD_NOT_DELIVERED', 75)
  expect(told(result.step.stderr, 'sent')).toEqual([`cause ${cause}`])
  expect(`${toldProse(result.step.stderr, 'what')} ${toldProse(result.step.stderr, 'remedy')}`).toContain(text)
  expect(result.record.data).toMatchObject({ outcome: 'failed', undelivered: [{ code: cause }] })
  expect(only(door.requests(), /^monitor /)).toHaveLength(1)
})

test.each<[what: string, profile: Record<string, string>, fault: RegExp]>([
  ['another path', { 'record-sink': new URL('/events', stores.rule).href }, /the stream of a data collection rule/],
  ['another version', { 'record-sink': `${stores.rule}?api-version=2021-11-01-preview` }, /2023-01-01/],
  ['a resource', { ...rule, 'record-sink-resource': 'api://x' }, /record-sink-resource .* makes no use of it/],
  ['a mode', { ...rule, 'record-sink-mode': 'binary' }, /record-sink-mode .* makes no use of it/],
])('refuses a profile that names a rule with %s, before anything is done', async (_what, profile, fault) => {
  door.requests()
  const result = await door.push(acrImage, { profile })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result).join('\n')).toMatch(fault)
  expect(door.requests()).toEqual([])
})
