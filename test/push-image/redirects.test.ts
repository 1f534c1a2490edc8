import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import type { JournalEntry } from '../sandbox/world.ts'
import { openFrontDoor, type FrontDoor } from './front-door.ts'
import { phases, registryPhases, rows, type Phase } from './phases.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, only, toldProse } from './told.ts'
import { expectHeld, expectUntagged, expectWhole, freshImage, pushFresh } from './whole-image.ts'

/** A registry that would answer, and that nobody has asked for anything. */
const canary = 'canary.azurecr.io'

let door: FrontDoor
beforeAll(async () => {
  const cloud = exampleCloud()
  const other = { loginServer: canary, tenantId: example.tenantId, roleAssignments: [] }
  door = await openFrontDoor({ ...cloud, acrRegistries: [...cloud.acrRegistries, other] })
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

/** What came to any other host than those that the push is meant for. */
function strays(since: number, phase: Phase): readonly JournalEntry[] {
  const expected = new Set([phase.host, 'login.microsoftonline.com', new URL(example.issuer).host])
  const fresh = door.sandbox.journal.entries.slice(since)
  return fresh.filter(({ host, standIn }) => !expected.has(host) && !['sts', 'ecr'].includes(standIn))
}

const writes = registryPhases.filter(({ rule }) => rule.method !== 'HEAD')

test.each(rows(writes).flatMap(([name, phase]) => [302, 307, 308].map((status) => [name, status, phase] as const)))(
  'follows no redirect of a write, and the other host is never asked: %s, HTTP %i',
  async (_name, status, phase) => {
    const location = `https://${canary}/v2/shop/web/blobs/uploads/elsewhere`
    door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'other-head', status, location } })
    const since = door.sandbox.journal.entries.length
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expectEnd(result, 'REGISTRY_ANSWER_INVALID', 75)
    expect(toldProse(result.step.stderr, 'what')).toContain(`HTTP ${status}`)
    expect(strays(since, phase)).toEqual([])
    // The fault lets the registry do its work before it answers so.
    if (phase.name.startsWith('putting')) expectHeld(door, { host: phase.host, image })
    else expectUntagged(door, phase.host, image)
  },
)

test.each(rows(phases.filter((phase) => !registryPhases.includes(phase))))(
  'follows no redirect on the way to a credential, and the other host is never asked: %s',
  async (_name, phase) => {
    const location = `https://${canary}/elsewhere`
    door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'other-head', status: 307, location } })
    const since = door.sandbox.journal.entries.length
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expect([75, 77]).toContain(result.step.status)
    expect(strays(since, phase)).toEqual([])
    expectUntagged(door, phase.host, image)
  },
)

test.each([
  `https://${canary}/v2/shop/web/blobs/uploads/x`,
  '//canary.azurecr.io/v2/shop/web/blobs/uploads/x',
  `https://${example.acrHost}.evil.example/v2/shop/web/blobs/uploads/x`,
  `https://${example.acrHost}:8443/v2/shop/web/blobs/uploads/x`,
  `https://${example.acrHost}@${canary}/v2/shop/web/blobs/uploads/x`,
  `https://user@${example.acrHost}/v2/shop/web/blobs/uploads/x`,
  `http://${example.acrHost}/v2/shop/web/blobs/uploads/x`,
])('sends no byte to an upload that lies elsewhere: %s', async (location) => {
  const [phase] = writes
  if (phase === undefined) throw new Error('no such phase')
  door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'other-head', location } })
  const since = door.sandbox.journal.entries.length
  const image = await freshImage(door)
  const result = await pushFresh(door, phase.image, image)
  expectEnd(result, 'REGISTRY_LOCATION_FOREIGN', 77)
  expect(strays(since, phase)).toEqual([])
  expect(only(door.requests(), / PUT /)).toEqual([])
  expectUntagged(door, phase.host, image)
})

test('follows the redirect of a look-up without the credential, and takes the other host at no word but yes', async () => {
  const location = `https://${canary}/v2/shop/web/manifests/elsewhere`
  const rule = { standIn: 'acr', host: example.acrHost, method: 'HEAD' }
  door.sandbox.faults.on({ ...rule, fault: { kind: 'other-head', status: 307, location } })
  const [phase] = writes
  if (phase === undefined) throw new Error('no such phase')
  const since = door.sandbox.journal.entries.length
  const image = await freshImage(door)
  const result = await pushFresh(door, phase.image, image)
  expectWhole(door, result, { host: phase.host, image })
  const seen = strays(since, phase)
  // Two look-ups of the manifest and three of blobs.
  expect(seen.map(({ host, method, status }) => [host, method, status])).toEqual(
    Array.from({ length: 5 }, () => [canary, 'HEAD', 401]),
  )
  expect(seen.flatMap(({ checks }) => checks)).toEqual(Array.from({ length: 5 }, () => 'Bearer token: none'))
})
