import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import type { FaultRule } from '../sandbox/faults.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { cancelWhen } from './cancel-when.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectEnd, expectNothingPushed, only, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

/** From the signal to the end of the process. Half a second on an idle machine; Tekton kills after 30 s, and half of that is left where it has other work. */
const soonMs = 15_000

const stall = { kind: 'stall' } as const
const anyStalled = (stalled: number): boolean => stalled > 0

test.each<[what: string, image: string, rule: FaultRule]>([
  ['the exchange with Entra', acrImage, { standIn: 'entra', method: 'POST', fault: stall }],
  ['the exchange with STS', ecrImage, { standIn: 'sts', fault: stall }],
  ['the sign-in to ECR', ecrImage, { standIn: 'ecr', fault: stall }],
  ['the exchange with ACR', acrImage, { standIn: 'acr', path: '/oauth2/exchange', fault: stall }],
  ['a look-up on ACR', acrImage, { standIn: 'acr', method: 'HEAD', fault: stall }],
  ['an upload to ACR', acrImage, { standIn: 'acr', method: 'PUT', path: /blobs\/uploads/, fault: stall }],
  ['an upload to ECR', ecrImage, { standIn: 'ecr-registry', method: 'PUT', path: /blobs\/uploads/, fault: stall }],
  ['the putting of the manifest', acrImage, { standIn: 'acr', method: 'PUT', path: /manifests/, fault: stall }],
])('ends as cancelled soon after SIGTERM while %s is stalled, and puts no tag', async (what, image, rule) => {
  door.sandbox.faults.on(rule)
  // Nothing of it is there yet, whichever test ran before.
  const { folder } = await door.layout({ layers: [{ what }] })
  const { result, tookMs } = await cancelWhen(door, { image, holds: anyStalled, variation: { source: folder } })
  expectEnd(result, 'CANCELLED', 143)
  expect(toldProse(result.step.stderr, 'what')).toContain('(SIGTERM)')
  expect(tookMs).toBeLessThan(soonMs)
  expectNothingPushed(door)
})

test('gives up the uploads that it has begun on ACR, so that the registry need not keep them', async () => {
  door.sandbox.faults.on({ standIn: 'acr', method: 'PUT', path: /blobs\/uploads/, fault: stall })
  const { folder } = await door.layout({ layers: [{ a: 'never there' }, { b: 'never there' }] })
  door.requests()
  await cancelWhen(door, { image: acrImage, holds: (stalled) => stalled === 3, variation: { source: folder } })
  expect(only(door.requests(), /^acr DELETE .* 204/)).toHaveLength(3)
  expect(repositoryState(door.sandbox.world, example.acrHost, example.repository).openUploads()).toBe(0)
})

test('ends as cancelled while it waits for the next attempt', async () => {
  let waiting = false
  const watch = { onStderr: (text: string) => void (waiting ||= text.includes('retry    ENTRA_UNAVAILABLE')) }
  door.sandbox.faults.on({ standIn: 'entra', fault: { kind: 'status', status: 503, retryAfter: 200 } })
  const { result, tookMs } = await cancelWhen(door, {
    image: acrImage,
    holds: () => waiting,
    variation: { run: watch },
  })
  expectEnd(result, 'CANCELLED', 143)
  expect(tookMs).toBeLessThan(soonMs)
})

test('ends as cancelled when the signal comes with its first words', async () => {
  let begun = false
  const watch = { onStderr: () => void (begun = true) }
  const { result, tookMs } = await cancelWhen(door, {
    image: acrImage.replace('1.4.2', 'early'),
    holds: () => begun,
    variation: { run: watch, source: (await bigLayout()).folder },
  })
  expectEnd(result, 'CANCELLED', 143)
  expect(tookMs).toBeLessThan(soonMs)
  expect(repositoryState(door.sandbox.world, example.acrHost, example.repository).tags()).not.toContain('early')
})

test('ends in the same way on SIGINT', async () => {
  door.sandbox.faults.on({ standIn: 'entra', method: 'POST', fault: stall })
  const { result } = await cancelWhen(door, { image: acrImage, holds: anyStalled, signals: ['SIGINT'] })
  expectEnd(result, 'CANCELLED', 143)
  expect(toldProse(result.step.stderr, 'what')).toContain('(SIGINT)')
})

test('ends only once however many signals come, and names one of them', async () => {
  door.sandbox.faults.on({ standIn: 'entra', method: 'POST', fault: stall })
  const signals = ['SIGINT', 'SIGTERM', 'SIGTERM'] as const
  const { result } = await cancelWhen(door, { image: acrImage, holds: anyStalled, signals })
  expectEnd(result, 'CANCELLED', 143)
  // Which of signals that are pending together a process sees first is the kernel's affair.
  expect(toldProse(result.step.stderr, 'what')).toMatch(/\((SIGINT|SIGTERM)\)/)
})

/** Takes so long to read that the signal comes before its end. */
async function bigLayout() {
  return await door.layout({
    layers: Array.from({ length: 20 }, (_, index) => ({ big: Buffer.alloc(4_000_000, `${index} `) })),
  })
}
