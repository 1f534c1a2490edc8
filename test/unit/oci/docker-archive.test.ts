import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Image } from '../../../steps/lib/oci/image.ts'
import { openSource } from '../../../steps/lib/oci/source/open-source.ts'
import { archiveOf, bytesOf, dockerFiles, filesOf, hexOf, type DockerArchiveParts } from './archive-fixtures.ts'
import { emptyLayout, errorOf, foreignType, layerType, manifestType, type TestLayout } from './fixtures.ts'
import { tarOf, tarOfFiles } from './tar-fixtures.ts'

const gzipType = `${layerType}+gzip`
const zstdType = `${layerType}+zstd`
const first = Buffer.concat([randomBytes(1000), Buffer.alloc(1_500_000, 'first')])
const second = Buffer.from('second')

type ManifestJson = { config: { digest: string }; layers: { mediaType: string; digest: string; size: number }[] }

function manifestOf({ root }: Image): ManifestJson {
  return JSON.parse(root.bytes.toString())
}

describe('a docker archive', () => {
  test('with uncompressed layers is sent as it is: the layers’ digests are the config’s', async () => {
    const files = dockerFiles({ layers: [first, second] })
    await using archive = await archiveOf(tarOfFiles(files))
    await archive.read({}, async (image) => {
      expect(image.source.kind).toBe('docker-archive')
      const { config, layers } = manifestOf(image)
      const [configName = ''] = Object.keys(files)
      expect(`${config.digest.slice(7)}.json`).toBe(configName)
      expect(layers).toEqual(
        [first, second].map((bytes) => ({
          mediaType: layerType,
          digest: `sha256:${hexOf(bytes)}`,
          size: bytes.length,
        })),
      )
      const sent = await Promise.all(image.blobs.map(async (blob) => await bytesOf(image, blob)))
      expect(sent.map(hexOf)).toEqual(image.blobs.map(({ digest }) => digest.slice(7)))
    })
  })

  test.each([
    ['gzip', gzipType, gunzipSync],
    ['zstd', zstdType, zstdDecompressSync],
  ] as const)(
    'has its uncompressed layers compressed with %s, the same bytes each time',
    async (compression, type, plain) => {
      await using archive = await archiveOf(tarOfFiles(dockerFiles({ layers: [first, second] })))
      const read = async () =>
        await archive.read({ compression }, async (image) => {
          const { layers } = manifestOf(image)
          expect(layers.map(({ mediaType }) => mediaType)).toEqual([type, type])
          const sent = await Promise.all(image.blobs.slice(1).map(async (blob) => await bytesOf(image, blob)))
          expect(sent.map(hexOf)).toEqual(layers.map(({ digest }) => digest.slice(7)))
          expect(sent.map((bytes) => hexOf(plain(bytes)))).toEqual([first, second].map(hexOf))
          return image.root.descriptor.digest
        })
      expect(await read()).toBe(await read())
      expect(await archive.leftOver()).toEqual([])
    },
  )

  test.each([
    ['gzip', gzipType, gzipSync],
    ['zstd', zstdType, zstdCompressSync],
  ] as const)('keeps layers that are stored with %s byte for byte, whatever was asked for', async (_, type, pack) => {
    const layers = [pack(first), pack(second)]
    await using archive = await archiveOf(tarOfFiles(dockerFiles({ layers, plain: [first, second] })))
    await archive.read({ compression: 'gzip', scratch: '' }, (image) => {
      const expected = layers.map((bytes) => ({
        mediaType: type,
        digest: `sha256:${hexOf(bytes)}`,
        size: bytes.length,
      }))
      expect(manifestOf(image).layers).toEqual(expected)
    })
  })

  test('keeps a layer of zeros that is stored a thousand times smaller', async () => {
    // More than an archive as a whole may unpack to at such a ratio.
    const part = Buffer.alloc(10 * 1024 * 1024)
    const [zeros, layer] = [part, gzipSync(part)].map((one) => Buffer.concat(Array.from({ length: 27 }, () => one)))
    if (zeros === undefined || layer === undefined) throw new Error('no layer')
    await using archive = await archiveOf(tarOfFiles(dockerFiles({ layers: [layer], plain: [zeros] })))
    expect(await archive.read({}, ({ blobs }) => blobs.length)).toBe(2)
  })

  test('that is compressed as a whole, with layers to be compressed, is read and leaves no file behind', async () => {
    await using archive = await archiveOf(gzipSync(tarOfFiles(dockerFiles({ layers: [first] }))))
    await archive.read({ compression: 'gzip' }, async (image) => {
      const [, layer] = image.blobs
      if (layer === undefined) throw new Error('no layer')
      expect(gunzipSync(await bytesOf(image, layer)).equals(first)).toBe(true)
    })
    expect(await archive.leftOver()).toEqual([])
  })

  test('with one layer three times, also by a link, sends it once', async () => {
    const files = dockerFiles({ layers: [first, first] })
    const [name = ''] = Object.keys(files).filter((one) => one.endsWith('layer.tar'))
    const entry = { Layers: [name, 'linked/layer.tar', name] }
    const all = dockerFiles({ layers: [first], plain: [first, first, first], entry })
    const parts = Object.entries(all).map(([file, content]) => ({ name: file, content }))
    await using archive = await archiveOf(tarOf(...parts, { name: 'linked/layer.tar', type: '2', link: `../${name}` }))
    await archive.read({ compression: 'gzip' }, (image) => {
      const digests = manifestOf(image).layers.map(({ digest }) => digest)
      expect([digests.length, new Set(digests).size, image.blobs.length]).toEqual([3, 1, 2])
    })
  })

  test('checks also the second file of the same digest', async () => {
    const all = dockerFiles({ layers: [first, second], plain: [first, first] })
    await using archive = await archiveOf(tarOfFiles(all))
    expect((await errorOf(archive.read({}, () => 0))).code).toBe('LAYOUT_LAYER_MISMATCH')
  })

  test.each([
    ['null', null],
    ['an empty list', []],
  ])('without layers, said by %s, is an image of its config', async (_, layers) => {
    const entry = { Layers: layers }
    const config = { rootfs: { type: 'layers', diff_ids: layers } }
    await using archive = await archiveOf(tarOfFiles(dockerFiles({ layers: [], entry, config })))
    expect(await archive.read({}, (image) => [manifestOf(image).layers, image.blobs.length])).toEqual([[], 1])
  })

  test('with an empty layer sends it', async () => {
    await using archive = await archiveOf(tarOfFiles(dockerFiles({ layers: [Buffer.alloc(0)] })))
    await archive.read({ compression: 'gzip' }, async (image) => {
      const [, layer] = image.blobs
      if (layer === undefined) throw new Error('no layer')
      expect(gunzipSync(await bytesOf(image, layer))).toHaveLength(0)
    })
  })

  test('with layers to be compressed needs a folder for it', async () => {
    await using archive = await archiveOf(tarOfFiles(dockerFiles({ layers: [first] })))
    const error = await errorOf(openSource(archive.path, { ...archive.options, compression: 'zstd', scratch: '' }))
    expect(error.code).toBe('LAYOUT_SCRATCH_MISSING')
    expect(error.message).toContain('are to be compressed')
  })
})

