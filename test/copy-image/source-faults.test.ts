import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { FrontDoor } from '../push-image/front-door.ts'
import { inAHurry, programWith } from '../push-image/programs.ts'
import { actDuringUpload } from '../push-image/slow-upload.ts'
import { expectEnd, only } from '../push-image/told.ts'
import { retriesOf } from '../push-image/whole-image.ts'
import { example } from '../sandbox/example-cloud.ts'
import type { Fault, FaultRule } from '../sandbox/faults.ts'
import { openHost } from '../sandbox/registry/state.ts'
import { at, copy, expectComplete, openCopyDoor, places, readerProfile, seed } from './copy-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openCopyDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

let count = 0
/** An image with one layer of 3 MB, on a registry that another image of it was never on. */
async function fresh(source: string = places.contoso) {
  count += 1
  const tag = `f${count}`
  const layers = [{ [tag]: tag }, { big: Buffer.alloc(3_000_000, `fault ${count}`) }]
  const { folder, digest } = await door.layout({ layers })
  await seed(door, `${source}:${tag}`, folder)
  const stored = at(door, source).manifest(tag)?.bytes.toString() ?? ''
  const manifest: { layers: { digest: string; size: number }[] } = JSON.parse(stored)
  const [, big = { digest: '', size: 0 }] = manifest.layers
  return { tag, digest, from: `${source}:${tag}`, big }
}

