import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { controlAcr } from '../sandbox/registry/acr-control.ts'
import { openHost } from '../sandbox/registry/state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { registryPhases, rows } from './phases.ts'
import { inAHurry } from './programs.ts'
import { actDuringUpload } from './slow-upload.ts'
import { expectEnd, only } from './told.ts'
import { expectUntagged, expectWhole, freshImage, openUploads, pushFresh, retriesOf } from './whole-image.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const registries = [
  ['ACR', acrImage, example.acrHost],
  ['ECR', ecrImage, example.ecrHost],
] as const

test.each(registries)('begins every upload anew that %s has forgotten, and finishes', async (_name, image, host) => {
  const fresh = await freshImage(door)
  const push = async () => await pushFresh(door, image, fresh, { run: inAHurry() })
  const result = await actDuringUpload(door, {
    push,
    act: () => openHost(door.sandbox.world, host).uploads.clear(),
  })
  expect(retriesOf(result)).toEqual(['REGISTRY_UPLOAD_LOST', 'REGISTRY_UPLOAD_LOST', 'REGISTRY_UPLOAD_LOST'])
  expectWhole(door, result, { host, image: fresh })
  expect(openUploads(door)).toBe(0)
})

test.each(rows(registryPhases.filter(({ name }) => name.startsWith('upload'))))(
  'gives up as temporary on a registry that forgets every upload, and tags nothing: %s',
  async (_name, phase) => {
    const body = JSON.stringify({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN', message: 'upload unknown' }] })
    const fault = { kind: 'status', status: 404, contentType: 'application/json', body } as const
    door.sandbox.faults.on({ ...phase.rule, fault })
    const image = await freshImage(door)
    const result = await pushFresh(door, phase.image, image, { run: inAHurry() })
    expectEnd(result, 'REGISTRY_UPLOAD_LOST', 75)
    expectUntagged(door, phase.host, image)
    expect(openUploads(door)).toBe(0)
    door.sandbox.faults.clear()
    expectWhole(door, await pushFresh(door, phase.image, image), { host: phase.host, image })
  },
)

test('goes on at the replica that takes over in the middle of a push', async () => {
  const cloud = exampleCloud()
  const acrRegistries = cloud.acrRegistries.map((one) => ({ ...one, replicas: ['westeurope', 'northeurope'] }))
  await using replicated = await openFrontDoor({ ...cloud, acrRegistries })
  const fresh = await freshImage(replicated)
  const push = async () => await pushFresh(replicated, acrImage, fresh, { run: inAHurry() })
  const act = () => controlAcr(replicated.sandbox.world, example.acrHost).routeGlobalEndpointTo('northeurope')
  const result = await actDuringUpload(replicated, { push, act })
  expect(new Set(retriesOf(result))).toEqual(new Set(['REGISTRY_UPLOAD_LOST']))
  expect([result.succeeded, result.results['IMAGE_DIGEST']]).toEqual([true, fresh.digest])
  const again = await pushFresh(replicated, acrImage, fresh)
  expect(again.step.stderr).toMatch(/done +the registry had it already/)
})

test.each(rows(registryPhases.filter(({ name }) => /upload/.test(name))))(
  'believes no Range: it sends whole blobs, whatever one says: %s',
  async (_name, phase) => {
    for (const range of ['0-99999999', '0-0', '7-3', 'bytes']) {
      door.sandbox.faults.clear()
      door.sandbox.faults.on({ ...phase.rule, fault: { kind: 'other-head', range } })
      const image = await freshImage(door)
      const result = await pushFresh(door, phase.image, image)
      expect(retriesOf(result)).toEqual([])
      expectWhole(door, result, { host: phase.host, image })
      expect(only(door.requests(), / PATCH | GET \/v2/)).toEqual([])
    }
  },
)

test.each(registries)(
  'uploads a blob again that %s had at the look-up and lost before the manifest',
  async (...row) => {
    const [, image, host] = row
    const shared = { [`shared ${host}`]: 'in both' }
    const tag = (name: string) => `lost-${name}`
    const first = { ...(await door.layout({ layers: [shared] })), tag: tag('first') }
    expectWhole(door, await pushFresh(door, image, first), { host, image: first })
    const second = { ...(await door.layout({ layers: [shared, { [`own ${host}`]: 'new' }] })), tag: tag('second') }
    const { blobs } = openHost(door.sandbox.world, host).repositories.get(example.repository) ?? { blobs: new Map() }
    const push = async () => await pushFresh(door, image, second)
    const result = await actDuringUpload(door, { push, count: 2, act: () => blobs.clear() })
    expectWhole(door, result, { host, image: second })
    expect(only(door.requests(), / PUT \S*\/manifests\/lost-second 4\d\d MANIFEST_BLOB_UNKNOWN/)).toHaveLength(1)
  },
)

test.each(registries)('gives up as temporary when %s misses a blob again after all were sent again', async (...row) => {
  const [, image, host] = row
  const shared = { [`missed ${host}`]: 'in both' }
  const first = { ...(await door.layout({ layers: [shared] })), tag: 'missed-first' }
  await pushFresh(door, image, first)
  const body = JSON.stringify({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown' }] })
  const fault = { kind: 'status', status: 400, contentType: 'application/json', body } as const
  door.sandbox.faults.on({ method: 'PUT', path: /\/manifests\//, fault })
  const second = { ...(await door.layout({ layers: [shared, { [`new ${host}`]: 'new' }] })), tag: 'missed-second' }
  const result = await pushFresh(door, image, second, { run: inAHurry() })
  expectEnd(result, 'REGISTRY_BLOB_VANISHED', 75)
  expect(only(door.requests(), / PUT \S*\/manifests\//)).toHaveLength(2)
  expectUntagged(door, host, second)
  expect(openUploads(door)).toBe(0)
})
