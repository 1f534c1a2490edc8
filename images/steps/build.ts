import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { version } from '../../steps/lib/core/version.ts'
import { writeApplication } from './application.ts'
import { writeBaseFiles } from './base-files.ts'
import { buildPlatform } from './buildah.ts'
import { basePackages, fetchDebianPackages } from './debian-files.ts'
import {
  packLayout,
  readBlob,
  takeImage,
  writeIndex,
  type Descriptor,
  type Manifest,
  type PackedLayers,
} from './oci-layout.ts'
import { writeNode } from './node-files.ts'
import { platforms, type Architecture, type Platform } from './platforms.ts'
import { shellPackages, writeShellFiles } from '../steps-shell/shell-files.ts'
import { spdxDocument, type SbomPackage } from './spdx.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the image goes, and where what it is made of is kept between builds. */
export type BuildOptions = {
  readonly outdir: string
  readonly downloads: string
  /** Whether the image with a shell is built, too. Not, when it is absent. */
  readonly withShell?: boolean
}

/** Compressed sizes of one platform, in bytes, in the order of the layers: Debian's files, Node, the application, and the shell where there is one. */
export type Sizes = { readonly architecture: Architecture; readonly layers: readonly number[] }

/** An image as an OCI layout. */
export type ImageLayout = {
  /** Folder: an OCI image layout with one index. */
  readonly layout: string
  /** The same in one file. */
  readonly archive: string
  readonly digest: string
  readonly sizes: readonly Sizes[]
}

/** A built image. */
export type BuiltImage = ImageLayout & {
  /** The same with a shell and git on top, where that was asked for. */
  readonly shell: ImageLayout | undefined
  /** What could not be done as usual here. */
  readonly notes: readonly string[]
}

/**
 * Builds the step image for all platforms from npm's and Debian's packages, without any registry of images. The same sources and packages
 * give the same digest. Needs Debian 12 with buildah and root, or a user that buildah works for.
 */
