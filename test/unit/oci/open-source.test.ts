import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openSource } from '../../../steps/lib/oci/source/open-source.ts'
import { archiveOf, bytesOf, dockerFiles, filesOf, readSource, tarOfLayout } from './archive-fixtures.ts'
import { emptyLayout, errorOf, layerType, simpleLayout } from './fixtures.ts'
import { paxHeader, tarOf, tarOfFiles } from './tar-fixtures.ts'

const forms: readonly (readonly [string, (tar: Buffer) => Buffer])[] = [
  ['plain', (tar) => tar],
  ['gzip', (tar) => gzipSync(tar)],
  ['gzip of two members', (tar) => Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])],
  ['zstd', (tar) => zstdCompressSync(tar)],
  [
    'zstd of two frames',
    (tar) => Buffer.concat([tar.subarray(0, 9), tar.subarray(9)].map((one) => zstdCompressSync(one))),
  ],
  // As pzstd writes it: RFC 8878 §3.1.2.
  [
    'zstd after a frame to skip',
    (tar) => Buffer.concat([Buffer.from('502a4d180100000000', 'hex'), zstdCompressSync(tar)]),
  ],
]

describe('an OCI archive', () => {
  test.each(forms)('is read byte for byte when it is %s, and leaves no file behind', async (_, form) => {
    await using layout = await simpleLayout(randomBytes(400_000), 'second', '')
    await using archive = await archiveOf(form(await tarOfLayout(layout)))
    const built = await layout.load()
    await archive.read({}, async (image) => {
      expect(image.source.kind).toBe('oci-archive')
      expect(image.root).toEqual(built.root)
      expect(image.blobs).toEqual(built.blobs)
      for (const blob of image.blobs) {
        const bytes = await bytesOf(image, blob)
        expect(bytes.equals(await bytesOf(built, blob))).toBe(true)
      }
    })
    expect(await archive.leftOver()).toEqual([])
  })

  test('made by tar -C layout . is read: names with ./ and folders', async () => {
    await using layout = await simpleLayout('layer')
    const files = Object.entries(await filesOf(layout))
    const parts = files.map(([name, content]) => ({ name: `./${name}`, content }))
    await using archive = await archiveOf(tarOf({ name: './', type: '5' }, { name: './blobs/', type: '5' }, ...parts))
    expect(await archive.read({}, ({ blobs }) => blobs.length)).toBe(2)
  })

  test('is named as incomplete when a blob is missing, and as wrong when one has another size', async () => {
    await using layout = await simpleLayout('layer')
    const files = await filesOf(layout)
    const { blobs } = await layout.load()
    const name = `blobs/sha256/${blobs[1]?.digest.slice(7)}`
    const { [name]: layer, ...rest } = files
    expect(layer?.toString()).toBe('layer')
    await using without = await archiveOf(tarOfFiles(rest))
    expect((await errorOf(without.read({}, () => 0))).code).toBe('LAYOUT_BLOB_MISSING')
    await using longer = await archiveOf(tarOfFiles({ ...rest, [name]: 'layer!' }))
    expect((await errorOf(longer.read({}, () => 0))).code).toBe('LAYOUT_BLOB_CHANGED')
  })

  test('is refused when a manifest has other bytes than its digest says', async () => {
    await using layout = await simpleLayout('layer')
    const { root } = await layout.load()
    const name = `blobs/sha256/${root.descriptor.digest.slice(7)}`
    const bytes = Buffer.from(root.bytes.toString().replace('layer', 'lawyr').slice(0, root.bytes.length))
    await using archive = await archiveOf(tarOfFiles({ ...(await filesOf(layout)), [name]: bytes }))
    expect((await errorOf(archive.read({}, () => 0))).code).toBe('LAYOUT_BLOB_CHANGED')
  })

  test.each([
    ['written to', async (path: string) => appendFile(path, 'more')],
    ['touched', async (path: string) => utimes(path, 1, 1)],
  ])('fails before the last byte of a blob when it is %s while it is read', async (_, change) => {
    await using layout = await simpleLayout(randomBytes(600_000))
    await using archive = await archiveOf(await tarOfLayout(layout))
    const reading = archive.read({}, async (image) => {
      const layer = image.blobs.find(({ size }) => size === 600_000)
      if (layer === undefined) throw new Error('no layer')
      await change(archive.path)
      return await bytesOf(image, layer)
    })
    expect((await errorOf(reading)).code).toBe('LAYOUT_BLOB_CHANGED')
  })

  test('inside of a folder of the archive is not looked for, but the message says where it is', async () => {
    await using layout = await simpleLayout('layer')
    const inner = Object.entries(await filesOf(layout)).map(([name, content]) => [`out/${name}`, content] as const)
    await using archive = await archiveOf(tarOfFiles(Object.fromEntries(inner)))
    const error = await errorOf(openSource(archive.path, archive.options))
    expect(error.code).toBe('LAYOUT_NOT_FOUND')
    expect(error.values['reason']).toContain('in a folder out')
  })
})

