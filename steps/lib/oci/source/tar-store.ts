import type { FileStore } from './file-store.ts'
import { outside } from '../layout-fault.ts'
import { partOf, type OpenedFile } from './opened-file.ts'
import type { TarEntry, TarIndex } from './tar-index.ts'
import { entryName } from './tar-name.ts'

const maxHops = 16

const reasons = {
  hops: `its links lead in a circle, or over more than ${maxHops} others`,
  special: 'it is a folder, device or pipe',
} as const

type FileEntry = Extract<TarEntry, { kind: 'file' }>

/** The files of a tar archive, which stays with its owner. Links are followed inside the archive only: the index holds no others. */
export function tarStore(file: OpenedFile, index: TarIndex, path: string): FileStore {
  return {
    path,
    size: async (name) => findFile(index, name)?.size,
    open: async (name) => {
      const entry = findFile(index, name)
      return entry === undefined ? undefined : partOf(file, entry)
    },
  }
}

/** The file under a name; undefined when there is none. Throws LAYOUT_LINK_OUTSIDE for anything but a file. */
export function findFile(index: TarIndex, name: string): FileEntry | undefined {
  let entry = index.get(entryName(name))
  for (let hops = 0; entry?.kind === 'link'; hops += 1) {
    if (hops === maxHops) throw outside(name, reasons.hops)
    entry = index.get(entry.target)
  }
  if (entry === undefined || entry.kind === 'file') return entry
  throw outside(name, reasons.special)
}
