import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { failed, type HeldFolder } from './held-folder.ts'

/** Writes a file under a name of its own and gives it its name when it is whole: nobody ever reads half of it. Throws STORE_*, and what `write` throws. */
export async function replaceWith(
  folder: HeldFolder,
  name: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const unfinished = `.${name}.${randomUUID()}`
  const handle = await folder.create(unfinished)
  try {
    try {
      await write(handle)
    } finally {
      await handle.close()
    }
    await folder.rename(unfinished, name)
  } catch (error) {
    await folder.remove(unfinished)
    throw failed(join(folder.path, name), error)
  }
}

/** Writes a small file whole. */
export async function replaceFile(folder: HeldFolder, name: string, bytes: Buffer): Promise<void> {
  await replaceWith(folder, name, async (handle) => await handle.writeFile(bytes))
}
