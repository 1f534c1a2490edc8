import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import type { Fault } from '../sandbox/faults.ts'
import { openHost } from '../sandbox/registry/state.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { phases, registryPhases, rows, type Phase } from './phases.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, only } from './told.ts'
import {
  expectHeld,
  expectUntagged,
  expectWhole,
  freshImage,
  openUploads,
  pushFresh,
  retriesOf,
} from './whole-image.ts'

// Resets around the exchanges and the manifest are in retries.test.ts, with answers cut within their body.
let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => {
  door.sandbox.faults.clear()
  // Whose POST was answered into the void is known to nobody: the next test begins without it.
  for (const { host } of registryPhases) openHost(door.sandbox.world, host).uploads.clear()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const breaks: readonly Fault[] = [
  { kind: 'reset-before' },
  { kind: 'cut-head' },
  { kind: 'reset-after-request' },
  { kind: 'reset-in-request', bytes: 1 },
]

test.each(rows(phases))(
  'gets over connections that break before, in and after the request and in the head of the answer: %s',
  async (_name, phase) => {
    inTurn(phase, breaks)
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expect(retriesOf(result)).toEqual(breaks.map(() => 'NETWORK_INTERRUPTED'))
    expect(only(door.requests(), phase.requests).length).toBeGreaterThan(breaks.length)
    expectWhole(door, result, { host: phase.host, image })
    // An upload whose Location was lost on the way cannot be given up: two of the four answers were.
    expect(openUploads(door)).toBe(phase.name === 'start of an upload on ACR' ? 2 : 0)
  },
)

test.each(rows(phases))(
  'ends as temporary when every connection breaks, tags nothing, and the next run finishes: %s',
  async (_name, phase) => {
    door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'cut-head' } })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expectEnd(result, 'NETWORK_INTERRUPTED', 75)
    // The answers were lost, not the requests: the manifest has arrived, and POSTs have, whose uploads nobody can name.
    if (phase.name.includes('manifest')) expectHeld(door, { host: phase.host, image })
    else expectUntagged(door, phase.host, image)
    expect(openUploads(door) > 0).toBe(phase.name === 'start of an upload on ACR')
    door.sandbox.faults.clear()
    expectWhole(door, await pushFresh(door, phase.image, image), { host: phase.host, image })
  },
)

test('asks Entra for tokens only: there is no discovery that could fail', async () => {
  door.sandbox.faults.on({ standIn: 'entra', method: 'GET', fault: { kind: 'reset-before' } })
  const image = await freshImage(door)
  expectWhole(door, await pushFresh(door, acrImage, image), { host: example.acrHost, image })
  expect(only(door.requests(), /^entra GET/)).toEqual([])
})

test.each(rows(registryPhases.filter(({ name }) => name.startsWith('upload'))))(
  'sends the whole blob anew when the connection breaks in the middle of it, never a part: %s',
  async (_name, phase) => {
    const image = await freshImage(door, Buffer.alloc(6_000_000, 'x'))
    door.sandbox.faults.on({ ...phase.rule, times: 6, fault: { kind: 'reset-in-request', bytes: 2_000_000 } })
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expect(retriesOf(result).every((code) => code === 'NETWORK_INTERRUPTED')).toBe(true)
    expectWhole(door, result, { host: phase.host, image })
    expect(only(door.requests(), / PATCH /)).toEqual([])
    expect(openUploads(door)).toBe(0)
  },
)

/** Befalls the first requests of the phase, each by one fault. */
function inTurn({ rule }: Phase, faults: readonly Fault[]): void {
  faults.forEach((fault, index) => door.sandbox.faults.on({ ...rule, from: index + 1, times: 1, fault }))
}
