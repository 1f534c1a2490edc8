import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCopyDoor, places, seed } from '../copy-image/copy-door.ts'
import type { FrontDoor } from '../push-image/front-door.ts'
import { expectEnd, toldProse } from '../push-image/told.ts'
import { filesIn, openOutput, pull, type Output } from './pull-door.ts'

let door: FrontDoor
let outside: string
const image = `${places.contoso}:1`
let digest = ''
beforeAll(async () => {
  door = await openCopyDoor()
  digest = await seed(door, image)
  outside = await mkdtemp(join(tmpdir(), 'tekton-entra-outside-'))
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await rm(outside, { recursive: true, force: true })
})

type Place = (folder: string) => Promise<unknown>
const layoutIn = async (folder: string) =>
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))

test.each<[what: string, prepare: Place, reason: RegExp]>([
  [
    'other files',
    async (at) => await writeFile(join(at, 'secret.txt'), 'x'),
    /it holds other files, and no oci-layout/,
  ],
  [
    'a layout of another version',
    async (at) => await writeFile(join(at, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}'),
    /another version than 1\.0\.0/,
  ],
  [
    'an oci-layout that is no JSON',
    async (at) => await writeFile(join(at, 'oci-layout'), '{'),
    /no layout that can be/,
  ],
  ['an oci-layout that is a link', async (at) => await linkOut(at, 'oci-layout'), /a link, or no plain file/],
  [
    'blobs that lead elsewhere',
    async (at) => {
      await layoutIn(at)
      await linkOut(at, 'blobs')
    },
    /a link, or no folder/,
  ],
  [
    'a folder of blobs that leads elsewhere',
    async (at) => {
      await layoutIn(at)
      await mkdir(join(at, 'blobs'))
      await linkOut(at, 'blobs/sha256')
    },
    /a link, or no folder/,
  ],
  [
    'an index that is a link',
    async (at) => {
      await layoutIn(at)
      await linkOut(at, 'index.json')
    },
    /a link, or no plain file/,
  ],
  [
    'an index that is no JSON',
    async (at) => {
      await layoutIn(at)
      await writeFile(join(at, 'index.json'), 'null')
    },
    /no layout that can be added to/,
  ],
  [
    'an index whose manifests are no list',
    async (at) => {
      await layoutIn(at)
      await writeFile(join(at, 'index.json'), '{"schemaVersion":2,"manifests":"all"}')
    },
    /its manifests are no list/,
  ],
])('refuses a folder with %s, and leaves it as it was', async (_what, prepare, reason) => {
  await using output = await openOutput()
  await prepare(output.folder)
  const before = await textsIn(output)
  const result = await pull(door, image, output)
  expectEnd(result, 'STORE_REFUSED', 64)
  expect(toldProse(result.step.stderr, 'what')).toMatch(reason)
  expect(await textsIn(output)).toEqual(before)
  expect(await readdir(outside)).toEqual([])
})

test.each(['linked', 'linked/deeper'])(
  'refuses the path %s that leads out of the workspace over a link',
  async (path) => {
    await using output = await openOutput()
    await linkOut(output.folder, 'linked')
    expectEnd(await pull(door, image, output, { params: { path } }), 'STORE_REFUSED', 64)
    expect(await readdir(outside)).toEqual([])
  },
)

test('refuses a path that climbs out before anything is asked', async () => {
  await using output = await openOutput()
  door.requests()
  const result = await pull(door, image, output, { params: { path: '../elsewhere' } })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(door.requests()).toEqual([])
})

test('a link under the name of a blob is refused, and what it leads to stays as it is', async () => {
  await using output = await openOutput()
  await layoutIn(output.folder)
  await mkdir(join(output.folder, 'blobs/sha256'), { recursive: true })
  const victim = join(output.folder, 'victim')
  await writeFile(victim, 'precious')
  await symlink(victim, join(output.folder, 'blobs/sha256', digest.slice('sha256:'.length)))
  expectEnd(await pull(door, image, output), 'STORE_REFUSED', 64)
  expect(await readFile(victim, 'utf8')).toBe('precious')
})

test('says which folder cannot be made, and why', async () => {
  await using output = await openOutput()
  const path = 'x'.repeat(300)
  const result = await pull(door, image, output, { params: { path } })
  expectEnd(result, 'STORE_FAILED', 74)
  expect(toldProse(result.step.stderr, 'what')).toContain('cannot be written: ENAMETOOLONG')
})

test('refuses a path that leads through a file', async () => {
  await using output = await openOutput()
  await writeFile(join(output.folder, 'file'), 'x')
  expectEnd(await pull(door, image, output, { params: { path: 'file/layout' } }), 'STORE_REFUSED', 64)
})

async function linkOut(folder: string, name: string): Promise<void> {
  await symlink(outside, join(folder, name))
}

async function textsIn({ folder }: Output): Promise<readonly string[]> {
  const files = (await filesIn(folder)).map(async (file) => {
    const text = await readFile(file, 'utf8').catch((error: unknown) => String(error))
    return `${file}: ${text}`
  })
  return await Promise.all(files)
}