const storage = { standIn: 'blob-hosts', method: 'GET' } as const
const manifests = { standIn: 'acr', method: 'GET', path: /\/v2\/shop\/web\/manifests\// } as const
const links = { standIn: 'acr', method: 'GET', path: /\/v2\/shop\/web\/blobs\// } as const

test.each<[what: string, rule: Omit<FaultRule, 'fault'>, fault: Fault, code: ErrorCode]>([
  ['a reset before the blob', storage, { kind: 'reset-before' }, 'NETWORK_INTERRUPTED'],
  ['a reset in the middle of a blob', storage, { kind: 'reset-after-bytes', bytes: 100_000 }, 'NETWORK_INTERRUPTED'],
  ['a blob cut off', storage, { kind: 'truncate', bytes: 100_000 }, 'NETWORK_INTERRUPTED'],
  ['a blob that a proxy cut short', storage, { kind: 'short-body', bytes: 100 }, 'NETWORK_INTERRUPTED'],
  ['429 from the storage', storage, { kind: 'status', status: 429, retryAfter: 0 }, 'REGISTRY_THROTTLED'],
  ['503 from the storage', storage, { kind: 'status', status: 503 }, 'REGISTRY_UNAVAILABLE'],
  ['500 instead of a link', links, { kind: 'status', status: 500 }, 'REGISTRY_UNAVAILABLE'],
  ['429 instead of a manifest', manifests, { kind: 'status', status: 429 }, 'REGISTRY_THROTTLED'],
  ['a manifest cut off', manifests, { kind: 'truncate', bytes: 20 }, 'NETWORK_INTERRUPTED'],
  ['a page of a proxy instead of a manifest', manifests, { kind: 'short-body', bytes: 20 }, 'REGISTRY_ANSWER_INVALID'],
])('gets over %s', async (_what, rule, fault, code) => {
  const { tag, digest, from } = await fresh()
  door.sandbox.faults.on({ ...rule, times: 2, fault })
  const { step, ...rest } = await copy(door, from, `${places.ecr}:${tag}`, { run: inAHurry() })
  expect(step.status, step.stderr).toBe(0)
  expect(retriesOf({ step, ...rest })).toContain(code)
  expect(at(door, places.ecr).manifest(tag)?.digest).toBe(digest)
  expectComplete(door, places.ecr, digest)
})

test('goes on in the middle of a blob with a range, and the destination sees one upload', async () => {
  const { tag, digest, from } = await fresh()
  door.sandbox.faults.on({ ...storage, times: 3, fault: { kind: 'reset-after-bytes', bytes: 500_000 } })
  const { step } = await copy(door, from, `${places.ecr}:${tag}`, {
    run: inAHurry(),
    params: { concurrency: '1' },
  })
  expect(step.status, step.stderr).toBe(0)
  const requests = door.requests()
  expect(only(requests, /^blob-hosts GET \S+ 206/).length).toBeGreaterThanOrEqual(1)
  expect(only(requests, /^ecr-registry PUT \S*\/uploads\//)).toHaveLength(3)
  expectComplete(door, places.ecr, digest)
})

test('gets over a download that stands still', async () => {
  const { tag, digest, from } = await fresh()
  door.sandbox.faults.on({ ...storage, times: 1, fault: { kind: 'stall' } })
  const { step } = await copy(door, from, `${places.ecr}:${tag}`, { run: programWith('hurry', 'impatient') })
  expect(step.status, step.stderr).toBe(0)
  expectComplete(door, places.ecr, digest)
})

test('ends as temporary when the storage never answers well, with one budget of retries, and tags nothing', async () => {
  const { tag, from } = await fresh()
  door.sandbox.faults.on({ ...storage, fault: { kind: 'status', status: 503 } })
  const result = await copy(door, from, `${places.ecr}:${tag}`, { run: inAHurry(), params: { concurrency: '1' } })
  expectEnd(result, 'REGISTRY_UNAVAILABLE', 75)
  // Not once more for each attempt of the upload.
  expect(only(door.requests(), /^blob-hosts GET/)).toHaveLength(6)
  expect(at(door, places.ecr).tags()).not.toContain(tag)
})

const lies: readonly [what: string, body: (size: number) => string][] = [
  ['other bytes of the same size', (size) => 'x'.repeat(size)],
  ['more bytes than the manifest says', (size) => 'x'.repeat(size + 1)],
]

test.each(lies)('refuses %s, completes no such blob and tags nothing', async (_what, body) => {
  const { tag, from, big, digest } = await fresh()
  const text = body(big.size)
  // The biggest blob is read first.
  door.sandbox.faults.on({ ...storage, times: 1, fault: { kind: 'status', status: 200, body: text } })
  const result = await copy(door, from, `${places.ecr}:${tag}`, { params: { concurrency: '1' } })
  expectEnd(result, 'REGISTRY_BLOB_DIFFERS', 75)
  expect(at(door, places.ecr).hasBlob(big.digest)).toBe(false)
  expect(at(door, places.ecr).manifest(digest)).toBeUndefined()
  expect(at(door, places.ecr).tags()).not.toContain(tag)
})

test('refuses a blob that is shorter than its manifest says', async () => {
  const { tag, from } = await fresh()
  door.sandbox.faults.on({ ...storage, times: 1, fault: { kind: 'short-body', bytes: 10 } })
  door.sandbox.faults.on({ ...storage, fault: { kind: 'status', status: 416 } })
  const result = await copy(door, from, `${places.ecr}:${tag}`, { run: inAHurry(), params: { concurrency: '1' } })
  expectEnd(result, 'REGISTRY_BLOB_DIFFERS', 75)
  expect(at(door, places.ecr).tags()).not.toContain(tag)
})

test('refuses an image whose blob is gone at the source, also in a dry run', async () => {
  const { tag, from, big } = await fresh()
  openHost(door.sandbox.world, example.acrHost).repositories.get('shop/web')?.blobs.delete(big.digest)
  const to = `${places.ecr}:${tag}`
  expectEnd(await copy(door, from, to, { params: { 'dry-run': 'true' } }), 'REGISTRY_BLOB_MISSING', 75)
  expectEnd(await copy(door, from, to), 'REGISTRY_BLOB_MISSING', 75)
  expect(at(door, places.ecr).tags()).not.toContain(tag)
})

test('refuses a manifest of a type that no registry of ours takes', async () => {
  const { tag, from } = await fresh()
  const body = '{"schemaVersion":1}'
  const contentType = 'application/vnd.docker.distribution.manifest.v1+prettyjws'
  door.sandbox.faults.on({ ...manifests, fault: { kind: 'status', status: 200, body, contentType } })
  expectEnd(await copy(door, from, `${places.ecr}:${tag}`), 'REGISTRY_IMAGE_UNSUPPORTED', 77)
})

test('a tag that moves at the source meanwhile changes nothing: what was looked up is what arrives', async () => {
  const { tag, digest, from } = await fresh()
  const other = await fresh()
  const repository = openHost(door.sandbox.world, example.acrHost).repositories.get('shop/web')
  const result = await actDuringUpload(door, {
    push: async () => await copy(door, from, `${places.ecr}:${tag}`),
    act: () => void repository?.tags.set(tag, other.digest),
  })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(result.results['IMAGE_DIGEST']).toBe(digest)
  expect(at(door, places.ecr).manifest(tag)?.digest).toBe(digest)
  expectComplete(door, places.ecr, digest)
})

test('renews the tokens of both sides when they end in the middle of a blob, and sends that again', async () => {
  await using late = await openCopyDoor()
  const { folder } = await late.layout({ layers: [{ big: Buffer.alloc(3_000_000, 'late') }] })
  const digest = await seed(late, `${places.fabrikam}:late`, folder)
  const result = await actDuringUpload(late, {
    push: async () =>
      await copy(late, `${places.fabrikam}:late`, `${places.contoso}:late`, {
        params: { concurrency: '1', 'from-identity': 'reader' },
        profiles: { reader: readerProfile },
        token: { expiresInSeconds: 86_400 },
      }),
    act: () => late.sandbox.world.clock.advance(80 * 60_000),
    count: 1,
  })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(retriesOf(result)).toEqual([])
  expectComplete(late, places.contoso, digest)
  // Each side once at the beginning, and once more.
  expect(only(late.requests(), /^acr POST \/oauth2\/exchange 200/)).toHaveLength(4)
})

test('gets over a lost upload and a reset at the destination, reading the blob anew', async () => {
  const { tag, digest, from } = await fresh(places.ecr)
  const uploads = { standIn: 'acr', method: 'PUT', path: /\/v2\/shop\/web\/blobs\/uploads\// } as const
  door.sandbox.faults.on({ ...uploads, times: 1, fault: { kind: 'status', status: 404 } })
  door.sandbox.faults.on({ ...uploads, from: 2, times: 1, fault: { kind: 'reset-in-request', bytes: 1000 } })
  const result = await copy(door, from, `${places.contoso}:${tag}`, { run: inAHurry() })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(retriesOf(result)).toEqual(expect.arrayContaining(['REGISTRY_UPLOAD_LOST', 'NETWORK_INTERRUPTED']))
  expectComplete(door, places.contoso, digest)
})

test('follows no link that leads to plain HTTP, and sends no credential where one leads', async () => {
  const { tag, from } = await fresh()
  door.requests()
  const location = 'http://storage.example/blob'
  door.sandbox.faults.on({ ...links, fault: { kind: 'other-head', location } })
  const result = await copy(door, from, `${places.ecr}:${tag}`, { run: inAHurry() })
  expectEnd(result, 'REGISTRY_ANSWER_INVALID', 75)
  expect(only(door.requests(), /^blob-hosts/)).toEqual([])
})