describe('several images in a docker archive', () => {
  const images: DockerArchiveParts[] = [
    { layers: [first], tags: ['example.org/shop/web:v1', 'example.org/shop/web:latest'] },
    { layers: [second], tags: ['example.org/shop/db:v1'] },
  ]
  const files = dockerFiles(...images)
  const configs = Object.keys(files).filter((name) => name.endsWith('.json') && name !== 'manifest.json')
  const ids = configs.map((name) => `sha256:${name.slice(0, 64)}`)

  test.each([
    ['its whole tag', 'example.org/shop/web:latest', first],
    ['the end of its tag', 'db:v1', second],
    ['its image ID', ids[1] ?? '', second],
  ])('one is chosen by %s', async (_, ref, layer) => {
    await using archive = await archiveOf(tarOfFiles(files))
    const layers = await archive.read({ ref }, (image) => manifestOf(image).layers)
    expect(layers.map(({ digest }) => digest)).toEqual([`sha256:${hexOf(layer)}`])
  })

  test('are listed when nothing, or nothing that is there, says which', async () => {
    await using archive = await archiveOf(tarOfFiles(files))
    const several = await errorOf(archive.read({}, () => 0))
    const list = `example.org/shop/web:v1 example.org/shop/web:latest ${ids[0]}, example.org/shop/db:v1 ${ids[1]}`
    expect([several.code, several.values['images']]).toEqual(['LAYOUT_AMBIGUOUS', list])
    const none = await errorOf(archive.read({ ref: 'web:v2' }, () => 0))
    expect([none.code, none.values['images']]).toEqual(['LAYOUT_REF_UNKNOWN', list])
  })
})

