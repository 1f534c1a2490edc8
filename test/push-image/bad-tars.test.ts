import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { dockerFiles } from '../unit/oci/archive-fixtures.ts'
import { gnuLong, paxHeader, tarEntry, tarOf, tarOfFiles, type TarPart } from '../unit/oci/tar-fixtures.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { archiveName, expectRefusedUnasked, pushArchive } from './source-workspace.ts'
import { expectNothingPushed } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

type Row = readonly [what: string, bytes: Buffer, code: ErrorCode, ...says: string[]]

/** Every case ends in front of a whole image, which must not be what is pushed in the end. */
const image = Object.entries(dockerFiles({ layers: [randomBytes(3000)] })).map(([name, content]) => ({ name, content }))
const good = tarOf(...image)
const lead: TarPart = { name: 'first', content: 'first' }
const withImage = (...parts: (TarPart | Buffer)[]) => tarOf(lead, ...parts, ...image)
const link = (name: string, target: string): TarPart => ({ name, type: '2', link: target })
const place = 'LAYOUT_LINK_OUTSIDE'
const form = 'LAYOUT_ARCHIVE_INVALID'

/** The image with another entry in the place of its manifest. */
const inPlace = (...parts: TarPart[]) => tarOf(...image.filter(({ name }) => name !== 'manifest.json'), ...parts)

const names: readonly Row[] = [
  [
    'a name that climbs',
    withImage({ name: '../../etc/passwd' }),
    place,
    '"../../etc/passwd" is no regular file',
    'leads out',
  ],
  ['a name that climbs and comes back', withImage({ name: 'a/../b' }), place, '"a/../b"', 'leads out'],
  ['an absolute name', withImage({ name: '/etc/passwd' }), place, '"/etc/passwd"', 'leads out'],
  ['an absolute name of pax', withImage(paxHeader({ path: '/etc/shadow' }), { name: 'a' }), place, '"/etc/shadow"'],
  ['a long name of GNU that climbs', withImage(gnuLong('L', 'x/../../y'), { name: 'a' }), place, '"x/../../y"'],
  ['a name with a line end', withImage({ name: Buffer.from('a\nb') }), place, 'control characters'],
  ['a name with an escape sequence', withImage({ name: Buffer.from('\u001b[2Ja') }), place, String.raw`"\u001b[2Ja"`],
  ['a name that is no UTF-8', withImage({ name: Buffer.from([0x61, 0xff]) }), place, 'no UTF-8'],
  [
    'a symbolic link that climbs out',
    withImage(link('a/b', '../../x')),
    place,
    'a/b is no regular file',
    'a link to ../../x',
  ],
  [
    'an absolute symbolic link',
    withImage(link('a', '/etc/passwd')),
    place,
    'a is no regular file',
    'a link to /etc/passwd',
  ],
  ['a hard link that climbs out', withImage({ name: 'a', type: '1', link: '../x' }), place, '"../x"'],
  [
    'a circle of links',
    inPlace(link('manifest.json', 'b'), link('b', 'manifest.json')),
    place,
    'manifest.json',
    'in a circle',
  ],
  ['a link to itself', inPlace(link('manifest.json', 'manifest.json')), place, 'manifest.json', 'in a circle'],
  ['a device', inPlace({ name: 'manifest.json', type: '3' }), place, 'manifest.json', 'device or pipe'],
  ['a pipe', inPlace({ name: 'manifest.json', type: '6' }), place, 'manifest.json', 'device or pipe'],
  ['a folder', inPlace({ name: 'manifest.json/', type: '5' }), place, 'manifest.json', 'a folder'],
]

const headers: readonly Row[] = [
  ['a sparse file of GNU', withImage({ name: 'a', type: 'S' }), form, 'the entry a is a SparseFile'],
  ['a sparse file of pax', withImage(paxHeader({ 'GNU.sparse.major': '1' }), { name: 'a' }), form, 'a sparse file'],
  ['a continued file', withImage({ name: 'a', type: 'M' }), form, 'the entry a is a ContinuationFile'],
  [
    'a pax record of a wrong length',
    withImage(paxHeader(Buffer.from('99 path=a\n')), { name: 'a' }),
    form,
    'malformed',
  ],
  ['a pax record without length', withImage(paxHeader(Buffer.from('path=a\n')), { name: 'a' }), form, 'malformed'],
  ['a pax size that is none', withImage(paxHeader({ size: '1e3' }), { name: 'a' }), form, 'a size of "1e3"'],
  ['a pax size beyond all', withImage(paxHeader({ size: '9007199254740993' }), { name: 'a' }), form, 'a size of'],
  ['a pax name for all entries', withImage(paxHeader({ path: 'a' }, 'g')), form, 'sets path for all'],
  ['a name said twice', withImage(gnuLong('L', 'a'), paxHeader({ path: 'b' }), { name: 'c' }), form, 'in two ways'],
  ['two entries of one name', withImage({ name: './first' }), form, 'two entries with the name first'],
  ['a wrong checksum', withImage({ name: 'a', checksum: 1 }), form, 'the header at byte 1024 is damaged'],
  [
    'a size that is no number',
    withImage({ name: 'a', size: '0000000001x' }),
    form,
    'the header at byte 1024 is damaged',
  ],
  [
    'a negative size',
    withImage({ name: 'a', size: Buffer.alloc(12, 0xff) }),
    form,
    'the header at byte 1024 is damaged',
  ],
  ['a size beyond the file', withImage({ name: 'a', size: 8 ** 12 }), form, 'in the middle of the entry at byte 1024'],
  ['an end in the middle', good.subarray(0, 1500), form, 'it ends in the middle of the entry at byte'],
  ['an end within a header', Buffer.concat([tarEntry(lead), Buffer.alloc(100, 'x')]), form, 'it ends in the middle'],
  [
    'more after a block of zeros',
    Buffer.concat([tarEntry(lead), Buffer.alloc(512), good]),
    form,
    'its end is marked at byte 1024',
  ],
]

