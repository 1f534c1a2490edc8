import { randomUUID } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { startHash } from './digest.ts'
import type { Digest, DigestAlgorithm } from './digest.ts'

/** Blobs of all registries of one world, by digest, as files in one scratch folder. */
export type BlobStore = {
  readonly folder: string
  begin(): BlobWriter
  /** Whether the bytes can be read back: a counting store knows sizes and digests only. */
  keeps(digest: Digest): boolean
  read(digest: Digest, range?: { readonly start: number; readonly end: number }): Readable
  close(): Promise<void>
}

/** One blob on its way in. Never holds more of it than the chunk at hand. */
export type BlobWriter = {
  readonly size: number
  /** Hashes with this algorithm too: free of cost while no byte has come, later the file is read once more. */
  announce(algorithm: DigestAlgorithm): void
  /** Writes what the source yields, one chunk at a time; what has come before a break stays. Gives the bytes taken. */
  append(source: AsyncIterable<Uint8Array>): Promise<number>
  /** Keeps the blob when its bytes have this digest, else throws it away; says which. */
  seal(digest: Digest): Promise<boolean>
  discard(): Promise<void>
}

export type BlobStoreOptions = {
  /** Hash and count, keep no bytes: for pushes that would fill the disk. */
  readonly counted?: boolean
}

const openFolders = new Set<string>()

/** Opens an empty store. A folder that nobody closed goes away with the process. */
export const createBlobStore = (options: BlobStoreOptions = {}): BlobStore => {
  const folder = mkdtempSync(join(tmpdir(), 'tekton-entra-registry-'))
  if (openFolders.size === 0) process.once('exit', removeOpenFolders)
  openFolders.add(folder)
  const counted = options.counted ?? false
  return {
    folder,
    begin: () => (counted ? new CountingWriter() : new FileWriter(folder)),
    keeps: (digest) => existsSync(fileOf(folder, digest)),
    read: (digest, range) => createReadStream(fileOf(folder, digest), range ?? {}),
    close: async () => {
      await rm(folder, { recursive: true, force: true })
      openFolders.delete(folder)
      if (openFolders.size === 0) process.removeListener('exit', removeOpenFolders)
    },
  }
}

const removeOpenFolders = (): void => {
  for (const folder of openFolders) rmSync(folder, { recursive: true, force: true })
}

const fileOf = (folder: string, digest: Digest): string => join(folder, `${digest.algorithm}-${digest.encoded}`)

class FileWriter implements BlobWriter {
  readonly #folder: string
  readonly #path: string
  readonly #hashes = new Map<DigestAlgorithm, Hash>([['sha256', startHash('sha256')]])
  #size = 0

  constructor(folder: string) {
    this.#folder = folder
    this.#path = join(folder, `upload-${randomUUID()}`)
  }

  get size(): number {
    return this.#size
  }

  announce(algorithm: DigestAlgorithm): void {
    if (this.#size === 0 && !this.#hashes.has(algorithm)) this.#hashes.set(algorithm, startHash(algorithm))
  }

  async append(source: AsyncIterable<Uint8Array>): Promise<number> {
    const before = this.#size
    await using handle = await open(this.#path, 'a', 0o600)
    for await (const chunk of source) {
      // Awaited, so that a slow disk slows the client down; hashed after, so that hash, size and file always agree.
      await handle.appendFile(chunk)
      for (const hash of this.#hashes.values()) hash.update(chunk)
      this.#size += chunk.byteLength
    }
    return this.#size - before
  }

  async seal(digest: Digest): Promise<boolean> {
    if (this.#size === 0) await this.append(nothing())
    const matches = (await this.#encoded(digest.algorithm)) === digest.encoded
    if (matches) await rename(this.#path, fileOf(this.#folder, digest))
    else await this.discard()
    return matches
  }

  async discard(): Promise<void> {
    await rm(this.#path, { force: true })
  }

  async #encoded(algorithm: DigestAlgorithm): Promise<string> {
    const running = this.#hashes.get(algorithm)
    if (running !== undefined) return running.digest('hex')
    const hash = startHash(algorithm)
    for await (const chunk of createReadStream(this.#path) as AsyncIterable<Buffer>) hash.update(chunk)
    return hash.digest('hex')
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

class CountingWriter implements BlobWriter {
  // There is no file to read a second time: an algorithm that is not announced before the first byte cannot be checked later.
  // Not both for all, as sha512 takes most of the time that a large push has.
  readonly #hashes = new Map<DigestAlgorithm, Hash>([['sha256', startHash('sha256')]])
  size = 0

  announce(algorithm: DigestAlgorithm): void {
    if (this.size === 0 && !this.#hashes.has(algorithm)) this.#hashes.set(algorithm, startHash(algorithm))
  }

  async append(source: AsyncIterable<Uint8Array>): Promise<number> {
    const before = this.size
    for await (const chunk of source) {
      for (const hash of this.#hashes.values()) hash.update(chunk)
      this.size += chunk.byteLength
    }
    return this.size - before
  }

  async seal(digest: Digest): Promise<boolean> {
    return this.#hashes.get(digest.algorithm)?.digest('hex') === digest.encoded
  }

  async discard(): Promise<void> {}
}
