import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FrontDoor } from '../push-image/front-door.ts'
import { cloudWithSinks, keptOf, sinks } from '../push-image/sinks.ts'
import { expectEnd, faultsOf, only } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { recordsOf } from '../sandbox/sink/sink-state.ts'
import { at, copy, copyCloud, openCopyDoor, places, readerProfile, seed, writerProfile } from './copy-door.ts'

const guarded = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource } as const
const fromReader = { params: { 'from-identity': 'reader' }, profiles: { reader: readerProfile } } as const

let door: FrontDoor
beforeAll(async () => {
  door = await openCopyDoor(cloudWithSinks(copyCloud()))
  await seed(door, `${places.fabrikam}:1`)
  await seed(door, `${places.contoso}:1`)
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test('the record goes to the sink of to-identity, as that identity, whoever reads', async () => {
  const result = await copy(door, `${places.fabrikam}:1`, `${places.ecr}:1`, { ...fromReader, profile: guarded })
  expect(result.step.status, result.step.stderr).toBe(0)
  const [kept, ...others] = keptOf(door, result)
  expect(others).toEqual([])
  expect(kept).toMatchObject({ writer: example.principalId, deliveries: 1 })
  expect(`${kept?.body}\n`).toBe(result.step.stdout)
})

test('a sink in the profile of from-identity alone is none: nothing is sent there', async () => {
  door.requests()
  const profiles = { reader: { ...readerProfile, ...guarded } }
  const result = await copy(door, `${places.fabrikam}:1`, `${places.ecr}:2`, { ...fromReader, profiles })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(only(door.requests(), /^sink /)).toEqual([])
})

test('params of the side count for the sink, too: whoever writes elsewhere has no token for it, and the copy fails', async () => {
  const before = recordsOf(door.sandbox.world).length
  const params = { 'to-tenant-id': writerProfile['tenant-id'], 'to-client-id': writerProfile['client-id'] }
  const result = await copy(door, `${places.contoso}:1`, `${places.fabrikam}:3`, { params, profile: guarded })
  expectEnd(result, 'RECORD_NOT_DELIVERED', 75)
  expect(at(door, places.fabrikam).tags()).toContain('3')
  expect(result.record.data.identity).toMatchObject({ tenant: writerProfile['tenant-id'] })
  expect(recordsOf(door.sandbox.world)).toHaveLength(before)
})

test('the record of refused inputs goes there, too, and faults of the sink name the profile of to-identity', async () => {
  const refused = await copy(door, `${places.fabrikam}:1`, 'nowhere', { ...fromReader, profile: guarded })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(keptOf(door, refused)).toHaveLength(1)
  const profile = { 'record-sink': 'ftp://audit.example' }
  const faulty = await copy(door, `${places.fabrikam}:1`, `${places.ecr}:4`, { ...fromReader, profile })
  expect(faultsOf(faulty)).toEqual([expect.stringMatching(/^record-sink \(profile entra-identity\): /)])
})
