import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { buildImage, type BuildOptions, type BuiltImage, type ImageLayout } from '../../images/steps/build.ts'
import { blobPath, readBlob, topOf, type Manifest } from '../../images/steps/oci-layout.ts'
import type { Architecture } from '../../images/steps/platforms.ts'
import { runProgram } from '../../images/steps/run-program.ts'
import { root } from '../contract/repository.ts'
import { findTool, skipWithout, type Tool } from '../foreign/tools.ts'

const needed: readonly Tool[] = ['apt-get', 'buildah', 'runc', 'aarch64-linux-gnu-strip']

/** An image's configuration (OCI image-spec, config.md), as far as tests look at it. */
export type ImageConfig = {
  readonly created: string
  readonly architecture: string
  readonly os: string
  readonly config: {
    readonly User: string
    readonly Entrypoint: readonly string[]
    readonly Cmd?: readonly string[]
    readonly Env: readonly string[]
    readonly Labels: Readonly<Record<string, string>>
  }
  readonly history: readonly { readonly created: string }[]
}

/** One platform of a built image, unpacked. */
export type Unpacked = {
  readonly rootfs: string
  readonly manifest: Manifest
  readonly config: ImageConfig
  /** `tar -tv` of every layer, a line for each entry. */
  readonly listing: readonly string[]
}

/** Whether this machine can build and run the image. */
export function canBuild(): boolean {
  return process.getuid?.() === 0 && needed.every((tool) => findTool(tool) !== undefined)
}

/** Skips the running test where the image cannot be built or run; the reporter says why. */
export function skipWithoutBuilder(context: Pick<TestContext, 'skip'>): void {
  skipWithout(context, ...needed)
  if (process.getuid?.() !== 0) context.skip("not root: Debian's files and runc need it")
}

/** Builds the image into a folder of its own. What was downloaded once is taken again. */
export async function buildOnce(folder: string, options: Pick<BuildOptions, 'withShell'> = {}): Promise<BuiltImage> {
  await mkdir(folder, { recursive: true })
  const outdir = await mkdtemp(join(folder, 'built-'))
  return await buildImage({ outdir, downloads: `${root}/build/downloads`, ...options })
}

/** A scratch folder that every uid may enter, as a container's parent folders must be. */
export async function makeFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tekton-entra-image-'))
  await runProgram('chmod', ['755', path])
  return { path, remove: async () => await rm(path, { recursive: true, force: true }) }
}

/** Unpacks one platform as a container runtime does: layer upon layer, with owners and modes. */
export async function unpack(image: ImageLayout, architecture: Architecture, rootfs: string): Promise<Unpacked> {
  const manifest = await manifestOf(image, architecture)
  const listing: string[] = []
  await mkdir(rootfs, { recursive: true })
  for (const { digest } of manifest.layers) {
    const layer = blobPath(image.layout, digest)
    listing.push(...(await runProgram('tar', ['--numeric-owner', '--utc', '-tvzf', layer])).trimEnd().split('\n'))
    await runProgram('tar', ['--numeric-owner', '--same-owner', '-xpzf', layer, '-C', rootfs])
  }
  return { rootfs, manifest, listing, config: await readBlob(image.layout, manifest.config.digest) }
}

async function manifestOf({ layout }: ImageLayout, architecture: Architecture): Promise<Manifest> {
  const [top] = await topOf(layout)
  const { manifests = [] } = await readBlob<Manifest>(layout, top?.digest ?? '')
  const entry = manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture)
  if (entry === undefined) throw new Error(`the index has no linux/${architecture}`)
  return await readBlob<Manifest>(layout, entry.digest)
}

/** Unpacks an archive of one image as `docker save` writes it, and gives the names that it has there. */
export async function unpackArchive(
  archive: string,
  folder: string,
): Promise<Pick<Unpacked, 'rootfs' | 'config'> & { readonly names: readonly string[] }> {
  const [contents, rootfs] = [join(folder, 'archive'), join(folder, 'rootfs')]
  for (const made of [contents, rootfs]) await mkdir(made, { recursive: true })
  await runProgram('tar', ['-xf', archive, '-C', contents])
  type Entry = { readonly Config: string; readonly RepoTags: readonly string[]; readonly Layers: readonly string[] }
  const [entry]: [Entry] = JSON.parse(await readFile(join(contents, 'manifest.json'), 'utf8'))
  for (const layer of entry.Layers)
    await runProgram('tar', ['--numeric-owner', '--same-owner', '-xpf', join(contents, layer), '-C', rootfs])
  const config: ImageConfig = JSON.parse(await readFile(join(contents, entry.Config), 'utf8'))
  return { rootfs, config, names: entry.RepoTags }
}