export async function buildImage({ outdir, downloads, withShell = false }: BuildOptions): Promise<BuiltImage> {
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const work = await mkdtemp(join(outdir, 'work-'))
  try {
    const application = await writeApplication(join(work, 'application'))
    const made = await Promise.all(
      platforms.map(async (platform) => await writeContexts(platform, work, { downloads, withShell })),
    )
    for (const { platform } of made) await buildPlatform(platform.architecture, foldersOf(platform, work, withShell))
    const lock: { image: string; shell: string } = parse(await readFile(`${root}images/lock.yaml`, 'utf8'))
    const packed: PackedLayers = new Map()
    const place = { work, outdir, packed }
    const plain = made.map(({ sbom, ...base }) => ({ ...base, sbom: [...sbom, ...application] }))
    const steps = await takeVariant(plain, { ...place, variant: 'steps', repository: lock.image })
    const more = plain.map(({ sbom, shell, ...base }) => ({ ...base, sbom: [...sbom, ...shell] }))
    const shell = { ...place, variant: 'steps-shell', repository: lock.shell } as const
    return {
      ...steps,
      shell: withShell ? await takeVariant(more, shell) : undefined,
      notes: made.flatMap(({ notes }) => notes),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

type Contents = { readonly platform: Platform; readonly sbom: readonly SbomPackage[] }
type Base = Contents & { readonly shell: readonly SbomPackage[]; readonly notes: readonly string[] }

type Variant = 'steps' | 'steps-shell'

type Taking = {
  readonly work: string
  readonly outdir: string
  readonly packed: PackedLayers
  readonly variant: Variant
  readonly repository: string
}

/** Takes a variant as it was built for all platforms into a layout and an archive of its own, and writes its SBOMs beside them. */
async function takeVariant(
  contents: readonly Contents[],
  { work, outdir, packed, variant, repository }: Taking,
): Promise<ImageLayout> {
  const isPlain = variant === 'steps'
  const layout = join(outdir, isPlain ? 'oci' : 'oci-shell')
  const images: Descriptor[] = []
  for (const { platform, sbom } of contents) {
    const { architecture } = platform
    images.push(await takeImage({ from: plainFolder(work, variant, platform), to: layout, architecture }, packed))
    const text = spdxDocument(`tekton-entra-${variant}-${architecture}`, sbom)
    await writeFile(join(outdir, `sbom-${isPlain ? '' : 'shell-'}${architecture}.spdx.json`), text)
  }
  const digest = await writeIndex(layout, images, { repository, tag: version })
  const archive = join(outdir, `${variant}.oci.tar`)
  await packLayout(layout, archive)
  return { layout, archive, digest, sizes: await measure(layout, images) }
}

function plainFolder(work: string, variant: Variant, { architecture }: Platform): string {
  return join(work, `plain-${variant}-${architecture}`)
}

function foldersOf(platform: Platform, work: string, withShell: boolean) {
  const plainShell = withShell ? plainFolder(work, 'steps-shell', platform) : undefined
  return { work, plain: plainFolder(work, 'steps', platform), plainShell }
}

/** Writes the build contexts of a platform's base, and of what the image with a shell has on top. */
async function writeContexts(
  platform: Platform,
  work: string,
  { downloads, withShell }: { readonly downloads: string; readonly withShell: boolean },
): Promise<Base> {
  const context = join(work, `base-${platform.architecture}`)
  const names = withShell ? [...basePackages, ...shellPackages] : basePackages
  const fetched = await fetchDebianPackages(platform, names, downloads)
  const packages = fetched.filter(({ name }) => basePackages.includes(name))
  const shell = fetched.filter(({ name }) => !basePackages.includes(name))
  await writeBaseFiles(platform, packages, join(context, 'base'))
  const node = await writeNode(platform, join(context, 'nodejs'), downloads)
  const sbom = [...packages, node.sbom]
  await writeSbom(join(context, 'base'), 'base', { platform, sbom })
  if (withShell) {
    const folder = join(work, `shell-${platform.architecture}`)
    await writeShellFiles(shell, folder)
    await writeSbom(folder, 'shell', { platform, sbom: shell })
  }
  const note = `${platform.architecture}: Node keeps its symbols, there is no ${platform.triple}-strip and no llvm-strip here`
  return { platform, sbom, shell, notes: node.stripper === undefined ? [note] : [] }
}

/** The SBOM that stands in the image itself. */
async function writeSbom(folder: string, part: string, { platform, sbom }: Contents): Promise<void> {
  await mkdir(join(folder, 'usr/share/sbom'), { recursive: true })
  const text = spdxDocument(`tekton-entra-steps-${part}-${platform.architecture}`, sbom)
  await writeFile(join(folder, `usr/share/sbom/${part}.spdx.json`), text)
}

async function measure(layout: string, images: readonly Descriptor[]): Promise<Sizes[]> {
  return await Promise.all(
    images.map(async ({ digest }, index) => {
      const { layers } = await readBlob<Manifest>(layout, digest)
      return { architecture: platforms[index]?.architecture ?? 'amd64', layers: layers.map(({ size }) => size) }
    }),
  )
}

/** Sizes as people read them, a line for each platform: `amd64  44.1 MB: Debian 3.6, Node 40.1, application 0.4`. */
export function describeSizes(sizes: readonly Sizes[]): string[] {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2)
  return sizes.map(({ architecture, layers }) => {
    const [debian = 0, node = 0, application = 0, shell] = layers
    const total = layers.reduce((sum, size) => sum + size, 0)
    const plain = `Debian ${megabytes(debian)}, Node ${megabytes(node)}, application ${megabytes(application)}`
    const parts = shell === undefined ? plain : `${plain}, shell ${megabytes(shell)}`
    return `${architecture}  ${megabytes(total)} MB compressed: ${parts}`
  })
}

if (import.meta.main) {
  const options = { outdir: `${root}build/image`, downloads: `${root}build/downloads`, withShell: true }
  const { notes, shell, ...steps } = await buildImage(options)
  const lines = [steps, shell].flatMap((image) =>
    image === undefined ? [] : [...describeSizes(image.sizes), image.archive, image.digest],
  )
  process.stdout.write(`${[...notes, ...lines].join('\n')}\n`)
}
