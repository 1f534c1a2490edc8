import { randomBytes } from 'node:crypto'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOf, tarOfLayout } from '../unit/oci/archive-fixtures.ts'
import { layerType, simpleLayout } from '../unit/oci/fixtures.ts'
import { tarOfFiles } from '../unit/oci/tar-fixtures.ts'
import { dockerMixed, dockerSaved, kanikoWritten, type DockerSource } from './docker-sources.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { digestOf, expectPushed, pushArchive, workspaceWith } from './source-workspace.ts'
import { only, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const registries = [
  ['ACR', acrImage],
  ['ECR', ecrImage],
] as const
const forms = [
  ['plain', (tar: Buffer) => tar],
  ['gzip', (tar: Buffer) => gzipSync(tar)],
  ['zstd', (tar: Buffer) => zstdCompressSync(tar)],
] as const
const everyForm = registries.flatMap(([registry, image]) =>
  forms.map(([form, pack]) => [form, registry, image, pack] as const),
)

/** Layers that no run has pushed before. */
function freshLayers(): Buffer[] {
  return [Buffer.concat([randomBytes(100_000), Buffer.alloc(200_000, 'layer')]), randomBytes(700), Buffer.alloc(0)]
}

describe('an image layout', () => {
  test.each(registries)('in a folder below the workspace is pushed to %s as it was built', async (_, image) => {
    const layers = freshLayers()
    await using layout = await simpleLayout(...layers)
    await using workspace = await workspaceWith()
    await cp(layout.path, join(workspace.folder, 'out/image'), { recursive: true })
    const result = await door.push(image, { source: workspace.folder, params: { path: 'out/image' } })
    const held = expectPushed(door, result, image)
    const { root } = await layout.load()
    expect([held.digest, held.bytes]).toEqual([root.descriptor.digest, root.bytes])
    expect(await Promise.all(held.manifest.layers.map(held.blob))).toEqual(layers)
  })

  test.each(everyForm)('in a %s archive is pushed to %s as it was built', async (_form, _registry, image, pack) => {
    const layers = freshLayers()
    await using layout = await simpleLayout(...layers)
    const result = await pushArchive(door, pack(await tarOfLayout(layout)), { image })
    const held = expectPushed(door, result, image)
    const { root } = await layout.load()
    expect([held.digest, held.bytes]).toEqual([root.descriptor.digest, root.bytes])
    expect(await Promise.all(held.manifest.layers.map(held.blob))).toEqual(layers)
  })
})

const dockerKinds: readonly (readonly [string, (plain: Buffer[]) => DockerSource | Promise<DockerSource>])[] = [
  ['docker save', dockerSaved],
  ['kaniko', kanikoWritten],
  ['Docker 25', dockerMixed],
]

describe.each(dockerKinds)('an archive as %s writes it', (_, write) => {
  test.each(everyForm)(
    'and that is %s is pushed to %s with its config, its layers gzip',
    async (_form, _registry, image, pack) => {
      const source = await write(freshLayers())
      const held = expectPushed(door, await pushArchive(door, pack(tarOfFiles(source.files)), { image }), image)
      expect(await held.blob(held.manifest.config)).toEqual(source.config)
      expect(held.manifest.layers.map(({ mediaType }) => mediaType)).toEqual(
        source.plain.map(() => `${layerType}+gzip`),
      )
      const sent = await Promise.all(held.manifest.layers.map(held.blob))
      expect(sent.map((bytes) => gunzipSync(bytes))).toEqual(source.plain)
    },
  )
})

test.each([
  ['none', layerType, (bytes: Buffer) => bytes],
  ['gzip', `${layerType}+gzip`, gunzipSync],
  ['zstd', `${layerType}+zstd`, zstdDecompressSync],
] as const)('compression %s sends the layers of a docker archive as %s', async (compression, type, plainOf) => {
  const source = dockerSaved(freshLayers())
  const result = await pushArchive(door, tarOfFiles(source.files), { params: { compression } })
  const held = expectPushed(door, result, acrImage)
  expect(held.manifest.layers.map(({ mediaType }) => mediaType)).toEqual([type, type, type])
  const sent = await Promise.all(held.manifest.layers.map(held.blob))
  expect(sent.map((bytes) => plainOf(bytes))).toEqual(source.plain)
})

test('compression leaves layers as they are that came compressed, also in a layout', async () => {
  const source = kanikoWritten(freshLayers())
  const result = await pushArchive(door, tarOfFiles(source.files), { params: { compression: 'zstd' } })
  const held = expectPushed(door, result, acrImage)
  expect(held.manifest.layers.map(({ digest }) => digest)).toEqual(source.plain.map((one) => digestOf(gzipSync(one))))
  await using layout = await simpleLayout('uncompressed')
  const whole = await pushArchive(door, tarOfFiles(await filesOf(layout)), { params: { compression: 'zstd' } })
  expect(expectPushed(door, whole, acrImage).digest).toBe((await layout.load()).root.descriptor.digest)
})

test.each(dockerKinds)('the same archive of %s gives the same digest again, and sends nothing', async (_, write) => {
  const archive = gzipSync(tarOfFiles((await write(freshLayers())).files))
  const once = expectPushed(door, await pushArchive(door, archive), acrImage)
  door.requests()
  const again = await pushArchive(door, archive)
  expect(expectPushed(door, again, acrImage).digest).toBe(once.digest)
  expect(only(door.requests(), /^acr (PUT|POST|PATCH) \/v2\//)).toEqual([])
  expect(toldProse(again.step.stderr, 'done')).toContain('the registry had it already')
})
