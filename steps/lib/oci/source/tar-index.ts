import { archiveInvalid, outside } from '../layout-fault.ts'
import { readFully, type OpenedFile } from './opened-file.ts'
import { takeExtension, type Pending } from './tar-extension.ts'
import { blockBytes, readTarHeader, type TarHeader } from './tar-header.ts'
import { entryName, linkTarget } from './tar-name.ts'

/** What a tar archive holds under a name. A file's bytes are at `offset` of the archive. */
export type TarEntry =
  | { readonly kind: 'file'; readonly offset: number; readonly size: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' | 'special' }

export type TarIndex = ReadonlyMap<string, TarEntry>

/** Bounds of what an index takes in memory, far above every image. */
const limits = { headers: 100_000, nameBytes: 32 * 1024 * 1024 } as const

const reasons = {
  noTar: 'it is no tar archive, and none that is compressed with gzip or zstd',
  checksum: (offset: number) => `the header at byte ${offset} is damaged: its checksum or size is wrong`,
  truncated: (offset: number) => `it ends in the middle of the entry at byte ${offset}`,
  loneZero: (offset: number) => `its end is marked at byte ${offset}, but more follows`,
  tooMany: `it holds more than ${limits.headers} entries`,
  names: `the names in it take more than ${limits.nameBytes} bytes`,
  dangling: 'its last header belongs to an entry that is not there',
  refused: (name: string, type: string) => `the entry ${name} is a ${type}, which images never hold`,
  linkData: (name: string) => `the entry ${name} is a link or folder, and has bytes of its own`,
  twice: (name: string) => `it holds two entries with the name ${name}`,
} as const

type Walk = {
  readonly file: OpenedFile
  readonly path: string
  readonly entries: Map<string, TarEntry>
  pending: Pending
  nameBytes: number
}

type IndexOptions = {
  /** The archive's path, for messages. */
  readonly path: string
  readonly signal: AbortSignal
}

/**
 * Reads all headers of a tar archive and skips the data. Nothing is ever extracted: entries are found by name and read by place.
 * Throws LAYOUT_ARCHIVE_INVALID, LAYOUT_LINK_OUTSIDE (a name or link that leads out).
 */
export async function indexTar(file: OpenedFile, { path, signal }: IndexOptions): Promise<TarIndex> {
  const walk: Walk = { file, path, entries: new Map(), pending: {}, nameBytes: 0 }
  let offset = 0
  for (let count = 1; ; count += 1) {
    signal.throwIfAborted()
    const header = await readHeader(walk, offset)
    if (header === undefined) break
    if (count > limits.headers) throw archiveInvalid(path, reasons.tooMany)
    offset = await takeHeader(walk, header, offset)
  }
  if (Object.keys(walk.pending).length > 0) throw archiveInvalid(path, reasons.dangling)
  return walk.entries
}

/** The header at a place; undefined at the archive's end, which is two blocks of zeros or the end of the file. */
async function readHeader(walk: Walk, offset: number): Promise<TarHeader | undefined> {
  const { file, path } = walk
  if (offset === file.size && offset > 0) return undefined
  const header = await readBlock(walk, offset)
  if (header === 'broken') throw archiveInvalid(path, offset === 0 ? reasons.noTar : reasons.checksum(offset))
  if (header !== 'zero') return header
  const next = offset + blockBytes
  if (next < file.size && (await readBlock(walk, next)) !== 'zero') throw archiveInvalid(path, reasons.loneZero(offset))
  return undefined
}

async function readBlock({ file, path }: Walk, offset: number): Promise<TarHeader | 'zero' | 'broken'> {
  const block = Buffer.alloc(blockBytes)
  if ((await readFully(file, block, offset)) === blockBytes) return readTarHeader(block)
  throw archiveInvalid(path, offset === 0 ? reasons.noTar : reasons.truncated(offset))
}

/** Takes in what one header says, and gives the place of the next one. */
async function takeHeader(walk: Walk, header: TarHeader, offset: number): Promise<number> {
  const isExtension = ['pax', 'global', 'longName', 'longLink'].includes(header.kind)
  const size = isExtension ? header.size : (walk.pending.size ?? header.size)
  const data = offset + blockBytes
  const next = data + Math.ceil(size / blockBytes) * blockBytes
  if (next > walk.file.size) throw archiveInvalid(walk.path, reasons.truncated(offset))
  if (isExtension) {
    walk.pending = await takeExtension(walk, header, data)
    return next
  }
  addEntry(walk, header, { offset: data, size })
  walk.pending = {}
  return next
}

function addEntry(walk: Walk, header: TarHeader, place: { offset: number; size: number }): void {
  const raw = walk.pending.name ?? header.name
  const name = entryName(raw)
  walk.nameBytes += raw.length
  if (walk.nameBytes > limits.nameBytes) throw archiveInvalid(walk.path, reasons.names)
  const entry = entryOf(walk, header, { name, raw, ...place })
  const there = walk.entries.get(name)
  // Readers differ in which of two counts. Folders are named again and again, and hold nothing.
  if (there !== undefined && !(there.kind === 'folder' && entry.kind === 'folder'))
    throw archiveInvalid(walk.path, reasons.twice(name))
  walk.entries.set(name, entry)
}

type Named = { readonly name: string; readonly raw: string; readonly offset: number; readonly size: number }

function entryOf(walk: Walk, { kind, type, link }: TarHeader, { name, raw, offset, size }: Named): TarEntry {
  if (kind === 'refused') throw archiveInvalid(walk.path, reasons.refused(name, type))
  if (kind === 'special') return { kind }
  // Archives from before POSIX mark a folder only by the slash.
  if (kind === 'file' && !raw.endsWith('/')) return name === '' ? refuseRoot(raw) : { kind, offset, size }
  // Some readers skip these bytes, others take them for the next header.
  if (size > 0) throw archiveInvalid(walk.path, reasons.linkData(name))
  if (kind !== 'hard' && kind !== 'symbolic') return { kind: 'folder' }
  return { kind: 'link', target: linkTarget(name, walk.pending.link ?? link, kind) }
}

function refuseRoot(raw: string): never {
  throw outside(JSON.stringify(raw), 'it has no name of its own')
}
