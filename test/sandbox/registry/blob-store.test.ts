import { existsSync, readdirSync } from 'node:fs'
import { buffer, text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createBlobStore } from './blob-store.ts'
import { digestOf, parseDigest } from './digest.ts'
import type { Digest } from './digest.ts'

const digest = (bytes: string, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest => {
  const parsed = parseDigest(digestOf(bytes, algorithm))
  if (parsed === undefined) throw new Error('not a digest')
  return parsed
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of texts) yield Buffer.from(chunk)
}

async function* brokenOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('he')
  throw new Error('connection lost')
}

test('keeps a blob whose digest is right and gives its bytes back, whole and in part', async () => {
  const store = createBlobStore()
  const writer = store.begin()
  expect(await writer.append(chunks('he', 'llo'))).toBe(5)
  expect(await writer.append(chunks(' world'))).toBe(6)
  expect(await writer.seal(digest('hello world'))).toBe(true)
  expect(await text(store.read(digest('hello world')))).toBe('hello world')
  expect(await text(store.read(digest('hello world'), { start: 6, end: 8 }))).toBe('wor')
  await store.close()
})

test('throws a blob with another digest away and leaves no file', async () => {
  const store = createBlobStore()
  const writer = store.begin()
  await writer.append(chunks('hello'))
  expect(await writer.seal(digest('other'))).toBe(false)
  expect(readdirSync(store.folder)).toEqual([])
  await store.close()
})

test.each(['announced', 'not announced'])('checks a sha512 digest that was %s', async (when) => {
  const store = createBlobStore()
  const writer = store.begin()
  if (when === 'announced') writer.announce('sha512')
  await writer.append(chunks('hello'))
  expect(await writer.seal(digest('hello', 'sha512'))).toBe(true)
  expect(await text(store.read(digest('hello', 'sha512')))).toBe('hello')
  await store.close()
})

test('keeps what came before a source broke off, and goes on from there', async () => {
  const store = createBlobStore()
  const writer = store.begin()
  await expect(writer.append(brokenOff())).rejects.toThrow('connection lost')
  expect(writer.size).toBe(2)
  await writer.append(chunks('llo'))
  expect(await writer.seal(digest('hello'))).toBe(true)
  await store.close()
})

test('an empty blob is a blob', async () => {
  const store = createBlobStore()
  expect(await store.begin().seal(digest(''))).toBe(true)
  expect((await buffer(store.read(digest('')))).byteLength).toBe(0)
  await store.close()
})

test('a counting store checks digests and keeps no byte', async () => {
  const store = createBlobStore({ counted: true })
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const writer = store.begin()
    writer.announce(algorithm)
    await writer.append(chunks('hello'))
    expect(writer.size).toBe(5)
    expect(await writer.seal(digest('hello', algorithm))).toBe(true)
  }
  const late = store.begin()
  await late.append(chunks('hello'))
  expect(await late.seal(digest('hello', 'sha512'))).toBe(false)
  expect(await store.begin().seal(digest('hello'))).toBe(false)
  expect(store.keeps(digest('hello'))).toBe(false)
  expect(readdirSync(store.folder)).toEqual([])
  await store.close()
})

test('closing removes the folder', async () => {
  const store = createBlobStore()
  await store.begin().append(chunks('left open'))
  await store.close()
  expect(existsSync(store.folder)).toBe(false)
})

test.each([
  'sha256:abc',
  'sha256:' + 'A'.repeat(64),
  'md5:' + 'a'.repeat(32),
  'sha512:' + 'a'.repeat(64),
  'a'.repeat(64),
  '',
])('does not take %s for a digest', (spelling) => {
  expect(parseDigest(spelling)).toBeUndefined()
})
