import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StepError } from '../../steps/lib/core/errors.ts'
import { loadImage, type Image } from '../../steps/lib/oci/image.ts'
import { openSource, type SourceOptions } from '../../steps/lib/oci/source/open-source.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { runProgram } from './cloud.ts'
import { skipWithout, toolPath, type Tool } from './tools.ts'

const layers = [{ 'etc/hello': 'hello\n' }, { big: Buffer.alloc(3_000_000, 'archive') }]
const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }))

let folder: string
let scratch: string
let single: string
let digest: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-archives-'))
  scratch = join(folder, 'scratch')
  await mkdir(scratch)
  single = join(folder, 'single')
  digest = await writeSampleLayout(single, { layers })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function run(tool: Tool, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(toolPath(tool), args, { PATH: '/usr/bin:/bin', HOME: folder })
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return stdout
}

const skopeo = async (...args: readonly string[]): Promise<string> => await run('skopeo', '--insecure-policy', ...args)

/** Reads an archive; what `look` makes of the image is given. */
async function read<T>(
  path: string,
  options: Partial<SourceOptions>,
  look: (image: Image) => Promise<T> | T,
): Promise<T> {
  const signal = AbortSignal.timeout(50_000)
  const source = await openSource(path, { platforms: [], compression: 'none', scratch, signal, ...options })
  try {
    return await look(await loadImage(source))
  } finally {
    await source.close()
  }
}

const digestIn = async (path: string, options: Partial<SourceOptions> = {}): Promise<string> =>
  await read(path, options, ({ root }) => root.descriptor.digest)

/** Writes what would be pushed as a layout, for readers that nobody here wrote. */
async function writeLayout(image: Image, to: string): Promise<void> {
  const put = async (name: string, bytes: Buffer) => await writeFile(join(to, name), bytes)
  await mkdir(join(to, 'blobs/sha256'), { recursive: true })
  for (const { descriptor, bytes } of [image.root, ...image.children])
    await put(`blobs/sha256/${descriptor.digest.slice(7)}`, bytes)
  for (const blob of image.blobs)
    await put(`blobs/sha256/${blob.digest.slice(7)}`, await buffer(image.source.openBlob(blob).open()))
  await put('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
  await put('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [image.root.descriptor] })))
}

describe('skopeo', () => {
  test('writes an OCI archive that is read with the digest it was built with', async (context) => {
    skipWithout(context, 'skopeo')
    const path = join(folder, 'skopeo-oci')
    await skopeo('copy', `oci:${single}`, `oci-archive:${path}:v1`)
    expect(await digestIn(path, { ref: 'v1' })).toBe(digest)
  })

  test('writes an index as OCI archive, of which one platform is taken', async (context) => {
    skipWithout(context, 'skopeo')
    const [layout, path] = [join(folder, 'multi'), join(folder, 'skopeo-multi')]
    const index = await writeSampleLayout(layout, { layers, platforms })
    await skopeo('copy', '--all', `oci:${layout}`, `oci-archive:${path}`)
    expect(await digestIn(path)).toBe(index)
    expect(await digestIn(path, { platforms: ['linux/amd64'] })).toBe(digest)
  })

  test.for(['none', 'gzip'] as const)(
    'writes a docker archive that is sent with layers as %s, and takes it back whole',
    async (compression, context) => {
      skipWithout(context, 'skopeo')
      const path = join(folder, `skopeo-docker-${compression}`)
      const [sent, back] = [join(folder, `sent-${compression}`), join(folder, `back-${compression}`)]
      await skopeo('copy', `oci:${single}`, `docker-archive:${path}:shop/web:v1`)
      await read(path, { compression, ref: 'shop/web:v1' }, async (image) => await writeLayout(image, sent))
      // Unpacks all layers and compares them with the config's diff_ids.
      await skopeo('copy', `oci:${sent}`, `docker-archive:${back}:shop/web:v1`)
      const config = async (image: string) => await skopeo('inspect', '--config', '--raw', image)
      expect(await config(`docker-archive:${back}`)).toBe(await config(`docker-archive:${path}`))
    },
  )

  test('writes a docker archive whose layers GNU tar finds whole when they are sent as zstd', async (context) => {
    skipWithout(context, 'skopeo', 'tar')
    const [path, sent] = [join(folder, 'skopeo-zstd'), join(folder, 'sent-zstd')]
    await skopeo('copy', `oci:${single}`, `docker-archive:${path}:shop/web:v1`)
    const blobs = await read(path, { compression: 'zstd' }, async (image) => {
      await writeLayout(image, sent)
      return image.blobs.slice(1)
    })
    // Docker's formats have no zstd: a folder takes the layers as they are, each checked by its digest.
    await skopeo('copy', `oci:${sent}`, `dir:${join(folder, 'zstd-dir')}`)
    const listed = await Promise.all(
      blobs.map(async ({ digest: one }) => await run('tar', '--zstd', '-tf', join(sent, 'blobs/sha256', one.slice(7)))),
    )
    expect(listed).toEqual(['etc/hello\n', 'big\n'])
  })
})

test('crane writes a docker archive whose gzip layers are kept, and finds what is sent whole', async (context) => {
  skipWithout(context, 'crane', 'tar')
  const [layer, path, sent] = ['layer.tar', 'crane-docker', 'crane-sent'].map((name) => join(folder, name))
  if (layer === undefined || path === undefined || sent === undefined) throw new Error('no paths')
  await run('tar', '-C', single, '-cf', layer, '.')
  await run('crane', 'append', '--oci-empty-base', '-f', layer, '-t', 'example.org/shop/web:v1', '-o', path)
  await run('crane', 'validate', '--tarball', path)
  const types = await read(path, { compression: 'zstd', ref: 'web:v1' }, async (image) => {
    await writeLayout(image, sent)
    return image.blobs.map(({ mediaType }) => mediaType.split('.').at(-1))
  })
  expect(types).toEqual(['v1+json', 'tar+gzip'])
  expect(await digestIn(sent)).toBe(await digestIn(path))
})

describe('GNU tar', () => {
  test.for([
    ['its own form', ['--format=gnu']],
    ['the form of POSIX', ['--format=posix']],
    ['ustar', ['--format=ustar']],
    ['the form of 1979', ['--format=v7']],
    ['gzip', ['--gzip']],
    ['zstd', ['--zstd']],
  ] as const)(
    'packs a layout in %s, which is read with the digest it was built with',
    async ([name, flags], context) => {
      skipWithout(context, 'tar')
      const path = join(folder, `tar ${name}`)
      await run('tar', ...flags, '-C', single, '-cf', path, '.')
      expect(await digestIn(path)).toBe(digest)
    },
  )

  test.for(['gnu', 'posix'])(
    'packs a sparse file in the form %s, which is refused by its name',
    async (format, context) => {
      skipWithout(context, 'tar')
      const layout = join(folder, `sparse-${format}`)
      await writeSampleLayout(layout, { layers })
      await using file = await open(join(layout, 'blobs/sha256/sparse'), 'w')
      await file.truncate(50_000_000)
      const path = join(folder, `sparse-${format}.tar`)
      await run('tar', '--sparse', `--format=${format}`, '-C', layout, '-cf', path, '.')
      const error: unknown = await digestIn(path).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(StepError)
      expect(error).toMatchObject({ code: 'LAYOUT_ARCHIVE_INVALID', message: expect.stringMatching(/sparse/i) })
    },
  )
})
