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
const writes = 70
/** How much faster than in truth the steps wait: the minute that ACR asks for takes them 1.5 s. */
const speed = 40
/** From the first refusal of a minute to its end; shorter than the shortest wait of a step. */
const restMs = 300

test(`${pushes} pushes that share an identity's write budget all succeed, and ask no more often than they are told`, async () => {
  const clock = createSandboxClock({ frozen: true })
  await using door = await openFrontDoor(busyCloud(), { clock })
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
  const minutes = passMinutes(door, clock)
  await Promise.all(Array.from({ length: atOnce }, worker)).finally(() => clearInterval(minutes))
  expect(retries).toHaveLength(pushes)
  expect(new Set(retries.flat())).toEqual(new Set(['REGISTRY_THROTTLED']))
  expectNoStorm(door)
}, 240_000)

/** A minute is over soon after its budget: so every minute is full, however slow this machine is. */
function passMinutes(door: FrontDoor, clock: SandboxClock): NodeJS.Timeout {
  const { entries } = door.sandbox.journal
  let begunAt = 0
  let fullAt: number | undefined
  return setInterval(() => {
    if (entries.slice(begunAt).some(isThrottled)) fullAt ??= performance.now()
    if (fullAt === undefined || performance.now() - fullAt < restMs) return
    begunAt = entries.length
    fullAt = undefined
    clock.advance(60_000)
  }, 20)
}

/** In each minute an upload asks in vain once, and once more to be given up. */
function expectNoStorm(door: FrontDoor): void {
  const asked = door.sandbox.journal.entries.filter(({ standIn, path }) => standIn === 'acr' && path.startsWith('/v2/'))
  const done = asked.filter(({ method, status }) => method !== 'HEAD' && status < 400)
  const refused = asked.filter(isThrottled)
  expect(done.filter(({ operation }) => operation === 'PUT manifest')).toHaveLength(pushes)
  const minutes = Math.ceil(done.length / writes)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThanOrEqual((minutes + 1) * atOnce * uploadsAtOnce * 2)
  // Giving up is a write too: where the budget has none left for it, the upload stays until ACR forgets it.
  expect(openUploads(door)).toBeLessThanOrEqual(refused.filter(({ method }) => method === 'DELETE').length)
}

function isThrottled({ status }: JournalEntry): boolean {
  return status === 429
}

function busyCloud() {
  const cloud = exampleCloud()
  // One identity has half of what its registry has.
  const acrRegistries = cloud.acrRegistries.map((one) => ({ ...one, throttles: { writes: 2 * writes } }))
  return { ...cloud, acrRegistries }
}