test.each<[string, DockerArchiveParts, string, string]>([
  [
    'a layer of another digest',
    { layers: [first], plain: [second] },
    'LAYOUT_LAYER_MISMATCH',
    'uncompressed bytes have',
  ],
  ['a stored layer of another digest', stored(gzipSync(first)), 'LAYOUT_LAYER_MISMATCH', 'uncompressed bytes have'],
  ['a stored layer that is cut off', stored(gzipSync(second).subarray(0, -9)), 'LAYOUT_LAYER_MISMATCH', 'cut off'],
  ['more layers than digests', { layers: [first, second], plain: [first] }, 'LAYOUT_LAYER_MISMATCH', 'names 1 layers'],
  ['fewer layers than digests', { layers: [first], plain: [first, second] }, 'LAYOUT_LAYER_MISMATCH', 'names 2 layers'],
  ['a layer that is not there', { layers: [first], entry: { Layers: ['gone.tar'] } }, 'LAYOUT_BLOB_MISSING', ''],
  ['a layer whose name climbs', { layers: [first], entry: { Layers: ['../x'] } }, 'LAYOUT_LINK_OUTSIDE', 'leads out'],
  ['a config whose name is absolute', { layers: [], entry: { Config: '/etc/passwd' } }, 'LAYOUT_LINK_OUTSIDE', ''],
  ['a config that is not there', { layers: [], entry: { Config: 'gone' } }, 'LAYOUT_INVALID', 'lacks the config gone'],
  ['no config', { layers: [], entry: { Config: null } }, 'LAYOUT_INVALID', '[0].Config is missing'],
  ['a layer that is no name', { layers: [], entry: { Layers: [1] } }, 'LAYOUT_INVALID', '[0].Layers[0] is 1'],
  [
    'a digest of sha512',
    { layers: [], config: rootfs(`sha512:${'0'.repeat(128)}`) },
    'LAYOUT_INVALID',
    'expected sha256',
  ],
  ['a config without rootfs', { layers: [], config: { rootfs: null } }, 'LAYOUT_INVALID', 'rootfs is missing'],
  [
    'foreign layers',
    { layers: [], entry: { LayerSources: { a: { mediaType: foreignType } } } },
    'LAYOUT_INVALID',
    'by an OCI archive',
  ],
])('refuses a docker archive with %s before anything could be sent', async (_, parts, code, reason) => {
  await using archive = await archiveOf(tarOfFiles(dockerFiles(parts)))
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const error = await errorOf(openSource(archive.path, { ...archive.options, compression }))
    expect(error.code).toBe(code)
    expect(error.values['reason'] ?? '').toContain(reason)
  }
  expect(await archive.leftOver()).toEqual([])
})

test.each([
  ['no list', '{}', 'expected an array'],
  ['an empty list', '[]', 'expected 1 to 1000 images'],
  ['no JSON', 'x', 'expected JSON'],
  ['1001 images', JSON.stringify(Array.from({ length: 1001 }, () => ({}))), 'expected 1 to 1000 images'],
])('refuses a manifest.json that is %s', async (_, text, reason) => {
  await using archive = await archiveOf(tarOfFiles({ 'manifest.json': text }))
  const error = await errorOf(openSource(archive.path, archive.options))
  expect(error.code).toBe('LAYOUT_INVALID')
  expect(error.values['reason']).toContain(reason)
})

