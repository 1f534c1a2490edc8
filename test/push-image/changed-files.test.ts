import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { appendFile, copyFile, open, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { simpleLayout } from '../unit/oci/fixtures.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { example } from '../sandbox/example-cloud.ts'
import { actDuringUpload } from './slow-upload.ts'
import { expectEnd, toldProse } from './told.ts'
import {
  expectUntagged,
  expectWhole,
  freshImage,
  openUploads,
  pushFresh,
  retriesOf,
  type FreshImage,
} from './whole-image.ts'

// Changes between the check and the upload are in test/unit/oci/changed-blob.test.ts.
let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

/** Far more than fits into the buffers between a file and a registry that does not read. */
const bigBytes = 48_000_000
const registries = [
  ['ACR', acrImage, example.acrHost],
  ['ECR', ecrImage, example.ecrHost],
] as const

const changes = [
  ['written to at its end', async (file: string) => await overwrite(file, bigBytes)],
  ['written to where it was read already', async (file: string) => await overwrite(file, 0)],
  ['made longer', async (file: string) => await appendFile(file, 'more')],
  ['cut off', async (file: string) => await truncate(file, bigBytes / 2)],
  ['emptied', async (file: string) => await truncate(file, 0)],
] as const

test.each(registries.flatMap(([name, image, host]) => changes.map((row) => [name, ...row, image, host] as const)))(
  'never completes a blob on %s whose file is %s while it is sent, and tags nothing',
  async (_name, _what, change, image, host) => {
    const fresh = await freshImage(door, Buffer.alloc(bigBytes, 'x'))
    const push = async () => await pushFresh(door, image, fresh)
    const result = await actDuringUpload(door, { push, act: async () => await change(biggestBlob(fresh)) })
    expectEnd(result, 'LAYOUT_BLOB_CHANGED', 64)
    expectUntagged(door, host, fresh)
    expect(openUploads(door)).toBe(0)
  },
)

test.each(registries)(
  'pushes to %s the bytes that it began with when the file is replaced or taken away while it is sent',
  async (_name, image, host) => {
    for (const change of [replace, rm]) {
      const fresh = await freshImage(door, Buffer.alloc(bigBytes, 'x'))
      const push = async () => await pushFresh(door, image, fresh)
      const result = await actDuringUpload(door, { push, act: async () => await change(biggestBlob(fresh)) })
      expect(retriesOf(result)).toEqual([])
      expectWhole(door, result, { host, image: fresh })
    }
  },
)

test('says which file a disk cannot read, sends no part of it as a blob, and tags nothing', async ({ skip }) => {
  if (!mountsAlone()) skip('no right to mount (unshare -m, as root): a disk that fails cannot be made here')
  const size = statSync(unreadable).size
  await using layout = await simpleLayout(Buffer.alloc(size, 'x'))
  const { blobs } = await layout.load()
  const blob = blobs.find((one) => one.size === size)
  if (blob === undefined) throw new Error('no such blob')
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"'
  const program = ['unshare', '-m', 'sh', '-c', script, unreadable, layout.file(blob)]
  const result = await door.push(acrImage, {
    source: layout.path,
    run: { program: [...program, process.execPath, inject('stepProgram')] },
  })
  expectEnd(result, 'LAYOUT_UNREADABLE', 74)
  expect(toldProse(result.step.stderr, 'what')).toMatch(new RegExp(`${blob.digest.slice(7)}.* cannot be read: EINVAL`))
  expect(openUploads(door)).toBe(0)
  const digest = (await layout.load()).root.descriptor.digest
  expectUntagged(door, example.acrHost, { digest, tag: '1.4.2', folder: layout.path })
})

/** A file that the kernel opens, gives a size, and does not read: the loopback device has no speed. */
const unreadable = '/sys/class/net/lo/speed'

function mountsAlone(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '--bind', '/tmp', '/tmp'], { stdio: 'ignore' })
    return existsSync(unreadable) && !isReadable(unreadable)
  } catch {
    return false
  }
}

function isReadable(file: string): boolean {
  try {
    readFileSync(file)
    return true
  } catch {
    return false
  }
}

function biggestBlob({ folder }: FreshImage): string {
  const blobs = join(folder, 'blobs/sha256')
  const sizes = readdirSync(blobs).map((name) => ({ name, size: statSync(join(blobs, name)).size }))
  return join(blobs, sizes.toSorted((one, other) => other.size - one.size)[0]?.name ?? '')
}

/** Changes some bytes and leaves the length. */
async function overwrite(file: string, end: number): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.write('changed', Math.max(0, end - 7))
}

/** As `mv` does: another file under the same name. */
async function replace(file: string): Promise<void> {
  await copyFile(file, `${file}.new`)
  await truncate(`${file}.new`, 1000)
  await rename(`${file}.new`, file)
}
