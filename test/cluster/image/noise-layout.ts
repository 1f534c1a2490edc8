import { createCipheriv, createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Header } from 'tar/header'

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

const PIECE = 1024 * 1024
const BLOCK = 512

/**
 * Writes an OCI layout of one image with one layer, a plain tar of one file of `bytes` bytes that nothing compresses, without holding it: a pod
 * has little memory. The same seed gives the same bytes. Returns the image's digest.
 */
export async function writeNoiseLayout(
  folder: string,
  { seed, bytes }: { readonly seed: string; readonly bytes: number },
): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  const layer = await writeLayer(folder, tarOf(seed, bytes))
  const config = await writeJson(folder, 'application/vnd.oci.image.config.v1+json', {
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = await writeJson(folder, mediaType, { schemaVersion: 2, mediaType, config, layers: [layer] })
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }))
  return manifest.digest
}

function* tarOf(seed: string, bytes: number): Generator<Buffer> {
  const header = Buffer.alloc(BLOCK)
  new Header({ path: 'noise', size: bytes, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: 'File' }).encode(
    header,
  )
  yield header
  yield* noise(seed, bytes)
  // The file's end up to a whole block, and the two empty blocks of the archive's end.
  yield Buffer.alloc(((BLOCK - (bytes % BLOCK)) % BLOCK) + 2 * BLOCK)
}

/** The key stream of a cipher whose key is the seed: as good as random, and the same every time. */
function* noise(seed: string, bytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16))
  const zeros = Buffer.alloc(PIECE)
  for (let left = bytes; left > 0; left -= PIECE) yield cipher.update(zeros.subarray(0, Math.min(left, PIECE)))
}

async function writeLayer(folder: string, pieces: Iterable<Buffer>): Promise<Descriptor> {
  const hash = createHash('sha256')
  let size = 0
  const counted = function* () {
    for (const piece of pieces) {
      hash.update(piece)
      size += piece.length
      yield piece
    }
  }
  const temporary = join(folder, 'blobs/sha256', 'unfinished')
  await pipeline(Readable.from(counted()), createWriteStream(temporary))
  const hex = hash.digest('hex')
  await rename(temporary, join(folder, 'blobs/sha256', hex))
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${hex}`, size }
}

async function writeJson(folder: string, mediaType: string, content: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(content))
  const hex = createHash('sha256').update(bytes).digest('hex')
  await writeFile(join(folder, 'blobs/sha256', hex), bytes)
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
}
