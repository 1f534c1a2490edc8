import { spawnSync } from 'node:child_process'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { blobOf, exchange, layoutParts, type Spoilt } from './layout-parts.ts'
import { expectRefusedUnasked } from './source-workspace.ts'
import { expectNothingPushed } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const rows: readonly Spoilt[] = [
  [
    'a blob that is a link out of it',
    async ({ layout, layer }) => {
      await writeFile(layout.outside('secret'), 'kept')
      await exchange(layout.file(layer), async (file) => symlink(layout.outside('secret'), file))
    },
    ({ layer, layout }) => [blobOf(layer), `leads to ${layout.outside('secret')}`],
  ],
  [
    'an index.json that is an absolute link',
    async ({ layout }) => exchange(join(layout.path, 'index.json'), async (file) => symlink('/etc/hostname', file)),
    () => ['index.json', 'leads to /etc/hostname'],
  ],
  [
    'a blobs folder that is a link out of it',
    async ({ layout }) => {
      await rename(join(layout.path, 'blobs'), layout.outside('others'))
      await symlink(layout.outside('others'), join(layout.path, 'blobs'))
    },
    ({ layout, root }) => [blobOf(root), `leads to ${layout.outside('others')}`],
  ],
  [
    'a circle of links',
    async ({ layout, layer }) =>
      exchange(layout.file(layer), async (file) => {
        await symlink(`${file}.b`, file)
        await symlink(file, `${file}.b`)
      }),
    ({ layer }) => [blobOf(layer), 'in a circle'],
  ],
  [
    'a pipe in the place of a blob, and does not wait for it',
    async ({ layout, layer }) => exchange(layout.file(layer), makePipe),
    ({ layer }) => [blobOf(layer), 'device, pipe or socket'],
  ],
  [
    'a link to a device in the place of a blob',
    async ({ layout, layer }) => exchange(layout.file(layer), async (file) => symlink('/dev/zero', file)),
    ({ layer }) => [blobOf(layer), 'leads to /dev/zero'],
  ],
  [
    'a folder in the place of a blob',
    async ({ layout, layer }) => exchange(layout.file(layer), mkdir),
    ({ layer }) => [blobOf(layer), 'it is a folder'],
  ],
]

test.each(rows)('refuses %s, names it, asks nobody and pushes nothing', async (_, spoil, says) => {
  const parts = await layoutParts()
  await using layout = parts.layout
  await spoil(parts)
  door.requests()
  const result = await door.push(acrImage, { source: layout.path })
  expectRefusedUnasked(door, result, { code: 'LAYOUT_LINK_OUTSIDE', says: says(parts) })
  expectNothingPushed(door)
})

test.each([
  [
    'stays inside the layout',
    async (path: string) => {
      await rename(join(path, 'blobs'), join(path, 'store'))
      await symlink('store', join(path, 'blobs'))
    },
  ],
  [
    'is absolute and stays inside',
    async (path: string) => {
      await rename(join(path, 'index.json'), join(path, 'other.json'))
      await symlink(join(path, 'other.json'), join(path, 'index.json'))
    },
  ],
])('follows a link that %s', async (_, relink) => {
  const { layout, root } = await layoutParts()
  await using disposed = layout
  await relink(disposed.path)
  const { results, step } = await door.push(acrImage.replace('1.4.2', 'linked'), { source: disposed.path })
  expect(results['IMAGE_DIGEST'], step.stderr).toBe(root.digest)
})

async function makePipe(file: string): Promise<void> {
  expect(spawnSync('mkfifo', [file]).status).toBe(0)
}
