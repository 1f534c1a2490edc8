/** Tar archives made byte by byte, right and wrong ones, with nothing of the product's code. */

export type TarPart = {
  /** Bytes where a name is to be what no text can say. */
  readonly name: string | Buffer
  readonly content?: string | Buffer
  /** Type flag: '0' file (the default), '1' hard link, '2' symbolic link, '3' device, '5' folder, '6' pipe, 'S' sparse, … */
  readonly type?: string
  readonly link?: string
  /** What the header says in place of the content's true size; text or bytes go into the field as they are. */
  readonly size?: number | string | Buffer
  /** What the header says in place of the true checksum. */
  readonly checksum?: number
  /** The ustar field for the front of a long name. */
  readonly prefix?: string
}

/** One entry: header and data, filled up to whole blocks. */
export function tarEntry(part: TarPart): Buffer {
  const content = Buffer.from(part.content ?? '')
  return Buffer.concat([tarHeader(part, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

/** An archive of entries, or of pieces made beforehand, with the two blocks of zeros at its end. */
export function tarOf(...parts: readonly (TarPart | Buffer)[]): Buffer {
  const pieces = parts.map((part) => (Buffer.isBuffer(part) ? part : tarEntry(part)))
  return Buffer.concat([...pieces, Buffer.alloc(1024)])
}

/** An archive that holds these files. */
export function tarOfFiles(files: Readonly<Record<string, string | Buffer>>): Buffer {
  return tarOf(...Object.entries(files).map(([name, content]) => ({ name, content })))
}

/** A pax header with these records, or with this body as it is; it is about the entry after it, or about all. */
export function paxHeader(records: Readonly<Record<string, string>> | Buffer, type: 'x' | 'g' = 'x'): Buffer {
  const body = Buffer.isBuffer(records)
    ? records
    : Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)))
  return tarEntry({ name: 'PaxHeaders/entry', type, content: body })
}

/** GNU tar's header for a long name (L) or the long target of a link (K). */
export function gnuLong(type: 'L' | 'K', name: string): Buffer {
  return tarEntry({ name: '././@LongLink', type, content: `${name}\0` })
}

function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`)
  const own = (length: number) => String(length).length + rest.length
  let length = own(rest.length)
  while (own(length) !== length) length = own(length)
  return Buffer.concat([Buffer.from(String(length)), rest])
}

function tarHeader({ name, type = '0', link = '', size, checksum, prefix = '' }: TarPart, length: number): Buffer {
  const block = Buffer.alloc(512)
  const put = (text: string | Buffer, offset: number, bytes: number) => {
    Buffer.from(text).copy(block, offset, 0, bytes)
  }
  put(name, 0, 100)
  put('0000644\0', 100, 8)
  put('0000000\0', 108, 8)
  put('0000000\0', 116, 8)
  put(typeof size === 'string' || Buffer.isBuffer(size) ? size : octal(size ?? length), 124, 12)
  put(octal(0), 136, 12)
  put(' '.repeat(8), 148, 8)
  put(type, 156, 1)
  put(link, 157, 100)
  put('ustar\u000000', 257, 8)
  put(prefix, 345, 155)
  const sum = checksum ?? block.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8)
  return block
}

/** Eleven octal digits; above that GNU's base 256. */
function octal(value: number): string | Buffer {
  if (value < 8 ** 11) return `${value.toString(8).padStart(11, '0')}\0`
  const bytes = Buffer.alloc(12)
  bytes[0] = 0x80
  bytes.writeBigUInt64BE(BigInt(value), 4)
  return bytes
}
