import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dockerFiles, hexOf, tarOfLayout } from '../unit/oci/archive-fixtures.ts'
import { emptyLayout, layerType, simpleLayout, type TestDescriptor, type TestLayout } from '../unit/oci/fixtures.ts'
import { tarOfFiles } from '../unit/oci/tar-fixtures.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { digestOf, expectPushed, expectRefusedUnasked, pushArchive } from './source-workspace.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** Which kinds of archive and folder an OCI layout is pushed from. */
const places = [
  [
    'a folder',
    async (layout: TestLayout, params: Params) => await door.push(acrImage, { source: layout.path, params }),
  ],
  [
    'an archive',
    async (layout: TestLayout, params: Params) => await pushArchive(door, await tarOfLayout(layout), { params }),
  ],
  [
    'a gzip archive',
    async (layout: TestLayout, params: Params) =>
      await pushArchive(door, gzipSync(await tarOfLayout(layout)), { params }),
  ],
] as const

type Params = Readonly<Record<string, string | readonly string[]>>

async function imageNamed(layout: TestLayout, key: string, name: string): Promise<TestDescriptor> {
  const manifest = await layout.manifest([await layout.blob(layerType, name)])
  return { ...manifest, annotations: { [key]: name } }
}

test.each(places)(
  'source-ref chooses one of the images of %s: by name, by the end of it, by digest',
  async (_, push) => {
    await using layout = await emptyLayout()
    const web = await imageNamed(layout, 'org.opencontainers.image.ref.name', 'web:1')
    const db = await imageNamed(layout, 'io.containerd.image.name', 'docker.io/shop/db:1')
    await layout.roots(web, db)
    for (const [ref, chosen] of [
      ['web:1', web],
      ['docker.io/shop/db:1', db],
      ['db:1', db],
      [web.digest, web],
    ] as const) {
      const held = expectPushed(door, await push(layout, { 'source-ref': ref }), acrImage)
      expect([ref, held.digest]).toEqual([ref, chosen.digest])
    }
    door.requests()
    expectRefusedUnasked(door, await push(layout, {}), {
      code: 'LAYOUT_AMBIGUOUS',
      says: ['There are 2 images', `web:1 ${web.digest}`, `docker.io/shop/db:1 ${db.digest}`],
    })
    expectRefusedUnasked(door, await push(layout, { 'source-ref': 'web:2' }), {
      code: 'LAYOUT_REF_UNKNOWN',
      says: ['is named web:2', `web:1 ${web.digest}`, `docker.io/shop/db:1 ${db.digest}`],
    })
  },
)

test('source-ref chooses one of the images of a docker archive: by repository tag or by image ID', async () => {
  const [web, db] = [Buffer.from('web'), Buffer.from('db')]
  const files = dockerFiles(
    { layers: [web], tags: ['shop/web:v1', 'shop/web:latest'] },
    { layers: [db], tags: ['shop/db:v1'] },
  )
  const [webId, dbId] = Object.entries(files).flatMap(([name, bytes]) =>
    /^[0-9a-f]{64}\.json$/.test(name) ? [digestOf(bytes)] : [],
  )
  const push = async (params: Params) =>
    await pushArchive(door, tarOfFiles(files), { params: { compression: 'none', ...params } })
  for (const [ref, layer] of [
    ['shop/web:latest', web],
    ['db:v1', db],
    [dbId ?? '', db],
  ] as const) {
    const { manifest } = expectPushed(door, await push({ 'source-ref': ref }), acrImage)
    expect([ref, manifest.layers.map(({ digest }) => digest)]).toEqual([ref, [`sha256:${hexOf(layer)}`]])
  }
  door.requests()
  const listed = [`shop/web:v1 shop/web:latest ${webId}, shop/db:v1 ${dbId}`]
  expectRefusedUnasked(door, await push({}), { code: 'LAYOUT_AMBIGUOUS', says: listed })
  expectRefusedUnasked(door, await push({ 'source-ref': 'cache:v1' }), { code: 'LAYOUT_REF_UNKNOWN', says: listed })
})

/** An index of images for these platforms, in this order. */
async function indexOf(layout: TestLayout, ...platforms: string[]): Promise<Record<string, TestDescriptor>> {
  const entries: Record<string, TestDescriptor & { platform: object }> = {}
  for (const name of platforms) {
    const [os, architecture, variant] = name.split('/')
    const manifest = await layout.manifest([await layout.blob(layerType, name)])
    entries[name] = { ...manifest, platform: { os, architecture, variant } }
  }
  const index = await layout.index(Object.values(entries))
  await layout.roots(index)
  return { ...entries, index }
}

test.each(places)(
  'platforms takes from an index in %s one image, or an index of several, or refuses',
  async (_, push) => {
    await using layout = await emptyLayout()
    const images = await indexOf(layout, 'linux/amd64', 'linux/arm64/v8', 'linux/s390x')
    const one = expectPushed(door, await push(layout, { platforms: ['linux/arm64'] }), acrImage)
    expect(one.digest).toBe(images['linux/arm64/v8']?.digest)
    const all = expectPushed(door, await push(layout, { platforms: [] }), acrImage)
    expect(all.digest).toBe(images['index']?.digest)
    const several = expectPushed(door, await push(layout, { platforms: ['linux/s390x', 'linux/amd64'] }), acrImage)
    const { manifests }: { manifests: TestDescriptor[] } = JSON.parse(several.bytes.toString())
    expect(manifests.map(({ digest }) => digest)).toEqual(
      ['linux/amd64', 'linux/s390x'].map((name) => images[name]?.digest),
    )
    door.requests()
    expectRefusedUnasked(door, await push(layout, { platforms: ['linux/amd64', 'linux/riscv64'] }), {
      code: 'LAYOUT_PLATFORM_UNKNOWN',
      says: ['is not there for linux/riscv64', 'It is there for: linux/amd64, linux/arm64/v8, linux/s390x'],
    })
  },
)

test('platforms is compared with the config of a single image, also in a docker archive', async () => {
  const archive = tarOfFiles(dockerFiles({ layers: [Buffer.from('arm')], config: { architecture: 'arm64' } }))
  expectPushed(door, await pushArchive(door, archive, { params: { platforms: ['linux/arm64'] } }), acrImage)
  door.requests()
  const refused = await pushArchive(door, archive, { params: { platforms: ['linux/amd64'] } })
  expectRefusedUnasked(door, refused, {
    code: 'LAYOUT_PLATFORM_UNKNOWN',
    says: ['not there for linux/amd64', 'It is there for: linux/arm64'],
  })
})

test.each([
  ['ACR', acrImage],
  ['ECR', ecrImage],
])('a platform that was left out need not be whole for %s', async (_, image) => {
  await using layout = await simpleLayout('whole')
  const { root } = await layout.load()
  const whole = { ...root.descriptor, platform: { os: 'linux', architecture: 'amd64' } }
  const gone = { ...whole, digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'linux', architecture: 'arm64' } }
  await layout.roots(await layout.index([whole, gone]))
  const result = await door.push(image, { source: layout.path, params: { platforms: ['linux/amd64'] } })
  expect(expectPushed(door, result, image).digest).toBe(root.descriptor.digest)
  door.requests()
  expectRefusedUnasked(door, await door.push(image, { source: layout.path }), {
    code: 'LAYOUT_BLOB_MISSING',
    says: ['lacks 1 of the blobs', gone.digest],
  })
})
