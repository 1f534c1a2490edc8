import { crc32 } from 'node:zlib'

/** A bundle's layer: the tar, of which the config names the digest, and the same packed, as it is sent. */
export type BundleLayer = { readonly tar: Buffer; readonly gzip: Buffer }

/** A layer of one file. Nothing in it tells when, where or by whom it was made. */
export function makeLayer(fileName: string, text: string): BundleLayer {
  const tar = tarOf(fileName, Buffer.from(text))
  return { tar, gzip: storedGzip(tar) }
}

/** A ustar archive (POSIX.1-1988) of one file, 0644, owned by root, of 1970. */
function tarOf(name: string, content: Buffer): Buffer {
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([tarHeader(name, content.length), content, padding, Buffer.alloc(1024)])
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  header.write(name, 0)
  header.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12), 100)
  // The checksum counts itself as spaces.
  header.write(' '.repeat(8) + '0', 148)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** RFC 1952: deflate, no flags, no time, unknown system. */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/** A block's length has 16 bits (RFC 1951 §3.2.4). */
const longestBlock = 0xffff

/**
 * gzip without compression: zlib's own output differs by version and machine, and the bundle's digest would with it. A Task is a few
 * kilobytes.
 */
function storedGzip(bytes: Buffer): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += longestBlock) {
    const part = bytes.subarray(at, at + longestBlock)
    const head = Buffer.alloc(5)
    head.writeUInt8(at + longestBlock >= bytes.length ? 1 : 0, 0)
    head.writeUInt16LE(part.length, 1)
    head.writeUInt16LE(part.length ^ 0xffff, 3)
    blocks.push(head, part)
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(bytes), 0)
  trailer.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([gzipHeader, ...blocks, trailer])
}
