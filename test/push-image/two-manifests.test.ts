import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesOf } from '../unit/oci/archive-fixtures.ts'
import { emptyLayout, layerType, type TestDescriptor, type TestLayout } from '../unit/oci/fixtures.ts'
import { tarOfFiles } from '../unit/oci/tar-fixtures.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectPushed, pushArchive } from './source-workspace.ts'

// Archives with index.json and manifest.json, as Docker has written them since version 25. Both say which images there are.
let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

type Both = {
  readonly web: TestDescriptor
  readonly db: TestDescriptor
  readonly entries: Record<'web' | 'db', object>
}

/** Two images with an uncompressed layer each, and what manifest.json says of them. */
async function twoImages(layout: TestLayout): Promise<Both> {
  const imageOf = async (name: string) => {
    const layer = await layout.blob(layerType, name)
    const root = await layout.manifest([layer])
    await layout.roots(root)
    const paths = (await layout.load()).blobs.map(({ digest }) => `blobs/${digest.replace(':', '/')}`)
    const entry = { Config: paths[0], RepoTags: [`shop/${name}:1`], Layers: paths.slice(1) }
    return { entry, root: { ...root, annotations: { 'io.containerd.image.name': `docker.io/shop/${name}:1` } } }
  }
  const [web, db] = [await imageOf('web'), await imageOf('db')]
  return { web: web.root, db: db.root, entries: { web: web.entry, db: db.entry } }
}

async function archiveOf(layout: TestLayout, ...entries: readonly object[]): Promise<Buffer> {
  return tarOfFiles({ ...(await filesOf(layout)), 'manifest.json': JSON.stringify(entries) })
}

test.each(['none', 'gzip'])(
  'an index is pushed whole and as it was built, however few of its images manifest.json has (compression %s)',
  async (compression) => {
    await using layout = await emptyLayout()
    const { web, db, entries } = await twoImages(layout)
    const index = await layout.index([web, db])
    await layout.roots(index)
    for (const archive of [await archiveOf(layout, entries.web), await archiveOf(layout, entries.web, entries.db)]) {
      const result = await pushArchive(door, archive, { params: { compression } })
      expect(expectPushed(door, result, acrImage).digest).toBe(index.digest)
    }
  },
)

test('the image that index.json names is pushed, and never another one that only manifest.json has', async () => {
  await using layout = await emptyLayout()
  const { db, entries } = await twoImages(layout)
  await layout.roots(db)
  const held = expectPushed(door, await pushArchive(door, await archiveOf(layout, entries.web)), acrImage)
  expect(held.digest).toBe(db.digest)
})

test.each(['docker.io/shop/db:1', 'shop/db:1', 'db:1'])('source-ref %s chooses the image in both', async (ref) => {
  await using layout = await emptyLayout()
  const { web, db, entries } = await twoImages(layout)
  await layout.roots(web, db)
  const archive = await archiveOf(layout, entries.web, entries.db)
  const held = expectPushed(door, await pushArchive(door, archive, { params: { 'source-ref': ref } }), acrImage)
  expect(held.manifest.layers.map(({ mediaType }) => mediaType)).toEqual([`${layerType}+gzip`])
  expect(held.manifest.config.digest.replace(':', '/')).toBe(Object.values(entries.db)[0].replace('blobs/', ''))
})
