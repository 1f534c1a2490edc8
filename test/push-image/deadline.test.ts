import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { openHost } from '../sandbox/registry/state.ts'
import { dockerFiles } from '../unit/oci/archive-fixtures.ts'
import { tarOfFiles } from '../unit/oci/tar-fixtures.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { phases, rows } from './phases.ts'
import { programWith } from './programs.ts'
import { archiveName, scratchFiles, workspaceWith } from './source-workspace.ts'
import { expectEnd, faultsOf, only, told, toldProse } from './told.ts'
import { expectUntagged, freshImage, openUploads, pushFresh } from './whole-image.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => {
  door.sandbox.faults.clear()
  openHost(door.sandbox.world, example.acrHost).uploads.clear()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const exchange = { standIn: 'acr', path: '/oauth2/exchange' } as const

test.each(rows(phases))(
  'ends a run at its timeout, names the param and puts no tag, while this is stalled: %s',
  async (_, phase) => {
    door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'stall' } })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { params: { timeout: '3s' } })
    expectEnd(result, 'DEADLINE_EXCEEDED', 75)
    expect(toldProse(result.step.stderr, 'what')).toBe(
      'The overall deadline of 3.0 s (the param timeout) passed before the step was done.',
    )
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
  },
)

test('leaves nothing in the scratch volume when its time is over in the middle of an upload from there', async () => {
  const archive = gzipSync(tarOfFiles(dockerFiles({ layers: [Buffer.alloc(500_000, 'late')] })))
  await using workspace = await workspaceWith({ [archiveName]: archive })
  door.sandbox.faults.on({ standIn: 'acr', method: 'PUT', path: /blobs\/uploads/, fault: { kind: 'stall' } })
  const result = await door.push(acrImage, { source: workspace.folder, params: { path: archiveName, timeout: '3s' } })
  expectEnd(result, 'DEADLINE_EXCEEDED', 75)
  expect([scratchFiles(result), openUploads(door)]).toEqual([[], 0])
})

test('begins no attempt after the deadline: ends without waiting for it, says what it would have waited for, and names the param', async () => {
  door.sandbox.faults.on({ ...exchange, fault: { kind: 'status', status: 503, retryAfter: 200 } })
  const image = await freshImage(door)
  const result = await pushFresh(door, acrImage, image, { params: { timeout: '100s' } })
  expectEnd(result, 'DEADLINE_EXCEEDED', 75)
  // Had it waited for the deadline, that would be named by the param's value.
  expect(toldProse(result.step.stderr, 'what')).toMatch(/^The overall deadline of \d{4}-\d\d-\d\dT[\d:.]+Z passed/)
  expect(told(result.step.stderr, 'retry')).toEqual([])
  expect(toldProse(result.step.stderr, 'cause')).toContain('HTTP 503')
  expect(toldProse(result.step.stderr, 'remedy')).toContain('by the param timeout')
  expect(only(door.requests(), /oauth2\/exchange/)).toHaveLength(1)
  expectUntagged(door, example.acrHost, image)
})

test('uses the time that is left: an attempt that can begin before the deadline does', async () => {
  door.sandbox.faults.on({ ...exchange, times: 2, fault: { kind: 'status', status: 503 } })
  const image = await freshImage(door)
  const run = programWith('hurry')
  const result = await pushFresh(door, acrImage, image, { params: { timeout: '24h' }, run })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(told(result.step.stderr, 'retry')).toHaveLength(2)
})

test.each(['0', '0s', '999ms', '0.9s', '25h', '24h1ms', '90', '1d', '-1s', 'forever', '1h 30m'])(
  'refuses a timeout of %s, names the param, and asks nobody',
  async (timeout) => {
    door.requests()
    const result = await door.push(acrImage, { params: { timeout } })
    expectEnd(result, 'INPUT_INVALID', 64)
    expect(faultsOf(result)).toEqual([`timeout: got "${timeout}", expected a duration from 1s to 24h`])
    expect(door.requests()).toEqual([])
  },
)
