import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../sandbox/faults.ts'
import { openFrontDoor, type FrontDoor } from './front-door.ts'
import { phases, registryPhases, rows } from './phases.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, only, told } from './told.ts'
import { expectUntagged, expectWhole, freshImage, openUploads, pushFresh, retriesOf } from './whole-image.ts'

// 429 and 5xx around the exchanges are in retries.test.ts too, in one row with a proxy's pages.
let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const failures = [500, 502, 503, 504]

test.each(rows(phases))(
  'waits as long as the Retry-After of a 429 asks, gets over every 5xx without one, and finishes: %s',
  async (_name, phase) => {
    const faults: readonly Fault[] = [
      { kind: 'status', status: 429, retryAfter: 1 },
      ...failures.map((status) => ({ kind: 'status', status }) as const),
    ]
    faults.forEach((fault, index) => {
      door.sandbox.faults.on({ ...phase.rule, from: index + 1, times: 1, fault })
    })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    // Several uploads run at once: whose answer is read first is left to chance.
    const expected = [phase.throttled, ...failures.map(() => phase.unavailable)]
    expect(retriesOf(result).toSorted()).toEqual(expected.toSorted())
    const waited = told(result.step.stderr, 'retry').filter((text) => text.startsWith(phase.throttled))
    expect(waited.map((text) => text.replace(/\s+/g, ' '))).toEqual([expect.stringMatching(/again in 1\.0 s$/)])
    expectWhole(door, result, { host: phase.host, image })
    expect(openUploads(door)).toBe(0)
  },
)

test.each(rows(phases).flatMap(([name, phase]) => [429, 503].map((status) => [name, status, phase] as const)))(
  'leaves a date that is ten minutes away to the next run, and asks no more: %s, HTTP %i',
  async (_name, status, phase) => {
    const retryAfter = new Date(Date.now() + 10 * 60_000).toUTCString()
    door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'status', status, retryAfter } })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image)
    expectEnd(result, status === 429 ? phase.throttled : phase.unavailable, 75)
    expect(retriesOf(result)).toEqual([])
    // Three blobs at most are on their way when the first answer comes.
    expect(only(door.requests(), phase.requests).length).toBeLessThanOrEqual(3)
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
  },
)

test.each(rows(registryPhases))(
  'gives up after six attempts when no time to come again is named, and leaves no upload open: %s',
  async (_name, phase) => {
    door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'status', status: 503 } })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expectEnd(result, 'REGISTRY_UNAVAILABLE', 75)
    const asked = only(door.requests(), phase.requests).length
    expect([asked >= 6, asked <= 18]).toEqual([true, true])
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
  },
)
