import { readFileSync } from 'node:fs'

/** What a 64-bit little-endian ELF file says of where it runs (System V gABI, chapters 4 and 5). */
export type Elf = {
  /** `e_machine`: 62 is x86-64, 183 is AArch64. */
  readonly machine: number
  /** The loader that the kernel starts. */
  readonly interpreter: string | undefined
  /** Libraries that the loader must find. */
  readonly needed: readonly string[]
  /** Has a table of symbols that only debuggers read. */
  readonly hasSymbols: boolean
}

const SEGMENT = { load: 1, dynamic: 2, interpreter: 3 } as const
const TAG = { needed: 1, stringTable: 5 } as const
const symbolTable = 2

type Segment = { readonly type: number; readonly offset: number; readonly address: number; readonly size: number }

/** Reads an ELF file. Throws when it is none. */
export function readElf(path: string): Elf {
  const bytes = readFileSync(path)
  if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2) throw new Error(`${path} is no 64-bit ELF file`)
  const segments = table(bytes, { at: 32, entrySizeAt: 54, countAt: 56 }).map(segmentAt(bytes))
  const interpreter = segments.find(({ type }) => type === SEGMENT.interpreter)
  const sections = table(bytes, { at: 40, entrySizeAt: 58, countAt: 60 }).map((start) => bytes.readUInt32LE(start + 4))
  return {
    machine: bytes.readUInt16LE(18),
    interpreter: interpreter === undefined ? undefined : textAt(bytes, interpreter.offset),
    needed: neededOf(bytes, segments),
    hasSymbols: sections.includes(symbolTable),
  }
}

/** Offsets of the entries of a header table. */
function table(bytes: Buffer, place: { at: number; entrySizeAt: number; countAt: number }): number[] {
  const start = number(bytes, place.at)
  const size = bytes.readUInt16LE(place.entrySizeAt)
  return Array.from({ length: bytes.readUInt16LE(place.countAt) }, (_, index) => start + index * size)
}

function segmentAt(bytes: Buffer): (start: number) => Segment {
  return (start) => ({
    type: bytes.readUInt32LE(start),
    offset: number(bytes, start + 8),
    address: number(bytes, start + 16),
    size: number(bytes, start + 32),
  })
}

function neededOf(bytes: Buffer, segments: readonly Segment[]): string[] {
  const dynamic = segments.find(({ type }) => type === SEGMENT.dynamic)
  if (dynamic === undefined) return []
  const entries = Array.from({ length: dynamic.size / 16 }, (_, index) => {
    const start = dynamic.offset + index * 16
    return { tag: number(bytes, start), value: number(bytes, start + 8) }
  })
  const address = entries.find(({ tag }) => tag === TAG.stringTable)?.value ?? 0
  const home = segments.find(
    ({ type, address: from, size }) => type === SEGMENT.load && address >= from && address < from + size,
  )
  const strings = address - (home?.address ?? 0) + (home?.offset ?? 0)
  return entries.filter(({ tag }) => tag === TAG.needed).map(({ value }) => textAt(bytes, strings + value))
}

function number(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at))
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, bytes.indexOf(0, at))
}
