import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../sandbox/faults.ts'
import { openHost } from '../sandbox/registry/state.ts'
import { openFrontDoor, type FrontDoor } from './front-door.ts'
import { phases, registryPhases, rows } from './phases.ts'
import { programWith } from './programs.ts'
import { expectEnd, only, told, toldProse } from './told.ts'
import { expectUntagged, expectWhole, freshImage, openUploads, pushFresh, retriesOf } from './whole-image.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => {
  door.sandbox.faults.clear()
  for (const { host } of registryPhases) openHost(door.sandbox.world, host).uploads.clear()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const run = () => programWith('hurry', 'impatient')
const stall: Fault = { kind: 'stall' }

test.each(rows(phases))(
  'ends a request that nobody answers, sends it again, and finishes: %s',
  async (_name, phase) => {
    door.sandbox.faults.on({ ...phase.rule, times: 1, fault: stall })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: run() })
    // The preload shortens the limit, not what is said of it: uploads may be silent for five minutes, all else for one.
    const limit = phase.name.startsWith('upload') ? 300 : 60
    expect(retriesOf(result)).toContain('NETWORK_INTERRUPTED')
    expect(told(result.step.stderr, 'retry').join('\n').replace(/\s+/g, ' ')).toContain(`no byte moved for ${limit} s`)
    expectWhole(door, result, { host: phase.host, image })
    expect(openUploads(door)).toBe(0)
  },
)

test('ends an upload that stands still in the middle of a big blob, and sends it anew', async () => {
  const phase = registryPhases.find(({ name }) => name === 'upload on ACR')
  if (phase === undefined) throw new Error('no such phase')
  door.sandbox.faults.on({ ...phase.rule, times: 3, fault: stall })
  const image = await freshImage(door, Buffer.alloc(32_000_000, 'x'))
  const result = await pushFresh(door, phase.image, image, { run: run() })
  expectWhole(door, result, { host: phase.host, image })
  expect(only(door.requests(), /^acr DELETE \S*\/uploads\/\S+ 204/)).toHaveLength(3)
  expect(openUploads(door)).toBe(0)
})

test('gives up as temporary on a registry that never answers a look-up, and tags nothing', async () => {
  const phase = registryPhases.find(({ name }) => name === 'look-up on ACR')
  if (phase === undefined) throw new Error('no such phase')
  door.sandbox.faults.on({ ...phase.rule, fault: stall })
  const image = await freshImage(door)
  const result = await pushFresh(door, phase.image, image, { run: run() })
  expectEnd(result, 'NETWORK_INTERRUPTED', 75)
  expect(toldProse(result.step.stderr, 'what')).toContain('no byte moved for 60 s')
  expect(only(door.requests(), phase.requests)).toHaveLength(6)
  expectUntagged(door, phase.host, image)
})
