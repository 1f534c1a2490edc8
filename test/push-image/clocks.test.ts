import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { programWith } from './programs.ts'
import { expectEnd, only, toldProse } from './told.ts'
import { expectUntagged, expectWhole, freshImage, pushFresh, retriesOf } from './whole-image.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const minuteMs = 60_000
const registries = [
  ['ACR', acrImage, example.acrHost],
  ['ECR', ecrImage, example.ecrHost],
] as const

/** A run on a node whose clock is wrong by so many minutes. */
function onNode(minutes: number) {
  return { ...programWith('skewed-clock'), extraEnv: { TEST_CLOCK_SKEW_MS: String(minutes * minuteMs) } }
}

test.each(registries.flatMap((row) => [-10, -4, 4, 10].map((minutes) => [...row, minutes] as const)))(
  'pushes to %s (%s, %s) from a node whose clock is wrong by %i minutes',
  async (_name, image, host, minutes) => {
    const fresh = await freshImage(door)
    const result = await pushFresh(door, image, fresh, { run: onNode(minutes) })
    expect(retriesOf(result)).toEqual([])
    expectWhole(door, result, { host, image: fresh })
  },
)

test.each([-20, 20])('pushes to ACR, which signs no time, from a node wrong by %i minutes', async (minutes) => {
  const fresh = await freshImage(door)
  const result = await pushFresh(door, acrImage, fresh, { run: onNode(minutes) })
  expect(retriesOf(result)).toEqual([])
  expectWhole(door, result, { host: example.acrHost, image: fresh })
})

test.each([
  ['the node is wrong by -20 minutes', { run: () => onNode(-20) }],
  ['the node is wrong by 20 minutes', { run: () => onNode(20) }],
  ['ECR is wrong by -20 minutes', { ecrMinutes: -20 }],
  ['ECR is wrong by 20 minutes', { ecrMinutes: 20 }],
] as const)('says that a clock may be wrong when ECR refuses the time of a signature: %s', async (_what, how) => {
  if ('ecrMinutes' in how) {
    door.sandbox.faults.on({ standIn: 'ecr', fault: { kind: 'clock-skew', ms: how.ecrMinutes * minuteMs } })
  }
  const fresh = await freshImage(door)
  const result = await pushFresh(door, ecrImage, fresh, 'run' in how ? { run: how.run() } : {})
  expectEnd(result, 'ECR_SESSION_NOT_ACCEPTED', 77)
  expect(toldProse(result.step.stderr, 'remedy')).toContain('the clock of the node is wrong by more than five minutes')
  expect(only(door.requests(), /^ecr-registry /)).toEqual([])
  expectUntagged(door, example.ecrHost, fresh)
})

test.each(registries.flatMap((row) => [-10, 90].map((minutes) => [...row, minutes] as const)))(
  'says that a clock is wrong when Entra finds the projected token out of its time: %s (%s, %s), %i minutes',
  async (_name, image, host, minutes) => {
    door.sandbox.faults.on({ standIn: 'entra', fault: { kind: 'clock-skew', ms: minutes * minuteMs } })
    const fresh = await freshImage(door)
    const result = await pushFresh(door, image, fresh)
    expectEnd(result, 'ENTRA_ASSERTION_EXPIRED', 77)
    expect(toldProse(result.step.stderr, 'remedy')).toContain('a clock is wrong')
    // Once more with the file read anew, and no more.
    expect(only(door.requests(), /^entra POST/)).toHaveLength(2)
    expectUntagged(door, host, fresh)
  },
)

test('says that a clock is wrong when STS finds the fresh Entra token expired', async () => {
  door.sandbox.faults.on({ standIn: 'sts', fault: { kind: 'clock-skew', ms: 120 * minuteMs } })
  const fresh = await freshImage(door)
  const result = await pushFresh(door, ecrImage, fresh)
  expectEnd(result, 'AWS_TOKEN_EXPIRED', 77)
  expect(toldProse(result.step.stderr, 'remedy')).toContain('a clock is wrong')
  expect(only(door.requests(), /^sts /)).toHaveLength(2)
  expectUntagged(door, example.ecrHost, fresh)
})

test('sends no token when the node is so far ahead that the projected token seems expired', async () => {
  door.requests()
  const fresh = await freshImage(door)
  const result = await pushFresh(door, acrImage, fresh, { run: onNode(120) })
  expectEnd(result, 'TOKEN_EXPIRED', 77)
  expect(toldProse(result.step.stderr, 'remedy')).toContain('Check that the node’s clock is right')
  expect(door.requests()).toEqual([])
})