describe('a compressed archive', () => {
  const tar = tarOfFiles(dockerFiles({ layers: [randomBytes(3000)] }))
  const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 9)
  const garbage = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('garbage')])

  test.each([
    ['cut-off gzip', cut(gzipSync(tar)), 'damaged, cut off'],
    ['cut-off zstd', cut(zstdCompressSync(tar)), 'damaged, cut off'],
    ['gzip with garbage after it', garbage(gzipSync(tar)), 'followed by other bytes'],
    ['zstd with garbage after it', garbage(zstdCompressSync(tar)), 'followed by other bytes'],
    ['gzip with zeros after it', Buffer.concat([gzipSync(tar), Buffer.alloc(600_000)]), 'followed by other bytes'],
    ['gzip with a wrong checksum', damaged(gzipSync(tar), -6), 'damaged'],
    ['only the first bytes of gzip', Buffer.from('1f8b', 'hex'), 'damaged, cut off'],
    ['gzip of no tar', gzipSync('hello'), 'no tar archive'],
    ['gzip of gzip', gzipSync(gzipSync(tar)), 'no tar archive'],
  ])('is refused when it is %s, and leaves no file behind', async (_, bytes, reason) => {
    await using archive = await archiveOf(bytes)
    const error = await errorOf(openSource(archive.path, archive.options))
    expect(error.code).toBe('LAYOUT_ARCHIVE_INVALID')
    expect(error.values['reason']).toContain(reason)
    expect(await archive.leftOver()).toEqual([])
  })

  test.each([
    ['gzip', (zeros: Buffer) => gzipSync(zeros)],
    ['zstd', (zeros: Buffer) => zstdCompressSync(zeros)],
  ])('of %s that unpacks to 300 MiB of zeros is refused as a bomb', async (_, compress) => {
    const part = compress(Buffer.alloc(30 * 1024 * 1024))
    await using archive = await archiveOf(Buffer.concat(Array.from({ length: 10 }, () => part)))
    const error = await errorOf(openSource(archive.path, archive.options))
    expect(error.values['reason']).toContain('more than 200 times its size')
    expect(await archive.leftOver()).toEqual([])
  })

  test('is refused without a folder for temporary files, with what to do', async () => {
    await using archive = await archiveOf(gzipSync(tar))
    const error = await errorOf(openSource(archive.path, { ...archive.options, scratch: '' }))
    expect(error.code).toBe('LAYOUT_SCRATCH_MISSING')
    expect(error.message).toContain('is compressed and must be unpacked')
  })

  test('is refused by name of the fault when that folder cannot be written', async () => {
    await using archive = await archiveOf(gzipSync(tar))
    const error = await errorOf(openSource(archive.path, { ...archive.options, scratch: archive.path }))
    expect(error.code).toBe('LAYOUT_SCRATCH_FAILED')
    expect(error.values['reason']).toBe('ENOTDIR')
  })

  test('is given up when the step is cancelled, and leaves no file behind', async () => {
    await using archive = await archiveOf(gzipSync(tar))
    const options = { ...archive.options, signal: AbortSignal.abort('enough') }
    await expect(openSource(archive.path, options)).rejects.toBe('enough')
    expect(await archive.leftOver()).toEqual([])
  })
})

