import { randomBytes } from 'node:crypto'
import { utimesSync } from 'node:fs'
import { readdir, readlink } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openSource } from '../../../steps/lib/oci/source/open-source.ts'
import { archiveOf, bytesOf, dockerFiles, tarOfLayout, type TestArchive } from './archive-fixtures.ts'
import { errorOf, simpleLayout } from './fixtures.ts'
import { tarOfFiles } from './tar-fixtures.ts'

/** A signal that calls back each time somebody looks whether it was aborted. */
function watchedSignal(look: (time: number) => void): AbortSignal {
  let time = 0
  const throwIfAborted = () => {
    look(time)
    time += 1
  }
  return Object.assign(new AbortController().signal, { throwIfAborted })
}

/** What this process holds open of the archive's folder and of the one for temporary files. */
async function openFilesOf({ path, options }: TestArchive): Promise<string[]> {
  const handles = await readdir('/proc/self/fd')
  const paths = await Promise.all(handles.map(async (one) => await readlink(`/proc/self/fd/${one}`).catch(() => '')))
  return paths.filter((one) => one.startsWith(path) || one.startsWith(options.scratch))
}

const docker = tarOfFiles(dockerFiles({ layers: [randomBytes(2_500_000), Buffer.from('second')] }))

test('a cancel at any moment ends the reading with its reason, and leaves no file and nothing open', async () => {
  await using archive = await archiveOf(gzipSync(docker))
  let looks = 0
  const counting = watchedSignal(() => {
    looks += 1
  })
  const source = await openSource(archive.path, { ...archive.options, compression: 'gzip', signal: counting })
  expect((await openFilesOf(archive)).length).toBeGreaterThan(0)
  await source.close()
  expect(await openFilesOf(archive)).toEqual([])
  expect(looks).toBeGreaterThan(10)
  for (let at = 0; at < looks; at += 1) {
    const signal = watchedSignal((time) => {
      // oxlint-disable-next-line typescript/only-throw-error -- a reason can be anything
      if (time === at) throw `cancelled at look ${at}`
    })
    const opening = openSource(archive.path, { ...archive.options, compression: 'gzip', signal })
    await expect(opening).rejects.toBe(`cancelled at look ${at}`)
    expect([await archive.leftOver(), await openFilesOf(archive)]).toEqual([[], []])
  }
})

test.each([
  ['plain', docker],
  ['compressed', gzipSync(docker)],
])('an archive that is written to while it is opened is refused: %s', async (_, bytes) => {
  await using archive = await archiveOf(bytes)
  const signal = watchedSignal((time) => {
    if (time === 2) utimesSync(archive.path, 1, 1)
  })
  const error = await errorOf(openSource(archive.path, { ...archive.options, signal }))
  expect(error.code).toBe('LAYOUT_ARCHIVE_INVALID')
  expect(error.values['reason']).toContain('written to while it was read')
  expect(await openFilesOf(archive)).toEqual([])
})

test('what an archive was unpacked to is read also when the archive is changed afterwards', async () => {
  await using layout = await simpleLayout(randomBytes(300_000))
  await using archive = await archiveOf(gzipSync(await tarOfLayout(layout)))
  await archive.read({}, async (image) => {
    utimesSync(archive.path, 1, 1)
    const [, layer] = image.blobs
    if (layer === undefined) throw new Error('no layer')
    expect(await bytesOf(image, layer)).toHaveLength(300_000)
  })
})

test('blobs are read at the same time, again and again, from one archive', async () => {
  await using layout = await simpleLayout(...Array.from({ length: 6 }, (_, at) => Buffer.alloc(700_000, String(at))))
  await using archive = await archiveOf(await tarOfLayout(layout))
  await archive.read({}, async (image) => {
    const read = async () => await Promise.all(image.blobs.map(async (blob) => await bytesOf(image, blob)))
    const [once, again] = await Promise.all([read(), read()])
    expect(once.map((bytes) => bytes.length)).toEqual(image.blobs.map(({ size }) => size))
    expect(Buffer.concat(again).equals(Buffer.concat(once))).toBe(true)
  })
})

test('a manifest.json beside an index.json that is no layout’s is read as docker archive', async () => {
  const files = dockerFiles({ layers: [Buffer.from('layer')] })
  await using archive = await archiveOf(tarOfFiles({ ...files, 'index.json': '{}' }))
  expect(await archive.read({}, ({ source }) => source.kind)).toBe('docker-archive')
})

test.each([
  ['oci-layout', { 'index.json': '{}' }],
  ['index.json', { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' }],
])('an OCI archive without %s is refused with the name of that file', async (name, files) => {
  await using archive = await archiveOf(tarOfFiles(files))
  const error = await errorOf(archive.read({}, () => 0))
  expect([error.code, error.values['reason']]).toEqual(['LAYOUT_NOT_FOUND', `it has no file ${name}`])
})
