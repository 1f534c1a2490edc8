import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Header } from 'tar/header'

const megabyte = 1_000_000

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number }

/**
 * Writes an OCI layout of one image whose layers, plain tars of one file each, have `layers × megabytes` MB in all, without holding them.
 * Another `seed` gives another image. Returns its digest.
 */
export async function writeBigLayout(
  folder: string,
  { layers, megabytes, seed }: { readonly layers: number; readonly megabytes: number; readonly seed: string },
): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  const made: Descriptor[] = []
  for (let part = 0; part < layers; part++) made.push(await writeLayer(folder, `${seed}-${part}`, megabytes))
  const config = await writeJson(folder, 'application/vnd.oci.image.config.v1+json', {
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: made.map(({ digest }) => digest) },
  })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = await writeJson(folder, mediaType, { schemaVersion: 2, mediaType, config, layers: made })
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }))
  return manifest.digest
}

async function writeLayer(folder: string, name: string, megabytes: number): Promise<Descriptor> {
  const size = megabytes * megabyte
  const chunk = Buffer.alloc(megabyte, `${name} `)
  const hash = createHash('sha256')
  let total = 0
  const pieces = function* () {
    yield tarHeader(name, size)
    for (let count = 0; count < megabytes; count++) yield chunk
    // The file's end up to a whole block, and the two empty blocks of the archive's end.
    yield Buffer.alloc(((512 - (size % 512)) % 512) + 1024)
  }
  const counted = function* () {
    for (const piece of pieces()) {
      hash.update(piece)
      total += piece.length
      yield piece
    }
  }
  const temporary = join(folder, 'blobs/sha256', name)
  await pipeline(Readable.from(counted()), createWriteStream(temporary))
  const hex = hash.digest('hex')
  await rename(temporary, join(folder, 'blobs/sha256', hex))
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${hex}`, size: total }
}

function tarHeader(path: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  new Header({ path, size, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: 'File' }).encode(block)
  return block
}

async function writeJson(folder: string, mediaType: string, content: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(content))
  const hex = createHash('sha256').update(bytes).digest('hex')
  await writeFile(join(folder, 'blobs/sha256', hex), bytes)
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
}