describe('the path', () => {
  test.each([
    ['nothing is there', async (folder: string) => join(folder, 'absent'), 'LAYOUT_NOT_FOUND'],
    ['it is empty', async () => '', 'LAYOUT_NOT_FOUND'],
    ['a pipe is there, which is never waited for', makePipe, 'LAYOUT_LINK_OUTSIDE'],
    ['a device is there', async () => '/dev/zero', 'LAYOUT_LINK_OUTSIDE'],
    ['a link to a file of another folder is there', makeLink, 'LAYOUT_LINK_OUTSIDE'],
    ['an empty folder is there', makeFolder, 'LAYOUT_NOT_FOUND'],
    ['a file that is no archive is there', makeText, 'LAYOUT_ARCHIVE_INVALID'],
  ])('is refused when %s', async (_, make, code) => {
    await using archive = await archiveOf(tarOfFiles({}))
    const path = await make(dirname(archive.path))
    expect((await errorOf(openSource(path, archive.options))).code).toBe(code)
  })

  test('of a folder is read as layout, with the image that ref names', async () => {
    await using layout = await emptyLayout()
    const one = await layout.manifest([await layout.blob(layerType, 'one')])
    const two = await layout.manifest([await layout.blob(layerType, 'two')])
    const name = (ref: string) => ({ 'org.opencontainers.image.ref.name': ref })
    await layout.roots({ ...one, annotations: name('v1') }, { ...two, annotations: name('v2') })
    await using archive = await archiveOf(await tarOfLayout(layout))
    for (const [path, kind] of [
      [layout.path, 'layout'],
      [archive.path, 'oci-archive'],
    ] as const) {
      const choose = async (ref: string) =>
        await readSource(path, { ...archive.options, ref }, ({ root, source }) => [source.kind, root.descriptor.digest])
      expect(await choose('v2')).toEqual([kind, two.digest])
      expect(await choose(one.digest)).toEqual([kind, one.digest])
      expect((await errorOf(choose(''))).code).toBe('LAYOUT_AMBIGUOUS')
      const unknown = await errorOf(choose('v3'))
      expect(unknown.code).toBe('LAYOUT_REF_UNKNOWN')
      expect(unknown.values['images']).toBe(`v1 ${one.digest}, v2 ${two.digest}`)
    }
  })

  test('with containerd’s full names is chosen by the end of one, and refused when that fits two', async () => {
    await using layout = await emptyLayout()
    const entry = async (image: string) => ({
      ...(await layout.manifest([await layout.blob(layerType, image)])),
      annotations: { 'io.containerd.image.name': image },
    })
    const web = await entry('docker.io/shop/web:v1')
    await layout.roots(web, await entry('docker.io/other/web:v1'))
    await using archive = await archiveOf(await tarOfLayout(layout))
    expect(await archive.read({ ref: 'shop/web:v1' }, ({ root }) => root.descriptor.digest)).toBe(web.digest)
    expect((await errorOf(archive.read({ ref: 'web:v1' }, () => 0))).code).toBe('LAYOUT_AMBIGUOUS')
    expect((await errorOf(archive.read({ ref: 'eb:v1' }, () => 0))).code).toBe('LAYOUT_REF_UNKNOWN')
  })
})

test('an archive whose entry climbs out is refused before anything is read from it', async () => {
  await using archive = await archiveOf(tarOf(paxHeader({ path: '../../etc/passwd' }), { name: 'x', content: 'y' }))
  expect((await errorOf(openSource(archive.path, archive.options))).code).toBe('LAYOUT_LINK_OUTSIDE')
})

test('a folder is read without loading the package for archives', async () => {
  await using layout = await simpleLayout('layer')
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
    const { openSource } = await import(${JSON.stringify(new URL('../../../steps/lib/oci/source/open-source.ts', import.meta.url).href)})
    const source = await openSource(${JSON.stringify(layout.path)}, { platforms: [], compression: 'none', scratch: '', signal: new AbortController().signal })
    await source.root()
    console.log(JSON.stringify([source.kind, loaded.some((url) => url.endsWith('/layout.ts')), loaded.filter((url) => /node_modules|archive/.test(url))]))
  `
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual(['layout', true, []])
})

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length + at] = (copy.at(at) ?? 0) ^ 1
  return copy
}

async function makePipe(folder: string): Promise<string> {
  const path = join(folder, 'pipe')
  expect(spawnSync('mkfifo', [path]).status).toBe(0)
  return path
}

async function makeLink(folder: string): Promise<string> {
  await mkdir(join(folder, 'inner'))
  await symlink('../image.bin', join(folder, 'inner/link'))
  return join(folder, 'inner/link')
}

async function makeFolder(folder: string): Promise<string> {
  await mkdir(join(folder, 'empty'))
  return join(folder, 'empty')
}

async function makeText(folder: string): Promise<string> {
  await writeFile(join(folder, 'text'), 'hello')
  return join(folder, 'text')
}
