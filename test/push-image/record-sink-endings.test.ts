import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { cancelWhen } from './cancel-when.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { cloudWithSinks, keptOf, sinks } from './sinks.ts'
import { expectEnd, only, told, toldProse } from './told.ts'

const open = { 'record-sink': sinks.open } as const
const guarded = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource } as const
const stalledUpload = { standIn: 'acr', method: 'PUT', path: /blobs\/uploads/, fault: { kind: 'stall' } } as const
const stalledSink = { standIn: 'sink', fault: { kind: 'stall' } } as const

/** From the signal: Tekton kills after 30 s, and the printed record must be out before. */
const killedAfterMs = 30_000

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudWithSinks())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const anyStalled = (stalled: number): boolean => stalled > 0

test.each([
  ['no token', open],
  ['a token', guarded],
])('the record of a cancelled step reaches a sink that asks for %s, and soon', async (_what, profile) => {
  door.sandbox.faults.on(stalledUpload)
  const source = await fresh()
  const { result, tookMs } = await cancelWhen(door, {
    image: acrImage,
    holds: anyStalled,
    variation: { source, profile },
  })
  expectEnd(result, 'CANCELLED', 143)
  expect(keptOf(door, result)).toMatchObject([{ data: { outcome: 'cancelled', error: { code: 'CANCELLED' } } }])
  expect(`${keptOf(door, result)[0]?.body}\n`).toBe(result.step.stdout)
  expect(tookMs).toBeLessThan(15_000)
})

test('a cancelled step whose sink says nothing still ends as cancelled, with its record printed before SIGKILL', async () => {
  door.sandbox.faults.on(stalledUpload)
  door.sandbox.faults.on(stalledSink)
  const variation = { source: await fresh(), profile: open }
  const { result, tookMs } = await cancelWhen(door, { image: acrImage, holds: anyStalled, variation })
  expectEnd(result, 'CANCELLED', 143)
  expect(result.record.data).toMatchObject({ outcome: 'cancelled', undelivered: [{ sink: sinks.open }] })
  expect(toldProse(result.step.stderr, 'warning')).toContain('did not reach')
  expect(tookMs).toBeGreaterThan(15_000)
  expect(tookMs).toBeLessThan(killedAfterMs - 5000)
}, 60_000)

test('SIGTERM while the record is on its way does not lose it: the step waits for the sink, and is ok', async () => {
  const image = acrImage.replace('1.4.2', 'late')
  door.sandbox.faults.on({ ...stalledSink, times: 1 })
  const variation = { source: await fresh(), profile: open }
  const { result, tookMs } = await cancelWhen(door, { image, holds: anyStalled, variation })
  expect(result.step.programStatus).toBe(0)
  expect(keptOf(door, result)).toMatchObject([{ data: { outcome: 'ok' }, deliveries: 1 }])
  expect(tookMs).toBeLessThan(killedAfterMs)
}, 60_000)

test('SIGTERM cuts a delivery short that waits for a sink: the step fails, and never says ok', async () => {
  // It would be asked again in a minute.
  door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'status', status: 503, retryAfter: 60 } })
  let waiting = false
  const onStderr = (text: string): void => void (waiting ||= text.includes('retry    SINK_UNAVAILABLE'))
  const variation = { source: await fresh(), profile: open, run: { onStderr } }
  const { result, tookMs } = await cancelWhen(door, { image: acrImage, holds: () => waiting, variation })
  expectEnd(result, 'RECORD_NOT_DELIVERED', 75)
  expect(tookMs).toBeLessThan(killedAfterMs - 5000)
}, 60_000)

test('the record of a step whose time is over reaches the sink, beyond the deadline', async () => {
  door.sandbox.faults.on(stalledUpload)
  const result = await door.push(acrImage, { source: await fresh(), profile: open, params: { timeout: '2s' } })
  expectEnd(result, 'DEADLINE_EXCEEDED', 75)
  expect(keptOf(door, result)).toMatchObject([{ data: { outcome: 'failed', error: { code: 'DEADLINE_EXCEEDED' } } }])
})

test('nothing of the work goes on while the record of a cancelled step is on its way', async () => {
  const image = acrImage.replace('1.4.2', 'never')
  door.sandbox.faults.on(stalledUpload)
  door.sandbox.faults.on({ standIn: 'sink', times: 1, fault: { kind: 'delay', ms: 2000 } })
  const variation = { source: await fresh(), profile: open }
  door.requests()
  const { result } = await cancelWhen(door, { image, holds: anyStalled, variation })
  expectEnd(result, 'CANCELLED', 143)
  expect(told(result.step.stderr, 'record')).toEqual([`delivered to ${sinks.open}`])
  const asked = door.requests()
  expect(only(asked, /^acr PUT .*\/manifests\//)).toEqual([])
  // What was begun on ACR is given up before the record leaves, and nothing follows.
  const fromSink = asked.slice(asked.findIndex((request) => request.startsWith('sink ')))
  expect(only(fromSink, /^acr /)).toEqual([])
  expect(repositoryState(door.sandbox.world, example.acrHost, example.repository).tags()).not.toContain('never')
})

/** An image that no registry has. */
async function fresh(): Promise<string> {
  return (await door.layout({ layers: [{ some: String(performance.now()) }] })).folder
}