const noTar = 'it is no tar archive'
const damagedForm = 'damaged, cut off, or followed by other bytes'
const garbage = Buffer.from('garbage')
const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 9)
const flipped = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === bytes.length - 6 ? byte ^ 1 : byte)))

const compressed: readonly Row[] = [
  ['gzip that is cut off', cut(gzipSync(good)), form, damagedForm],
  ['zstd that is cut off', cut(zstdCompressSync(good)), form, damagedForm],
  ['gzip with garbage after it', Buffer.concat([gzipSync(good), garbage]), form, damagedForm],
  ['zstd with garbage after it', Buffer.concat([zstdCompressSync(good), garbage]), form, damagedForm],
  ['gzip with a wrong checksum', flipped(gzipSync(good)), form, damagedForm],
  ['only the first bytes of gzip', Buffer.from('1f8b', 'hex'), form, damagedForm],
  ['zstd that asks for a window of 2 TiB', Buffer.from('28b52ffd00f8000000', 'hex'), form, damagedForm],
  ['gzip within gzip', gzipSync(gzipSync(good)), form, noTar],
  ['gzip of a text', gzipSync('hello'), form, noTar],
  ['a tar that is cut off, as gzip', gzipSync(good.subarray(0, 1500)), form, 'it ends in the middle'],
]

const others: readonly Row[] = [
  ['nothing', Buffer.alloc(0), form, noTar],
  ['random bytes', Buffer.concat([Buffer.from([7]), randomBytes(9999)]), form, noTar],
  ['a text', Buffer.from('FROM scratch\n'), form, noTar],
  ['a zip', Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(600, 1)]), form, noTar],
  ['xz', Buffer.concat([Buffer.from('fd377a585a00', 'hex'), randomBytes(600)]), form, noTar],
  ['zeros', Buffer.alloc(10_240), 'LAYOUT_NOT_FOUND', 'neither index.json nor manifest.json'],
  ['other files', tarOfFiles({ 'app/main.js': 'hello' }), 'LAYOUT_NOT_FOUND', 'neither index.json nor manifest.json'],
  ['an image in a folder of it', tarOfFiles({ 'out/oci-layout': '{}' }), 'LAYOUT_NOT_FOUND', 'tar -C out -cf FILE .'],
]

const rows = [...names, ...headers, ...compressed, ...others].map(([what, ...row]) => [what, row] as const)

test.each(rows)(
  'refuses an archive that holds %s, names the place, asks nobody and pushes nothing',
  async (_, [bytes, code, ...says]) => {
    door.requests()
    const result = await pushArchive(door, bytes)
    // Names of entries are the place for what lies in an archive, the archive's own name for the archive itself.
    expectRefusedUnasked(door, result, { code, says: code === place ? says : [archiveName, ...says] })
    expectNothingPushed(door)
  },
)

test.each([
  ['gzip', 'ACR', acrImage, (zeros: Buffer) => gzipSync(zeros)],
  ['zstd', 'ECR', ecrImage, (zeros: Buffer) => zstdCompressSync(zeros)],
] as const)(
  'refuses a bomb of %s for %s when it has unpacked to 256 MiB, and leaves nothing of it',
  async (_form, _registry, to, compress) => {
    const part = compress(Buffer.alloc(30 * 1024 * 1024))
    door.requests()
    const result = await pushArchive(door, Buffer.concat(Array.from({ length: 10 }, () => part)), { image: to })
    expectRefusedUnasked(door, result, { code: form, says: [archiveName, 'unpacks to more than 200 times its size'] })
  },
)

test('one entry of each archive above is what is wrong with it: without it the archive is pushed', async () => {
  const result = await pushArchive(door, withImage({ name: 'a/b' }, link('c', 'a/b')), {
    image: acrImage.replace('1.4.2', 'good'),
  })
  expect(result.succeeded, result.step.stderr).toBe(true)
})
