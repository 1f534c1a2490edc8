import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { registryPhases, rows } from './phases.ts'
import { inAHurry } from './programs.ts'
import { actDuringUpload } from './slow-upload.ts'
import { expectEnd, only } from './told.ts'
import { expectUntagged, expectWhole, freshImage, openUploads, pushFresh, retriesOf } from './whole-image.ts'

// What the registries refuse for good by themselves is in ecr-refusals.test.ts and acr-refusals.test.ts.
let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const writes = registryPhases.filter(({ rule }) => rule.method !== 'HEAD')
const manifests = registryPhases.filter(({ name }) => name.startsWith('putting'))
const swapped = (name: string) => (name.startsWith('start') ? 201 : 202)
const errorBody = (code: string) => JSON.stringify({ errors: [{ code, message: `says ${code}` }] })

test.each(rows(writes))('takes 201 and 202 for each other, and repeats nothing: %s', async (_name, phase) => {
  door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'other-head', status: swapped(phase.name) } })
  const image = await freshImage(door)
  const result = await pushFresh(door, phase.image, image)
  expect(retriesOf(result)).toEqual([])
  expectWhole(door, result, { host: phase.host, image })
  expect(only(door.requests(), / (POST|PUT) \S*\/uploads\/\S* 20\d/)).toHaveLength(6)
})

test.each(rows(writes))('does not take 200 or 204 for a success, and tags no half image: %s', async (_name, phase) => {
  for (const status of [200, 204]) {
    door.sandbox.faults.clear()
    door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'status', status } })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expectEnd(result, 'REGISTRY_ANSWER_INVALID', 75)
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
  }
})

test.each(rows(manifests))(
  'asks once for a manifest that is refused, tags nothing, and the next run puts it: %s',
  async (_name, phase) => {
    const body = errorBody('MANIFEST_INVALID')
    const fault = { kind: 'status', status: 400, contentType: 'application/json', body } as const
    door.sandbox.faults.on({ ...phase.rule, fault })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image)
    expectEnd(result, 'REGISTRY_MANIFEST_REFUSED', 77)
    expect(only(door.requests(), phase.requests)).toHaveLength(1)
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
    door.sandbox.faults.clear()
    expectWhole(door, await pushFresh(door, phase.image, image), { host: phase.host, image })
    expect(only(door.requests(), / POST \S*\/uploads\//)).toEqual([])
  },
)

test.each(rows(manifests))(
  'takes it for a success when the tag has become immutable with this very image, by its own lost answer: %s',
  async (_name, phase) => {
    const body = errorBody('TAG_INVALID')
    door.sandbox.faults.on({ ...phase.rule, times: 1, fault: { kind: 'reset-after-request' } })
    const fault = { kind: 'status', status: 400, contentType: 'application/json', body } as const
    door.sandbox.faults.on({ ...phase.rule, from: 2, fault })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expect(retriesOf(result)).toEqual(['NETWORK_INTERRUPTED'])
    expectWhole(door, result, { host: phase.host, image })
  },
)

test('leaves an immutable tag to another run that was faster, unless that has pushed this very image', async () => {
  await using frozen = await openFrontDoor(frozenCloud())
  const ours = await freshImage(frozen)
  const theirs = { ...(await freshImage(frozen)), tag: ours.tag }
  const push = async () => await pushFresh(frozen, ecrImage, ours)
  const faster = async () => void (await pushFresh(frozen, ecrImage, theirs))
  expectEnd(await actDuringUpload(frozen, { push, act: faster }), 'REGISTRY_TAG_IMMUTABLE', 77)
  const repository = repositoryState(frozen.sandbox.world, example.ecrHost, example.repository)
  expect(repository.manifest(ours.tag)?.digest).toBe(theirs.digest)

  const same = await freshImage(frozen)
  const twin = async () => await pushFresh(frozen, ecrImage, same)
  const result = await actDuringUpload(frozen, { push: twin, act: async () => void (await twin()) })
  expectWhole(frozen, result, { host: example.ecrHost, image: same })
})

function frozenCloud() {
  const cloud = exampleCloud()
  const accounts = cloud.accounts.map((account) => ({
    ...account,
    repositories: account.repositories.map((one) => ({ ...one, imageTagMutability: 'IMMUTABLE' as const })),
  }))
  return { ...cloud, accounts }
}
