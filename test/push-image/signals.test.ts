import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../sandbox/faults.ts'
import { cancelWhen } from './cancel-when.ts'
import { openFrontDoor, type FrontDoor } from './front-door.ts'
import { phases, registryPhases, rows } from './phases.ts'
import { expectEnd, only, toldProse } from './told.ts'
import { expectHeld, expectUntagged, expectWhole, freshImage, openUploads, pushFresh } from './whole-image.ts'

// The phases that cancel.test.ts has by name are among these: here each leaves nothing behind, and is run again.
let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const stall: Fault = { kind: 'stall' }

test.each(rows(phases))(
  'ends with 143 at SIGTERM, with one record, no tag and no open upload, and the next run finishes: %s',
  async (_name, phase) => {
    door.sandbox.faults.on({ ...phase.rule, fault: stall })
    const image = await freshImage(door)
    door.requests()
    const { result } = await cancelWhen(door, {
      image: phase.image.replace('1.4.2', image.tag),
      holds: (stalled) => stalled > 0,
      variation: { source: image.folder },
    })
    expectEnd(result, 'CANCELLED', 143)
    expect(toldProse(result.step.stderr, 'what')).toContain('(SIGTERM)')
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
    door.sandbox.faults.clear()
    expectWhole(door, await pushFresh(door, phase.image, image), { host: phase.host, image })
  },
)

test.each(rows(registryPhases.filter(({ name }) => name.startsWith('upload'))))(
  'ends at SIGTERM in the middle of a big blob, and registers no part of it: %s',
  async (_name, phase) => {
    // No part of it fits into the buffers on the way: the step still reads its file when the signal comes.
    const image = await freshImage(door, Buffer.alloc(32_000_000, 'x'))
    door.sandbox.faults.on({ ...phase.rule, fault: stall })
    const { result } = await cancelWhen(door, {
      image: phase.image.replace('1.4.2', image.tag),
      holds: (stalled) => stalled === 3,
      variation: { source: image.folder },
    })
    expectEnd(result, 'CANCELLED', 143)
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
    door.sandbox.faults.clear()
    expectWhole(door, await pushFresh(door, phase.image, image), { host: phase.host, image })
  },
)

test.each(rows(registryPhases.filter(({ name }) => name.startsWith('putting'))))(
  'ends as cancelled, never as a success, when the manifest has arrived and its answer has not: %s',
  async (_name, phase) => {
    // The first answer is lost, so the tag is there; the second attempt never ends.
    door.sandbox.faults.on({ ...phase.rule, times: 1, fault: { kind: 'reset-after-request' } })
    door.sandbox.faults.on({ ...phase.rule, from: 2, fault: stall })
    const image = await freshImage(door)
    const { result } = await cancelWhen(door, {
      image: phase.image.replace('1.4.2', image.tag),
      holds: (stalled) => stalled > 0,
      variation: { source: image.folder },
    })
    expectEnd(result, 'CANCELLED', 143)
    expectHeld(door, { host: phase.host, image })
    door.sandbox.faults.clear()
    const again = await pushFresh(door, phase.image, image)
    expectWhole(door, again, { host: phase.host, image })
    expect(only(door.requests(), / PUT /)).toEqual([])
  },
)
