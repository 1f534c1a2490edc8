import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OpenedFile } from '../../../steps/lib/oci/source/opened-file.ts'
import { indexTar } from '../../../steps/lib/oci/source/tar-index.ts'
import { findFile } from '../../../steps/lib/oci/source/tar-store.ts'
import { errorOf } from './fixtures.ts'
import { gnuLong, paxHeader, tarEntry, tarOf, type TarPart } from './tar-fixtures.ts'

const signal = new AbortController().signal

function fileOf(bytes: Buffer): OpenedFile {
  return {
    size: bytes.length,
    read: async (target, position) => bytes.copy(target, 0, position),
    changed: async () => false,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** What the archive holds under a name; undefined when nothing. */
async function contentIn(bytes: Buffer, name: string): Promise<string | undefined> {
  const entry = findFile(await indexTar(fileOf(bytes), { path: 'x.tar', signal }), name)
  return entry === undefined ? undefined : bytes.toString('utf8', entry.offset, entry.offset + entry.size)
}

async function refusal(...parts: readonly (TarPart | Buffer)[]): Promise<{ code: string; reason: string }> {
  const bytes = tarOf(...parts)
  const { code, values } = await errorOf(contentIn(bytes, 'wanted'))
  return { code, reason: `${values['file'] ?? ''} ${values['reason'] ?? ''}` }
}

const wanted = { name: 'wanted', content: 'the content' }

describe('finds a file', () => {
  test.each<[string, readonly (TarPart | Buffer)[]]>([
    ['between folders and devices', [{ name: './', type: '5' }, { name: 'dev', type: '3' }, wanted]],
    ['named with ./ and doubled slashes', [{ ...wanted, name: './/./wanted' }]],
    ['after a folder whose header says a size', [{ name: 'dir', type: '5', size: 4096 }, wanted]],
    ['of the old type NUL', [{ ...wanted, type: '\0' }]],
    ['under its pax name', [paxHeader({ path: 'wanted', mtime: '1.5' }), { ...wanted, name: 'cut' }]],
    ['under its GNU long name', [gnuLong('L', './wanted'), { ...wanted, name: 'cut' }]],
    ['of its pax size, not of its header’s', [paxHeader({ size: '11' }), { ...wanted, size: 0 }]],
    ['after a pax value of two lines', [paxHeader({ 'SCHILY.xattr.a': '1\n12 path=other\n' }), wanted]],
    ['after a global header of git archive', [paxHeader({ comment: 'abc' }, 'g'), wanted]],
    [
      'behind a hard link',
      [
        { name: 'a', content: 'the content' },
        { name: 'wanted', type: '1', link: './a' },
      ],
    ],
    [
      'behind links that stay inside',
      [
        { name: 'x/a', content: 'the content' },
        { name: 'b/l', type: '2', link: '../x/a' },
        { name: 'wanted', type: '2', link: 'b/l' },
      ],
    ],
    [
      'behind a link with a long GNU target',
      [{ name: 'a', content: 'the content' }, gnuLong('K', './././a'), { name: 'wanted', type: '2' }],
    ],
    [
      'behind a link with a pax target',
      [{ name: 'a', content: 'the content' }, paxHeader({ linkpath: 'a' }), { name: 'wanted', type: '1' }],
    ],
  ])('%s', async (_, parts) => {
    expect(await contentIn(tarOf(...parts), 'wanted')).toBe('the content')
  })

  test('whose name is in two fields, also when its front is longer than 130 bytes', async () => {
    const prefix = `${'p'.repeat(70)}/${'q'.repeat(70)}`
    expect(await contentIn(tarOf({ ...wanted, prefix }), `${prefix}/wanted`)).toBe('the content')
  })

  test('under its pax name alone, though the header has a front for it too', async () => {
    const bytes = tarOf(paxHeader({ path: 'wanted' }), { ...wanted, name: 'w', prefix: 'front' })
    expect(await contentIn(bytes, 'wanted')).toBe('the content')
  })

  test('in an archive that ends without its blocks of zeros', async () => {
    expect(await contentIn(tarEntry(wanted), 'wanted')).toBe('the content')
  })

  test('whose size is written in base 256', async () => {
    const size = Buffer.alloc(12)
    size[0] = 0x80
    size[11] = 11
    expect(await contentIn(tarOf({ ...wanted, size }), 'wanted')).toBe('the content')
  })

  test('nowhere when a link leads to what is not there', async () => {
    expect(await contentIn(tarOf({ name: 'wanted', type: '2', link: 'gone' }), 'wanted')).toBeUndefined()
  })

  test('and not what follows the end of the archive', async () => {
    expect(await contentIn(Buffer.concat([tarOf({ name: 'a' }), tarOf(wanted)]), 'wanted')).toBeUndefined()
  })
})

test.each<[string, readonly (TarPart | Buffer)[], string]>([
  ['a name that climbs', [{ name: '../wanted' }], 'leads out'],
  ['a name that climbs and comes back', [{ name: 'a/../wanted' }], 'leads out'],
  ['an absolute name', [{ name: '/etc/passwd' }], 'leads out'],
  ['an absolute pax name', [paxHeader({ path: '/wanted' }), { name: 'a' }], 'leads out'],
  ['a climbing GNU long name', [gnuLong('L', 'x/../../y'), { name: 'a' }], 'leads out'],
  ['a name that goes on after a NUL and a new line', [{ name: Buffer.from('a\0\nb') }], 'control characters'],
  ['a name that is no UTF-8', [{ name: Buffer.from([0x61, 0xff]) }], 'no UTF-8'],
  ['a name of 5000 bytes', [gnuLong('L', 'n'.repeat(5000)), { name: 'a' }], 'longer than 4096'],
  ['a file named like the archive’s root', [{ name: './.' }], 'no name of its own'],
  ['a symbolic link out of the archive', [{ name: 'a/b', type: '2', link: '../../x' }], 'a link to ../../x'],
  ['an absolute symbolic link', [{ name: 'a', type: '2', link: '/etc/passwd' }], 'a link to /etc/passwd'],
  ['a hard link out of the archive', [{ name: 'a', type: '1', link: '../x' }], 'leads out'],
  ['a circle of links', [link('wanted', 'b'), link('b', 'wanted')], 'in a circle'],
  ['a chain of 20 links', [link('wanted', '0'), ...chain(20)], 'more than 16'],
  ['a character device in the file’s place', [{ name: 'wanted', type: '3' }], 'device or pipe'],
  ['a block device in the file’s place', [{ name: 'wanted', type: '4' }], 'device or pipe'],
  ['a pipe in the file’s place', [{ name: 'wanted', type: '6' }], 'device or pipe'],
  ['a folder in the file’s place', [{ name: 'wanted/', type: '5' }], 'a folder'],
  ['a link to a device', [{ name: 'dev', type: '3' }, link('wanted', 'dev')], 'device or pipe'],
])('refuses %s as LAYOUT_LINK_OUTSIDE', async (_, parts, reason) => {
  const error = await refusal(...parts)
  expect(error).toMatchObject({ code: 'LAYOUT_LINK_OUTSIDE', reason: expect.stringContaining(reason) })
})

const negative = Buffer.alloc(12, 0xff)
const beyond = Buffer.alloc(12, 0x7f)
beyond[0] = 0x80

test.each<[string, readonly (TarPart | Buffer)[], string]>([
  ['two files of one name', [wanted, { ...wanted, name: './wanted' }], 'two entries with the name wanted'],
  ['a file and a link of one name', [wanted, link('wanted', 'a')], 'two entries'],
  ['a file and a folder of one name', [wanted, { name: 'wanted/', type: '5' }], 'two entries'],
  ['a GNU sparse file', [{ ...wanted, type: 'S' }], 'SparseFile'],
  ['a pax sparse file', [paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'wanted' }), { name: 'a' }], 'sparse'],
  ['a continued file', [{ ...wanted, type: 'M' }], 'ContinuationFile'],
  ['a wrong checksum', [wanted, { name: 'b', checksum: 1 }], 'the header at byte 1024 is damaged'],
  ['a negative size', [wanted, { name: 'b', size: negative }], 'at byte 1024 is damaged'],
  ['a size beyond 2^53', [wanted, { name: 'b', size: beyond }], 'at byte 1024 is damaged'],
  ['a size that is no number', [wanted, { name: 'b', size: '0000000001x' }], 'at byte 1024 is damaged'],
  ['no size at all', [wanted, { name: 'b', size: '' }], 'at byte 1024 is damaged'],
  ['a size beyond the file', [wanted, { name: 'b', size: 8 ** 12 }], 'in the middle of the entry at byte 1024'],
  ['a pax size of 1e3', [paxHeader({ size: '1e3' }), wanted], 'a size of "1e3"'],
  ['a pax size of 0x10', [paxHeader({ size: '0x10' }), wanted], 'a size of "0x10"'],
  ['a negative pax size', [paxHeader({ size: '-1' }), wanted], 'a size of "-1"'],
  ['a pax size beyond 2^53', [paxHeader({ size: '9007199254740993' }), wanted], 'a size of "9007199254740993"'],
  ['a pax record of a wrong length', [paxHeader(Buffer.from('99 path=a\n')), wanted], 'malformed'],
  ['a pax record without length', [paxHeader(Buffer.from('path=a\n')), wanted], 'malformed'],
  ['a pax record without name', [paxHeader(Buffer.from('5 =a\n')), wanted], 'malformed'],
  ['a pax record of length 0', [paxHeader(Buffer.from('0 path=a\n')), wanted], 'malformed'],
  ['a global pax name', [paxHeader({ path: 'a' }, 'g'), wanted], 'sets path for all'],
  ['a global pax size', [paxHeader({ size: '1' }, 'g'), wanted], 'sets size for all'],
  ['a name said twice', [gnuLong('L', 'a'), paxHeader({ path: 'b' }), wanted], 'in two ways'],
  ['a pax header of 2 MiB', [paxHeader({ comment: 'x'.repeat(2 ** 21) }), wanted], 'more than 1048576 bytes'],
  ['a last pax header without entry', [wanted, paxHeader({ path: 'a' })], 'not there'],
  ['a hard link with bytes', [{ name: 'a', type: '1', link: 'b', content: 'x' }], 'bytes of its own'],
  ['a symbolic link with bytes', [{ name: 'a', type: '2', link: 'b', content: 'x' }], 'bytes of its own'],
  ['more after a lone block of zeros', [wanted, Buffer.alloc(512), { name: 'b' }], 'its end is marked at byte 1024'],
])('refuses %s as LAYOUT_ARCHIVE_INVALID', async (_, parts, reason) => {
  const error = await refusal(...parts)
  expect(error).toMatchObject({ code: 'LAYOUT_ARCHIVE_INVALID', reason: expect.stringContaining(reason) })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('hello')],
  ['a long text', Buffer.alloc(5000, 'x')],
])('says that %s is no archive', async (_, bytes) => {
  const error = await errorOf(contentIn(bytes, 'wanted'))
  expect(error.values['reason']).toContain('it is no tar archive')
})