test('refuses configs of more than 64 MiB in all, though each is small enough', async () => {
  const entries = JSON.stringify(Array.from({ length: 17 }, () => ({ Config: 'config' })))
  await using archive = await archiveOf(
    tarOfFiles({ 'manifest.json': entries, config: Buffer.alloc(4 * 1024 ** 2, ' ') }),
  )
  const error = await errorOf(openSource(archive.path, archive.options))
  expect(error.values['reason']).toContain('take more than 67108864 bytes')
})

test.each([
  ['repositories', { repositories: '{}' }],
  ['only layers of version 1.0', { [`${'a'.repeat(64)}/VERSION`]: '1.0' }],
])('refuses the form before Docker 1.10 that has %s, by its name', async (_, files) => {
  await using archive = await archiveOf(tarOfFiles(files))
  expect((await errorOf(openSource(archive.path, archive.options))).code).toBe('LAYOUT_ARCHIVE_LEGACY')
})

describe('an archive with both kinds of manifest, as Docker 25 saves it', () => {
  test('whose layers are compressed is read as OCI archive, with the digest as built', async () => {
    await using layout = await emptyLayout()
    const root = await bothKinds(layout, gzipSync(first), gzipType)
    await using archive = await archiveOf(tarOfFiles(await withDockerManifest(layout)))
    const read = await archive.read({ ref: 'shop/web:v1' }, (image) => [
      image.source.kind,
      image.root.descriptor.digest,
    ])
    expect(read).toEqual(['oci-archive', root])
  })

  // Docker has called uncompressed layers gzip ones: what counts is the bytes.
  test.each([layerType, gzipType])('whose layers are uncompressed, called %s, has them compressed', async (type) => {
    await using layout = await emptyLayout()
    await bothKinds(layout, first, type)
    await using archive = await archiveOf(tarOfFiles(await withDockerManifest(layout)))
    await archive.read({ compression: 'gzip' }, async (image) => {
      expect(image.source.kind).toBe('docker-archive')
      const [config, layer] = image.blobs
      if (config === undefined || layer === undefined) throw new Error('no layer')
      expect(layer.mediaType).toBe(gzipType)
      expect(gunzipSync(await bytesOf(image, layer)).equals(first)).toBe(true)
      expect(hexOf(await bytesOf(image, config))).toBe(config.digest.slice(7))
    })
  })
})

/** One image in a layout, under Docker's full name; gives its digest. */
async function bothKinds(layout: TestLayout, bytes: Buffer, mediaType: string): Promise<string> {
  const layer = await layout.blob(mediaType, bytes)
  const content = {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [`sha256:${hexOf(first)}`] },
  }
  const config = await layout.blob('application/vnd.oci.image.config.v1+json', JSON.stringify(content))
  const root = await layout.manifest([layer], { config })
  await layout.roots({ ...root, annotations: { 'io.containerd.image.name': 'docker.io/shop/web:v1' } })
  return root.digest
}

async function withDockerManifest(layout: TestLayout): Promise<Record<string, Buffer>> {
  const files = await filesOf(layout)
  const { blobs } = await layout.load()
  const [config, ...layers] = blobs.map(({ digest }) => `blobs/sha256/${digest.slice(7)}`)
  const entry = {
    Config: config,
    RepoTags: ['shop/web:v1'],
    Layers: layers,
    LayerSources: { [`sha256:${hexOf(first)}`]: { mediaType: layerType } },
  }
  return { ...files, 'manifest.json': Buffer.from(JSON.stringify([entry])) }
}

function stored(layer: Buffer): DockerArchiveParts {
  return { layers: [layer], plain: [second] }
}

function rootfs(diffId: string): object {
  return { rootfs: { type: 'layers', diff_ids: [diffId] } }
}

test('the manifest that is made says only what it must, in a fixed order', async () => {
  const files = dockerFiles({ layers: [second] })
  await using archive = await archiveOf(tarOfFiles(files))
  const [configName = ''] = Object.keys(files)
  await archive.read({}, ({ root }) => {
    const config = `{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:${configName.slice(0, 64)}","size":${files[configName]?.length}}`
    const layer = `{"mediaType":"${layerType}","digest":"sha256:${hexOf(second)}","size":6}`
    expect(root.bytes.toString()).toBe(
      `{"schemaVersion":2,"mediaType":"${manifestType}","config":${config},"layers":[${layer}]}`,
    )
  })
})
