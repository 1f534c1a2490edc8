import { Header } from 'tar/header'
import type { EntryTypeName } from 'tar/types'

/** Tar is made of blocks: a header of one, then the data, filled up to a whole number of them (POSIX pax, "ustar Interchange Format"). */
export const blockBytes = 512

/** What a header announces. `special` are devices, pipes and kinds nobody needs; `refused` those whose data lies elsewhere than it says. */
export type HeaderKind =
  | 'file'
  | 'hard'
  | 'symbolic'
  | 'folder'
  | 'special'
  | 'pax'
  | 'global'
  | 'longName'
  | 'longLink'
  | 'refused'

/** One header as it stands, before what pax and GNU headers ahead of it change. */
export type TarHeader = {
  readonly kind: HeaderKind
  readonly type: string
  readonly name: string
  readonly link: string
  /** In bytes. */
  readonly size: number
}

const kinds: Readonly<Partial<Record<EntryTypeName, HeaderKind>>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Link: 'hard',
  SymbolicLink: 'symbolic',
  Directory: 'folder',
  ExtendedHeader: 'pax',
  GlobalExtendedHeader: 'global',
  NextFileHasLongPath: 'longName',
  NextFileHasLongLinkpath: 'longLink',
  SparseFile: 'refused',
  ContinuationFile: 'refused',
  OldExtendedHeader: 'refused',
  OldGnuLongPath: 'refused',
}

/** The size field: octal digits, or GNU's base 256, which `tar` reads strictly. Laxer readers differ in what they make of others. */
const octal = /^ *[0-7]+[ \0]*$/

const zeroBlock = Buffer.alloc(blockBytes)

/** Reads a block as a header: `zero` for a block of zeros, `broken` with a wrong checksum or a size that is none. */
export function readTarHeader(block: Buffer): TarHeader | 'zero' | 'broken' {
  if (block.equals(zeroBlock)) return 'zero'
  const header = decode(block)
  if (header?.size === undefined || !header.cksumValid || !Number.isSafeInteger(header.size)) return 'broken'
  const sizeField = block.subarray(124, 136)
  if (sizeField[0] !== 0x80 && !octal.test(sizeField.toString('latin1'))) return 'broken'
  return {
    kind: kinds[header.type] ?? 'special',
    type: header.type,
    name: header.path ?? '',
    link: header.linkpath ?? '',
    size: header.size,
  }
}

function decode(block: Buffer): Header | undefined {
  try {
    return new Header(block)
  } catch {
    // A number in base 256 that is out of every range.
    return undefined
  }
}

/**
 * The records of a pax header, the last of a name counting; undefined when one of them is malformed. Read here and not by `tar/pax`, which
 * passes over malformed records and ends a value at its first line: another reader would see another archive.
 */
export function readPaxRecords(body: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>()
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(' ', at)
    const length = space === -1 ? 0 : Number(/^[1-9]\d{0,8}$/.exec(body.toString('latin1', at, space))?.[0] ?? 0)
    const end = at + length - 1
    const equals = body.indexOf('=', space)
    if (length === 0 || body[end] !== 0x0a || equals <= space + 1 || equals >= end) return undefined
    records.set(body.toString('utf8', space + 1, equals), body.toString('utf8', equals + 1, end))
    at = end + 1
  }
  return records
}