test('refuses more than 100,000 entries', async () => {
  const one = tarEntry({ name: 'dir', type: '5' })
  const bytes = Buffer.concat([...Array.from({ length: 100_001 }, () => one), Buffer.alloc(1024)])
  expect((await errorOf(contentIn(bytes, 'dir'))).values['reason']).toContain('more than 100000')
})

test('ends with the reason of an abort, and indexes nothing', async () => {
  const reading = indexTar(fileOf(tarOf(wanted)), { path: 'x', signal: AbortSignal.abort('enough') })
  await expect(reading).rejects.toBe('enough')
})

const part = fc.record({
  name: fc.stringMatching(/^[a-z]{1,8}(\/[a-zäß]{1,60}){0,4}$/),
  content: fc.uint8Array({ maxLength: 1300 }),
  how: fc.constantFrom('plain', 'pax', 'gnu'),
})
const parts = fc.uniqueArray(part, { selector: ({ name }) => name, maxLength: 12 })

test('finds every file of any archive, byte for byte, however its name is written', async () => {
  await fc.assert(
    fc.asyncProperty(parts, async (files) => {
      const pieces = files.flatMap(({ name, content, how }) => {
        const entry = { name: 'cut', content: Buffer.from(content) }
        if (how === 'pax') return [paxHeader({ path: name, size: String(content.length) }), tarEntry(entry)]
        if (how === 'gnu' || Buffer.byteLength(name) > 100) return [gnuLong('L', name), tarEntry(entry)]
        return [tarEntry({ ...entry, name })]
      })
      const bytes = tarOf(...pieces)
      const index = await indexTar(fileOf(bytes), { path: 'x', signal })
      expect(index.size).toBe(files.length)
      for (const { name, content } of files) {
        const { offset = 0, size = -1 } = findFile(index, name) ?? {}
        expect(bytes.subarray(offset, offset + size).equals(Buffer.from(content))).toBe(true)
      }
    }),
  )
})

test('reads any archive that was cut off as far as whole entries go, or refuses it; never invents bytes', async () => {
  const refused: unknown = expect.objectContaining({ code: 'LAYOUT_ARCHIVE_INVALID' })
  const whole = tarOf(wanted, paxHeader({ path: 'second' }), { name: 'cut', content: 'x'.repeat(700) })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: whole.length }), async (length) => {
      const bytes = whole.subarray(0, length)
      const index = await indexTar(fileOf(bytes), { path: 'x', signal }).catch((error: unknown) => error)
      const ends = index instanceof Map ? [...index.values()].map(({ offset, size }) => offset + size) : []
      expect(Math.max(0, ...ends)).toBeLessThanOrEqual(length)
      expect(index instanceof Map ? 'read' : index).toEqual(expect.toBeOneOf(['read', refused]))
    }),
  )
})

function link(name: string, target: string): TarPart {
  return { name, type: '2', link: target }
}

function chain(length: number): TarPart[] {
  const links = Array.from({ length }, (_, position) => link(String(position), String(position + 1)))
  return [...links, { name: String(length), content: 'far' }]
}
