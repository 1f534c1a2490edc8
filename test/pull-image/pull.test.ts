import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openCopyDoor, places, readerProfile, seed } from '../copy-image/copy-door.ts'
import type { FrontDoor } from '../push-image/front-door.ts'
import { expectEnd, only, told } from '../push-image/told.ts'
import { expectLayout, filesIn, listed, openOutput, pull } from './pull-door.ts'

let door: FrontDoor
const image = `${places.contoso}:1`
const index = `${places.ecr}:index`
let digest = ''
let indexDigest = ''
beforeAll(async () => {
  door = await openCopyDoor()
  digest = await seed(door, image)
  const platforms = ['amd64', 'arm64', 's390x'].map((architecture) => ({ os: 'linux', architecture }))
  const { folder } = await door.layout({ layers: [{ many: 'many' }, { big: Buffer.alloc(500_000, 'big') }], platforms })
  indexDigest = await seed(door, index, folder)
  await seed(door, `${places.fabrikam}:1`)
  await seed(door, `${places.open}:1`)
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test('pulls an image from ACR as a layout, byte for byte, and leaves reference and digest', async () => {
  await using output = await openOutput()
  const { step, results, record } = await pull(door, image, output)
  expect(step.status, step.stderr).toBe(0)
  await expectLayout(output.folder, digest)
  expect((await listed(output.folder)).map(({ annotations }) => annotations)).toEqual([
    { 'org.opencontainers.image.ref.name': '1' },
  ])
  expect(results).toMatchObject({ reference: `${places.contoso}@${digest}`, digest })
  expect(record.data.action).toMatchObject({ name: 'pull-image', target: image, digest })
  expect(record.data.identity).toHaveProperty('objectId')
})

test('pulls a whole index from ECR into a folder that is not there yet', async () => {
  await using output = await openOutput()
  const { step } = await pull(door, index, output, { params: { path: 'images/web' } })
  expect(step.status, step.stderr).toBe(0)
  await expectLayout(join(output.folder, 'images/web'), indexDigest)
})

test('what was pulled is what push-image pushes, under the same digest', async () => {
  await using output = await openOutput()
  await pull(door, index, output)
  const pushed = await door.push(`${places.contosoCopy}:again`, { source: output.folder })
  expect(pushed.results['IMAGE_DIGEST'], pushed.step.stderr).toBe(indexDigest)
})

test('pulls the platform that was asked for and not the others', async () => {
  await using output = await openOutput()
  const { step, results } = await pull(door, index, output, { params: { platforms: ['linux/arm64'] } })
  expect(step.status, step.stderr).toBe(0)
  expect(results['digest']).not.toBe(indexDigest)
  await expectLayout(output.folder, results['digest'] ?? '')
  // Manifest, config and two layers.
  expect(await filesIn(join(output.folder, 'blobs'))).toHaveLength(4)
})

test('as nobody, from a registry that is open to all: no token is exchanged, and the profile may be empty', async () => {
  await using output = await openOutput()
  door.requests()
  const nobody = { 'tenant-id': undefined, 'client-id': undefined, 'aws-role-arn': undefined }
  const result = await pull(door, `${places.open}:1`, output, { params: { access: 'anonymous' }, profile: nobody })
  expect(result.step.status, result.step.stderr).toBe(0)
  await expectLayout(output.folder, digest)
  expect(only(door.requests(), /^(entra|sts)|exchange/)).toEqual([])
  expect(result.record.data.tokens.map(({ kind }) => kind)).toEqual(['registry'])
})

test('a second pull receives nothing; a blob that was damaged meanwhile is received again, and no other', async () => {
  await using output = await openOutput()
  await pull(door, image, output)
  door.requests()
  const again = await pull(door, image, output)
  expect(told(again.step.stderr, 'done').join(' ')).toContain('kept')
  expect(only(door.requests(), /blobs\//)).toEqual([])
  const [damaged = ''] = (await filesIn(join(output.folder, 'blobs'))).filter((file) => !file.includes(digest.slice(7)))
  const bytes = await readFile(damaged)
  await writeFile(damaged, Buffer.alloc(bytes.length, 'x'))
  const healed = await pull(door, image, output)
  expect(healed.step.status, healed.step.stderr).toBe(0)
  expect(only(door.requests(), /^acr GET \S*\/blobs\//)).toHaveLength(1)
  await expectLayout(output.folder, digest)
})

test('adds to a layout, takes over a name, and keeps what else stands in its index', async () => {
  await using output = await openOutput()
  await pull(door, image, output, { params: { 'ref-name': 'web' } })
  const file = join(output.folder, 'index.json')
  const before: object = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...before, annotations: { by: 'somebody' } }))
  await pull(door, index, output, { params: { 'ref-name': 'all' } })
  await pull(door, index, output, { params: { 'ref-name': 'web' } })
  const after: { annotations: object } = JSON.parse(await readFile(file, 'utf8'))
  expect(after.annotations).toEqual({ by: 'somebody' })
  const named = (await listed(output.folder)).map((entry) => [Object.values(entry.annotations ?? {})[0], entry.digest])
  expect(named).toEqual([
    ['all', indexDigest],
    ['web', indexDigest],
  ])
})

test('a dry run reads the manifests, shows what it would pull, and writes nothing', async () => {
  await using output = await openOutput()
  const { step, results } = await pull(door, image, output, { params: { 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expect(told(step.stderr, 'plan')).toHaveLength(3)
  expect(results).toMatchObject({ reference: '', digest: '' })
  expect(await filesIn(output.folder)).toEqual([])
})

test('goes on where a download broke off, three times, without a byte twice', async () => {
  await using output = await openOutput()
  const { folder } = await door.layout({ layers: [{ big: Buffer.alloc(3_000_000, 'resumed') }] })
  const big = await seed(door, `${places.contoso}:big`, folder)
  door.sandbox.faults.on({
    standIn: 'blob-hosts',
    times: 3,
    fault: { kind: 'reset-after-bytes', bytes: 200_000 },
  })
  const { step } = await pull(door, `${places.contoso}:big`, output)
  expect(step.status, step.stderr).toBe(0)
  expect(told(step.stderr, 'retry').every((text) => text.startsWith('NETWORK_INTERRUPTED'))).toBe(true)
  await expectLayout(output.folder, big)
  // Each time with a link of its own.
  expect(only(door.requests(), /^blob-hosts GET \S+ 206/).length).toBeGreaterThanOrEqual(1)
})

test('a pull that fails half way leaves no image in the index and no unfinished file, and the next one goes on from there', async () => {
  await using output = await openOutput()
  const off = door.sandbox.faults.on({
    standIn: 'blob-hosts',
    from: 2,
    fault: { kind: 'status', status: 403 },
  })
  const failed = await pull(door, image, output, { params: { concurrency: '1' } })
  expectEnd(failed, 'REGISTRY_DENIED', 77)
  expect((await filesIn(output.folder)).map((file) => file.replace(output.folder, ''))).toEqual([
    expect.stringMatching(/^\/blobs\/sha256\/[0-9a-f]{64}$/),
    '/oci-layout',
  ])
  off()
  door.requests()
  const { step } = await pull(door, image, output)
  expect(step.status, step.stderr).toBe(0)
  await expectLayout(output.folder, digest)
  expect(only(door.requests(), /^blob-hosts GET \S+ 200/)).toHaveLength(2)
})

test('refuses an identity that may not pull, and writes nothing', async () => {
  await using output = await openOutput()
  const result = await pull(door, `${places.fabrikam}:1`, output, {
    profile: { ...readerProfile, 'client-id': '2c3d4e5f-6666-4777-8888-0a1b2c3d4e5f' },
  })
  expect(result.step.status, result.step.stderr).toBe(0)
  await rm(output.folder, { recursive: true })
  await mkdir(output.folder)
  const refused = await pull(door, `${places.fabrikam}:1`, output)
  expectEnd(refused, 'ACR_EXCHANGE_REFUSED', 77)
  expect(await filesIn(output.folder)).toEqual([])
})

test('refuses an image of another digest than expected before a byte of it is pulled', async () => {
  await using output = await openOutput()
  door.requests()
  const result = await pull(door, image, output, { params: { 'expect-digest': indexDigest } })
  expectEnd(result, 'REGISTRY_IMAGE_UNEXPECTED', 77)
  expect(only(door.requests(), /blobs/)).toEqual([])
  expect(await filesIn(output.folder)).toEqual([])
})
