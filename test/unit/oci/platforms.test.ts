import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Image } from '../../../steps/lib/oci/image.ts'
import { isPlatform } from '../../../steps/lib/oci/source/platform.ts'
import { archiveOf, dockerFiles, readSource } from './archive-fixtures.ts'
import { emptyLayout, errorOf, indexType, layerType, type TestDescriptor, type TestLayout } from './fixtures.ts'
import { tarOfFiles } from './tar-fixtures.ts'

type Entry = TestDescriptor & { platform?: object; more?: string }

async function read<T>(layout: TestLayout, platforms: readonly string[], look: (image: Image) => T): Promise<T> {
  const signal = new AbortController().signal
  return await readSource(layout.path, { platforms, compression: 'none', scratch: '', signal }, look)
}

/** An image of this platform, as an index lists it. */
async function entryOf(layout: TestLayout, name: string): Promise<Entry> {
  const [os, architecture, variant] = name.split('/')
  const manifest = await layout.manifest([await layout.blob(layerType, name)])
  return { ...manifest, platform: { os, architecture, variant }, more: 'kept' }
}

/** BuildKit's provenance of an image. */
async function attestationOf(layout: TestLayout, image: Entry): Promise<Entry> {
  const manifest = await layout.manifest([await layout.blob('application/vnd.in-toto+json', image.digest)])
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.digest,
  }
  return { ...manifest, platform: { os: 'unknown', architecture: 'unknown' }, annotations }
}

async function indexOf(layout: TestLayout, manifests: Entry[]): Promise<TestDescriptor> {
  const index = { schemaVersion: 2, mediaType: indexType, manifests, annotations: { of: 'the index' } }
  const root = await layout.blob(indexType, JSON.stringify(index))
  await layout.roots(root)
  return root
}

describe('of an index', () => {
  test('one platform is that image itself', async () => {
    await using layout = await emptyLayout()
    const amd64 = await entryOf(layout, 'linux/amd64')
    await indexOf(layout, [amd64, await attestationOf(layout, amd64), await entryOf(layout, 'linux/arm64/v8')])
    const image = await read(layout, ['linux/amd64'], (one) => one)
    expect(image.root.descriptor.digest).toBe(amd64.digest)
    expect([image.children.length, image.blobs.length]).toEqual([0, 2])
  })

  test('several are a new index of just these, in their order, with their attestations and all other fields', async () => {
    await using layout = await emptyLayout()
    const [amd64, arm64, s390x] = [
      await entryOf(layout, 'linux/amd64'),
      await entryOf(layout, 'linux/arm64'),
      await entryOf(layout, 'linux/s390x'),
    ]
    const proofs = [await attestationOf(layout, amd64), await attestationOf(layout, arm64)]
    const root = await indexOf(layout, [amd64, arm64, s390x, ...proofs])
    const picked = await read(layout, ['linux/s390x', 'linux/amd64'], (one) => one)
    const bytes = picked.root.bytes.toString()
    expect(JSON.parse(bytes)).toEqual({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: JSON.parse(JSON.stringify([amd64, s390x, proofs[0]])),
      annotations: { of: 'the index' },
    })
    expect(picked.root.descriptor.digest).not.toBe(root.digest)
    expect(picked.children.map(({ descriptor }) => descriptor.digest)).toEqual(
      [amd64, s390x, proofs[0]].map((entry) => entry?.digest),
    )
    expect(await read(layout, ['linux/amd64', 'linux/s390x'], (one) => one.root.bytes.toString())).toBe(bytes)
  })

  test('all of them are the index as it was built', async () => {
    await using layout = await emptyLayout()
    const root = await indexOf(layout, [await entryOf(layout, 'linux/amd64'), await entryOf(layout, 'linux/arm64')])
    for (const platforms of [[], ['linux/arm64', 'linux/amd64']])
      expect(await read(layout, platforms, (one) => one.root.descriptor.digest)).toBe(root.digest)
  })

  test('platforms that were left out need not be there', async () => {
    await using layout = await emptyLayout()
    const amd64 = await entryOf(layout, 'linux/amd64')
    const gone = { ...amd64, digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'linux', architecture: 'arm64' } }
    await indexOf(layout, [amd64, gone])
    expect((await errorOf(read(layout, [], () => 0))).code).toBe('LAYOUT_BLOB_MISSING')
    expect(await read(layout, ['linux/amd64'], (one) => one.root.descriptor.digest)).toBe(amd64.digest)
    expect((await errorOf(read(layout, ['linux/arm64'], () => 0))).code).toBe('LAYOUT_BLOB_MISSING')
  })

  test('one that is not there is refused, with those that are', async () => {
    await using layout = await emptyLayout()
    const amd64 = await entryOf(layout, 'linux/amd64')
    await indexOf(layout, [amd64, await entryOf(layout, 'linux/arm/v7'), await attestationOf(layout, amd64)])
    const error = await errorOf(read(layout, ['linux/amd64', 'linux/arm64', 'linux/arm/v6', 'amd64'], () => 0))
    expect(error.code).toBe('LAYOUT_PLATFORM_UNKNOWN')
    expect(error.values).toMatchObject({
      platforms: 'linux/arm64, linux/arm/v6, amd64',
      available: 'linux/amd64, linux/arm/v7',
    })
  })

  test('an entry that says no platform is asked for its config', async () => {
    await using layout = await emptyLayout()
    const { platform, ...silent } = await entryOf(layout, 'linux/amd64')
    expect(platform).toBeDefined()
    await indexOf(layout, [silent, await entryOf(layout, 'linux/arm64')])
    expect(await read(layout, ['linux/amd64'], (one) => one.root.descriptor.digest)).toBe(silent.digest)
  })
})

