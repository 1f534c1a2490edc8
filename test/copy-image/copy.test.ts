import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FrontDoor, FrontDoorResult, Variation } from '../push-image/front-door.ts'
import { only, told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { at, copy, expectComplete, openCopyDoor, places, reader, readerProfile, seed, tagOf } from './copy-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openCopyDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

let count = 0
async function fresh(platforms?: readonly { os: string; architecture: string }[]) {
  count += 1
  const layers = [{ [`small-${count}`]: `${count}` }, { big: Buffer.alloc(400_000, `copy ${count}`) }]
  return { ...(await door.layout({ layers, ...(platforms === undefined ? {} : { platforms }) })), tag: `c${count}` }
}

function expectCopied(result: FrontDoorResult, to: string, digest: string): void {
  expect(result.step.stderr).not.toContain('error  ')
  expect(result.step.status).toBe(0)
  expect(result.results).toMatchObject({ IMAGE_URL: to, IMAGE_DIGEST: digest })
  expect(at(door, to).manifest(tagOf(to))?.digest).toBe(digest)
  expectComplete(door, to, digest)
}

const fromReader: Variation = { params: { 'from-identity': 'reader' }, profiles: { reader: readerProfile } }

test.each<[what: string, from: string, to: string, variation: Variation]>([
  ['ACR to ECR', places.contoso, places.ecr, {}],
  ['ECR to ACR', places.ecr, places.contosoCopy, {}],
  ['ECR to ECR in another region', places.ecr, places.virginia, {}],
  ['ACR in another tenant to ACR, each under its own identity', places.fabrikam, places.contoso, fromReader],
  ['ACR in another tenant to ECR', places.fabrikam, places.ecrCopy, fromReader],
])('copies an image from %s under its own digest', async (_what, from, to, variation) => {
  const { folder, tag } = await fresh()
  const digest = await seed(door, `${from}:${tag}`, folder)
  const result = await copy(door, `${from}:${tag}`, `${to}:${tag}`, variation)
  expectCopied(result, `${to}:${tag}`, digest)
  expect(result.results['IMAGES']).toBe(`${to}@${digest}`)
  expect(result.record.data.action).toMatchObject({
    name: 'copy-image',
    target: `${to}:${tag}`,
    source: `${from}:${tag}`,
    digest,
    destinations: [{ repository: to, stored: true, tags: [tag] }],
  })
})

test('the record says as whom each side was asked, and each registry saw its own credential alone', async () => {
  const { folder, tag } = await fresh()
  await seed(door, `${places.fabrikam}:${tag}`, folder)
  const { record } = await copy(door, `${places.fabrikam}:${tag}`, `${places.ecr}:${tag}`, fromReader)
  expect(record.data.identity).toMatchObject({ tenant: example.tenantId, clientId: example.clientId })
  expect(record.data.sourceIdentity).toMatchObject({ tenant: reader.tenantId, clientId: reader.clientId })
  expect(only(door.requests(), / 40[13] |LEAK/)).toEqual([])
  const registries = record.data.tokens.filter(({ kind }) => kind === 'registry').map(({ audience }) => audience)
  expect(registries.toSorted()).toEqual([example.ecrHost, 'fabrikam.azurecr.io'])
})

test('copies a whole index with every image in it', async () => {
  const { folder, digest, tag } = await fresh([
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ])
  await seed(door, `${places.contoso}:${tag}`, folder)
  const result = await copy(door, `${places.contoso}:${tag}`, `${places.ecr}:${tag}`)
  expectCopied(result, `${places.ecr}:${tag}`, digest)
})

test('copies by digest, and without a tag leaves none', async () => {
  const { folder, digest, tag } = await fresh()
  await seed(door, `${places.contoso}:${tag}`, folder)
  const { step, results } = await copy(door, `${places.contoso}@${digest}`, places.ecr)
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ IMAGE_URL: places.ecr, IMAGE_DIGEST: digest })
  expectComplete(door, places.ecr, digest)
  expect(at(door, places.ecr).tags()).not.toContain(tag)
})

test('puts several tags at several destinations, and reads each blob once for all of them', async () => {
  const { folder, digest, tag } = await fresh()
  await seed(door, `${places.fabrikam}:${tag}`, folder)
  const also = `${places.contoso}:${tag}`
  const result = await copy(door, `${places.fabrikam}:${tag}`, `${places.ecr}:${tag}`, {
    ...fromReader,
    params: { ...fromReader.params, tags: [`${tag}-stable`], 'also-to': [also] },
  })
  expectCopied(result, `${places.ecr}:${tag}`, digest)
  for (const place of [places.ecr, places.contoso])
    expect(at(door, place).manifest(`${tag}-stable`)?.digest).toBe(digest)
  expect(result.results['IMAGES']).toBe(`${places.ecr}@${digest},${places.contoso}@${digest}`)
  // Config and two layers, each from the storage host once.
  expect(only(door.requests(), /^blob-hosts GET/)).toHaveLength(3)
})

test.each<[how: string, platforms: readonly string[]]>([
  ['one platform of an index is that image itself', ['linux/arm64']],
  ['two of three platforms are an index of just these', ['linux/arm64', 'linux/amd64']],
])('%s', async (_how, platforms) => {
  const { folder, digest, tag } = await fresh([
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
    { os: 'linux', architecture: 's390x' },
  ])
  await seed(door, `${places.contoso}:${tag}`, folder)
  const to = `${places.ecr}:${tag}`
  const { step, results } = await copy(door, `${places.contoso}:${tag}`, to, {
    params: { platforms, 'expect-digest': digest },
  })
  expect(step.status, step.stderr).toBe(0)
  const stored = at(door, to).manifest(tag)
  expect(results['IMAGE_DIGEST']).toBe(stored?.digest)
  expect(stored?.digest).not.toBe(digest)
  const { manifests = [undefined] }: { manifests?: unknown[] } = JSON.parse(stored?.bytes.toString() ?? '{}')
  expect(manifests).toHaveLength(platforms.length)
  expectComplete(door, to, tag)
})

test('a second copy sends no blob, and a new tag only that', async () => {
  const { folder, digest, tag } = await fresh()
  await seed(door, `${places.contoso}:${tag}`, folder)
  await copy(door, `${places.contoso}:${tag}`, `${places.ecr}:${tag}`)
  door.requests()
  const again = await copy(door, `${places.contoso}:${tag}`, `${places.ecr}:${tag}-next`)
  expectCopied(again, `${places.ecr}:${tag}-next`, digest)
  const requests = door.requests()
  expect(only(requests, / (GET|POST|PATCH|PUT) \S*blobs/)).toEqual([])
  expect(only(requests, / PUT /)).toHaveLength(1)
  expect(told(again.step.stderr, 'done').join(' ')).toContain('the image was there')
})
