import { basename, dirname } from 'node:path'
import { stepError } from '../../core/errors.ts'
import { compressionOf, decompress } from './compression.ts'
import { openInside } from './contained-file.ts'
import { openDockerArchive } from './docker-archive.ts'
import { readDockerManifest } from './docker-manifest.ts'
import type { ImageSource, SourceOptions } from '../image-source.ts'
import { layoutSource } from './layout.ts'
import { archiveInvalid } from '../layout-fault.ts'
import { openedFile, type OpenedFile } from './opened-file.ts'
import { withPlatforms } from './platforms.ts'
import { openScratchFile, type ScratchFile } from './scratch-file.ts'
import { findUncompressed } from './stored-layers.ts'
import { indexTar, type TarIndex } from './tar-index.ts'
import { tarStore } from './tar-store.ts'

/** What a compressed archive may unpack to: real ones are below a tenth of the ratio, and hold no more than a node's disk. */
const bounds = { maxBytes: 200 * 1024 ** 3, ratio: 200, freeBytes: 256 * 1024 ** 2 } as const

const needs = {
  unpack: (path: string) => `The archive ${path} is compressed and must be unpacked first`,
  compress: 'The layers of the archive are uncompressed and are to be compressed',
} as const

const reasons = {
  absent: 'there is no such file',
  written: 'it was written to while it was read',
  neither: 'the archive has neither index.json nor manifest.json',
  inFolder: (folder: string) =>
    `the archive has its files in a folder ${folder}: pack what is in that folder (tar -C ${folder} -cf FILE .)`,
} as const

type Archive = {
  readonly path: string
  readonly tar: OpenedFile
  readonly index: TarIndex
  readonly options: SourceOptions
  /** Opened when first asked for; gone with the archive. */
  readonly scratch: () => Promise<ScratchFile>
}

/**
 * Opens an OCI archive or docker archive, plain or compressed. `path` is a real one: a link that is put in its place is not followed.
 * Throws LAYOUT_*, and then leaves nothing open and no file behind.
 */
export async function openArchive(path: string, options: SourceOptions): Promise<ImageSource> {
  await using open = new AsyncDisposableStack()
  const file = open.use(await openFile(path))
  const tar = await plainTar(file, { path, options, open })
  const index = await indexTar(tar, { path, signal: options.signal })
  let scratch: Promise<ScratchFile> | undefined
  const openScratch = async () => open.use(await openScratchFile(options.scratch, needs.compress))
  const source = await sourceIn({ path, tar, index, options, scratch: () => (scratch ??= openScratch()) })
  if (await file.changed()) throw archiveInvalid(path, reasons.written)
  const kept = open.move()
  return { ...source, close: async () => await kept.disposeAsync() }
}

async function openFile(path: string): Promise<OpenedFile> {
  const folder = dirname(path)
  const opened = await openInside({ path: folder, realPath: folder, found: new Map() }, basename(path))
  if (opened === undefined) throw stepError('LAYOUT_NOT_FOUND', { path, reason: reasons.absent })
  return openedFile(opened, basename(path))
}

type Opening = { readonly path: string; readonly options: SourceOptions; readonly open: AsyncDisposableStack }

/** The archive itself, or the temporary file that it is unpacked to. */
async function plainTar(file: OpenedFile, { path, options, open }: Opening): Promise<OpenedFile> {
  const compression = await compressionOf(file)
  if (compression === undefined) return file
  const unpacked = open.use(await openScratchFile(options.scratch, needs.unpack(path)))
  const refuse = (reason: string) => archiveInvalid(path, reason)
  for await (const chunk of decompress(file, { compression, bounds, signal: options.signal, refuse }))
    await unpacked.append(chunk)
  return unpacked
}

/**
 * `docker save` has written both kinds of manifest since Docker 25. The OCI one has the digests that the build made, and says which image it
 * is; where the layers of that image are not compressed, and manifest.json has it too, they are sent as `compression` says.
 */
async function sourceIn(archive: Archive): Promise<ImageSource> {
  const { path, tar, index, options } = archive
  const files = tarStore(tar, index, path)
  const hasLayout = index.has('index.json') && index.has('oci-layout')
  if (!hasLayout && index.has('manifest.json')) return await dockerSource(archive, options.ref)
  if (!index.has('index.json') && !index.has('oci-layout')) throw neitherKind(path, index)
  const layout = await layoutSource(files, { kind: 'oci-archive', ref: options.ref })
  const source = await withPlatforms(layout, options.platforms)
  if (!index.has('manifest.json')) return source
  const config = await findUncompressed(source, files)
  const isDescribed = config !== undefined && (await readDockerManifest(files)).some(({ digest }) => digest === config)
  return isDescribed ? await dockerSource(archive, config) : source
}

async function dockerSource(archive: Archive, ref: string | undefined): Promise<ImageSource> {
  const { path, tar, index, options, scratch } = archive
  const { compression, signal } = options
  const source = await openDockerArchive({ path, tar, index, ref, compression, signal, scratch })
  return await withPlatforms(source, options.platforms)
}

function neitherKind(path: string, index: TarIndex): Error {
  const names = [...index.keys()]
  if (index.has('repositories') || names.some((name) => /^[0-9a-f]{64}\/VERSION$/.test(name)))
    return stepError('LAYOUT_ARCHIVE_LEGACY', { path })
  const inner = names.find((name) => /^[^/]+\/(oci-layout|index\.json|manifest\.json)$/.test(name))
  const reason = inner === undefined ? reasons.neither : reasons.inFolder(dirname(inner))
  return stepError('LAYOUT_NOT_FOUND', { path, reason })
}
