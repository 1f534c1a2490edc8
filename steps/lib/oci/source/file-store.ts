import { readFully, type OpenedFile } from './opened-file.ts'

/** Files by name, out of a folder or an archive. None is ever found outside of it: that throws LAYOUT_LINK_OUTSIDE. */
export type FileStore = {
  /** As the user names it, for messages. */
  readonly path: string
  /** In bytes, without reading the file; undefined when there is none. */
  size(file: string): Promise<number | undefined>
  /** Undefined when there is no such file. */
  open(file: string): Promise<OpenedFile | undefined>
}

/** The whole of a small file; undefined when there is none. Reads at most one byte more than `maxBytes`. */
export async function readWhole(store: FileStore, file: string, maxBytes: number): Promise<Buffer | undefined> {
  const opened = await store.open(file)
  if (opened === undefined) return undefined
  await using disposed = opened
  const buffer = Buffer.alloc(Math.min(disposed.size, maxBytes) + 1)
  return buffer.subarray(0, await readFully(disposed, buffer, 0))
}
