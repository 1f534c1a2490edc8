import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Descriptor } from '../../../steps/lib/oci/descriptor.ts'
import { loadImage, type Image } from '../../../steps/lib/oci/image.ts'
import { openSource, type SourceOptions } from '../../../steps/lib/oci/source/open-source.ts'
import type { TestLayout } from './fixtures.ts'
import { tarOfFiles } from './tar-fixtures.ts'

/** A folder with an archive in it, and an empty one for temporary files beside it. */
export type TestArchive = AsyncDisposable & {
  readonly path: string
  readonly options: SourceOptions
  /** Opens the archive, reads the image, gives it to `look`, and closes the archive whatever happens. */
  read<T>(options: Partial<SourceOptions>, look: (image: Image) => Promise<T> | T): Promise<T>
  /** Names of what is left in the folder for temporary files. */
  leftOver(): Promise<string[]>
}

/** Writes an archive; its name says nothing of what it is. */
export async function archiveOf(bytes: Buffer): Promise<TestArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-archive-'))
  const scratch = await mkdtemp(join(tmpdir(), 'oci-scratch-'))
  const path = join(folder, 'image.bin')
  await writeFile(path, bytes)
  const options = { platforms: [], compression: 'none', scratch, signal: new AbortController().signal } as const
  return {
    path,
    options,
    read: async (more, look) => await readSource(path, { ...options, ...more }, look),
    leftOver: async () => await readdir(scratch),
    [Symbol.asyncDispose]: async () => {
      for (const one of [folder, scratch]) await rm(one, { recursive: true, force: true })
    },
  }
}

/** Opens a source, reads its image, and closes it whatever happens. */
export async function readSource<T>(
  path: string,
  options: SourceOptions,
  look: (image: Image) => Promise<T> | T,
): Promise<T> {
  const source = await openSource(path, options)
  try {
    return await look(await loadImage(source))
  } finally {
    await source.close()
  }
}

/** All bytes of a blob, as they would be sent. */
export async function bytesOf({ source }: Image, descriptor: Descriptor): Promise<Buffer> {
  return await buffer(Readable.from(source.openBlob(descriptor).open()))
}

/** The files of a layout by their names. */
export async function filesOf(layout: TestLayout): Promise<Record<string, Buffer>> {
  const entries = await readdir(layout.path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [relative(layout.path, file), await readFile(file)] as const)),
  )
}

/** A layout as tar archive. */
export async function tarOfLayout(layout: TestLayout): Promise<Buffer> {
  return tarOfFiles(await filesOf(layout))
}

export type DockerArchiveParts = {
  /** Bytes of the layers as they lie in the archive. */
  readonly layers: readonly Buffer[]
  /** Bytes whose digests the config names; those of `layers` when absent. */
  readonly plain?: readonly Buffer[]
  readonly tags?: readonly string[] | null
  /** Members of the manifest's entry and of the config, in place of the right ones. */
  readonly entry?: object
  readonly config?: object
}

/** The files of an archive as `docker save` before Docker 25, podman and skopeo write it. Several images share it. */
export function dockerFiles(...images: readonly DockerArchiveParts[]): Record<string, Buffer> {
  const files: Record<string, Buffer> = {}
  const entries = images.map(({ layers, plain = layers, tags = ['shop/web:v1'], entry, config }) => {
    const diffIds = plain.map((bytes) => `sha256:${hexOf(bytes)}`)
    const described = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds }, ...config }
    const configBytes = Buffer.from(JSON.stringify(described))
    const configName = `${hexOf(configBytes)}.json`
    files[configName] = configBytes
    const names = layers.map((bytes) => `${hexOf(bytes)}/layer.tar`)
    for (const [position, name] of names.entries()) files[name] = layers[position] ?? Buffer.alloc(0)
    return { Config: configName, RepoTags: tags, Layers: names, ...entry }
  })
  files['manifest.json'] = Buffer.from(JSON.stringify(entries))
  return files
}

/** SHA-256 in hex, by none of the product's code. */
export function hexOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
