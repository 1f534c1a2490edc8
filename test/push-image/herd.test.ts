import { expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { createSandboxClock } from '../sandbox/sandbox-clock.ts'
import type { JournalEntry, SandboxClock } from '../sandbox/world.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { programWith } from './programs.ts'
import { expectWhole, freshImage, openUploads, pushFresh, retriesOf } from './whole-image.ts'

const pushes = 50
/** Processes at once: two cores run no more of them without waiting for each other. */
const atOnce = 10
/** Blobs of an image here; all of them are sent at once. */
const uploadsAtOnce = 3
/** Of one identity in a minute. A push makes at least seven: three POST, three PUT of blobs and the manifest. */
const writes = 80
/** How much faster than the real one the time of the clouds and of the steps' waits passes. */
const speed = 30

test(`${pushes} pushes that share an identity's write budget all succeed, and none comes back before it may`, async () => {
  await using door = await openFrontDoor(busyCloud(), { clock: fastClock() })
  const images = await Promise.all(Array.from({ length: pushes }, async () => await freshImage(door)))
  const run = { ...programWith('fast-time'), extraEnv: { TEST_TIME_SPEED: String(speed) } }
  const queue = images.values()
  const retries: string[][] = []
  const worker = async (): Promise<void> => {
    for (const image of queue) {
      const result = await pushFresh(door, acrImage, image, { run })
      expectWhole(door, result, { host: example.acrHost, image })
      retries.push(retriesOf(result))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  expect(retries).toHaveLength(pushes)
  expect(new Set(retries.flat())).toEqual(new Set(['REGISTRY_THROTTLED']))
  expectNoStorm(door)
}, 240_000)

/** Who was sent away waits: in each minute nobody asks in vain more than once for each upload, and once to give that up. */
function expectNoStorm(door: FrontDoor): void {
  const asked = door.sandbox.journal.entries.filter(({ standIn, path }) => standIn === 'acr' && path.startsWith('/v2/'))
  const isWrite = ({ method }: JournalEntry): boolean => method !== 'HEAD'
  const done = asked.filter((entry) => isWrite(entry) && entry.status < 400)
  const refused = asked.filter(({ status }) => status === 429)
  expect(done.filter(({ operation }) => operation === 'PUT manifest')).toHaveLength(pushes)
  const minutes = Math.ceil(done.length / writes)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThanOrEqual((minutes + 1) * atOnce * uploadsAtOnce * 2)
  // Giving up is a write too: where the budget has none left for it, the upload stays until ACR forgets it.
  expect(openUploads(door)).toBeLessThanOrEqual(refused.filter(({ method }) => method === 'DELETE').length)
}

function busyCloud() {
  const cloud = exampleCloud()
  // One identity has half of what its registry has.
  const acrRegistries = cloud.acrRegistries.map((one) => ({ ...one, throttles: { writes: 2 * writes } }))
  return { ...cloud, acrRegistries }
}

function fastClock(): SandboxClock {
  const clock = createSandboxClock()
  const start = clock.now()
  return {
    now: () => start + (clock.now() - start) * speed,
    advance: (ms) => clock.advance(ms / speed),
    sleep: async (ms, signal) => await clock.sleep(ms / speed, signal),
  }
}
