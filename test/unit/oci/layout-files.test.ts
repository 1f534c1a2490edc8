import { spawnSync } from 'node:child_process'
import { appendFile, chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadImage } from '../../../steps/lib/oci/image.ts'
import { openLayout } from '../../../steps/lib/oci/source/layout.ts'
import { errorOf, simpleLayout } from './fixtures.ts'

test('refuses a blob of another size than its descriptor before anything is sent', async () => {
  await using layout = await simpleLayout('layer')
  const [, blob] = (await layout.load()).blobs
  if (blob === undefined) throw new Error('no layer')
  await appendFile(layout.file(blob), '!')
  const error = await errorOf(layout.load())
  expect(error.code).toBe('LAYOUT_BLOB_CHANGED')
  expect(error.values).toEqual({ digest: blob.digest, reason: 'its file holds 6 bytes, the descriptor says 5' })
})

test('refuses a manifest whose bytes have another digest', async () => {
  await using layout = await simpleLayout('layer')
  const { root } = await layout.load()
  await writeFile(layout.file(root.descriptor), root.bytes.toString().replace('linux', 'linuz').replaceAll('a', 'b'))
  expect((await errorOf(layout.load())).code).toBe('LAYOUT_BLOB_CHANGED')
})

test('refuses a link that leaves the layout, and never reads what it points to', async () => {
  await using layout = await simpleLayout('layer')
  const secret = layout.outside('secret')
  await writeFile(secret, 'kept')
  const [, blob] = (await layout.load()).blobs
  if (blob === undefined) throw new Error('no layer')
  await rm(layout.file(blob))
  await symlink(secret, layout.file(blob))
  const error = await errorOf(layout.load())
  expect(error.code).toBe('LAYOUT_LINK_OUTSIDE')
  expect(error.values['reason']).toContain(secret)
})

test('refuses a layout whose index.json or whole blobs folder is a link to elsewhere', async () => {
  await using layout = await simpleLayout('layer')
  await using other = await simpleLayout('layer')
  await rm(join(layout.path, 'blobs'), { recursive: true })
  await symlink(join(other.path, 'blobs'), join(layout.path, 'blobs'))
  expect((await errorOf(layout.load())).code).toBe('LAYOUT_LINK_OUTSIDE')
  await rm(join(layout.path, 'index.json'))
  await symlink(join(other.path, 'index.json'), join(layout.path, 'index.json'))
  expect((await errorOf(layout.load())).values['file']).toBe('index.json')
})

test('refuses a blobs folder that became a link to elsewhere after all blobs were looked at, and reads none of its bytes', async () => {
  await using layout = await simpleLayout('layer')
  await using other = await simpleLayout('layer')
  const { source, blobs } = await layout.load()
  const [, blob] = blobs
  if (blob === undefined) throw new Error('no layer')
  await rm(join(layout.path, 'blobs'), { recursive: true })
  await symlink(join(other.path, 'blobs'), join(layout.path, 'blobs'))
  // The same bytes are there: only the place is wrong.
  const error = await errorOf(source.openBlob(blob).open().toArray())
  expect(error.code).toBe('LAYOUT_LINK_OUTSIDE')
  expect(error.values['reason']).toBe('it was exchanged while it was opened')
})

test('follows a link that stays inside the layout, and a link to the layout itself', async () => {
  await using layout = await simpleLayout('layer')
  await rename(join(layout.path, 'blobs'), join(layout.path, 'store'))
  await symlink('store', join(layout.path, 'blobs'))
  const link = layout.outside('link')
  await symlink(layout.path, link)
  expect((await loadImage(await openLayout(link))).blobs).toHaveLength(2)
})

test('refuses a pipe, a folder and a circle of links in the place of a blob, and never waits for the pipe', async () => {
  await using layout = await simpleLayout('layer')
  const [, blob] = (await layout.load()).blobs
  if (blob === undefined) throw new Error('no layer')
  const file = layout.file(blob)
  for (const put of [makePipe, async () => mkdir(file), async () => symlink(file, file)]) {
    await rm(file, { recursive: true, force: true })
    await put(file)
    expect((await errorOf(layout.load())).code).toBe('LAYOUT_LINK_OUTSIDE')
  }
})

test('names a file that it may not read, with the reason', async () => {
  await using layout = await simpleLayout('layer')
  for (const folder of [join(layout.path, '..'), layout.path]) await chmod(folder, 0o755)
  await chmod(join(layout.path, 'index.json'), 0)
  const error = await asNobody(async () => await errorOf(layout.load()))
  expect(error.values).toEqual({ file: 'index.json', reason: 'EACCES' })
})

/** Root may read everything, so it is nobody for a moment. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  const own = process.geteuid?.()
  if (own !== 0) return await act()
  process.seteuid?.(65534)
  try {
    return await act()
  } finally {
    process.seteuid?.(own)
  }
}

test('names any other failure of the file system, such as a name that is too long', async () => {
  const error = await errorOf(openLayout('x'.repeat(5000)))
  expect(error.code).toBe('LAYOUT_UNREADABLE')
  expect(error.values['reason']).toBe('ENAMETOOLONG')
})

async function makePipe(file: string): Promise<void> {
  expect(spawnSync('mkfifo', [file]).status).toBe(0)
}