describe('of a single image', () => {
  test('the config must fit, also in a docker archive', async () => {
    await using layout = await emptyLayout()
    const manifest = await layout.manifest([])
    await layout.roots(manifest)
    expect(await read(layout, ['linux/amd64'], (one) => one.root.descriptor.digest)).toBe(manifest.digest)
    const error = await errorOf(read(layout, ['linux/arm64'], () => 0))
    expect([error.code, error.values['available']]).toEqual(['LAYOUT_PLATFORM_UNKNOWN', 'linux/amd64'])
    const config = { architecture: 'arm64', variant: 'v8' }
    await using archive = await archiveOf(tarOfFiles(dockerFiles({ layers: [], config })))
    expect(await archive.read({ platforms: ['linux/arm64'] }, ({ blobs }) => blobs.length)).toBe(1)
    const other = await errorOf(archive.read({ platforms: ['linux/amd64'] }, () => 0))
    expect([other.code, other.values['available']]).toEqual(['LAYOUT_PLATFORM_UNKNOWN', 'linux/arm64/v8'])
  })

  test('what is no container image has no platform', async () => {
    await using layout = await emptyLayout()
    const config = await layout.blob('application/vnd.cncf.helm.config.v1+json', '{"name":"chart"}')
    await layout.roots(await layout.manifest([], { config }))
    expect((await errorOf(read(layout, ['linux/amd64'], () => 0))).values['available']).toBe('(no platform)')
  })
})

test.each([
  ['linux/amd64', 'linux/amd64', true],
  ['linux/amd64', 'Linux/AMD64', true],
  ['linux/amd64', 'linux/x86_64', true],
  ['linux/arm64/v8', 'linux/arm64', true],
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/arm/v6', 'linux/arm', true],
  ['linux/arm', 'linux/arm/v7', true],
  ['linux/arm/v6', 'linux/arm/v7', false],
  ['linux/amd64', 'windows/amd64', false],
  ['linux/amd64', 'linux', false],
  ['linux/amd64', '', false],
  ['linux/amd64', 'linux/amd64/v1/x', false],
  ['linux/amd64', 'linux/constructor', false],
])('%s asked for as %s: %s', (there, asked, expected) => {
  const [os = '', architecture = '', variant = ''] = there.split('/')
  expect(isPlatform({ os, architecture, variant }, asked)).toBe(expected)
})

const names = ['linux/amd64', 'linux/arm64', 'linux/s390x', 'linux/arm/v6', 'windows/amd64'] as const

test('of any index keeps exactly what was asked for, in the order of the index', async () => {
  await using layout = await emptyLayout()
  const all = new Map(await Promise.all(names.map(async (name) => [name, await entryOf(layout, name)] as const)))
  const indexes = fc.shuffledSubarray([...names], { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(indexes, fc.shuffledSubarray([...names], { minLength: 1 }), async (there, asked) => {
      await indexOf(
        layout,
        there.flatMap((name) => all.get(name) ?? []),
      )
      const kept = there.filter((name) => asked.includes(name)).map((name) => all.get(name)?.digest)
      const found = await read(layout, asked, ({ root, children }) =>
        (children.length === 0 ? [root] : children).map(({ descriptor }) => descriptor.digest),
      ).catch((error: unknown) => error)
      const refused: unknown = expect.objectContaining({ code: 'LAYOUT_PLATFORM_UNKNOWN' })
      expect(found).toEqual(kept.length < asked.length ? refused : kept)
    }),
    { numRuns: 40 },
  )
})
