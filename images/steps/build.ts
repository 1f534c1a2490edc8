import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { version } from '../../steps/lib/core/version.ts'
import { writeApplication } from './application.ts'
import { writeBaseFiles } from './base-files.ts'
import { buildPlatform } from './buildah.ts'
import { fetchDebianPackages } from './debian-files.ts'
import { packLayout, readBlob, takeImage, writeIndex, type Descriptor, type Manifest } from './oci-layout.ts'
import { writeNode } from './node-files.ts'
import { platforms, type Architecture, type Platform } from './platforms.ts'
import { spdxDocument, type SbomPackage } from './spdx.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the image goes, and where what it is made of is kept between builds. */
export type BuildOptions = { readonly outdir: string; readonly downloads: string }

/** Compressed sizes of one platform, in bytes, in the order of the layers: Debian's files, Node, the application. */
export type Sizes = { readonly architecture: Architecture; readonly layers: readonly number[] }

/** A built image. */
export type BuiltImage = {
  /** Folder: an OCI image layout with one index. */
  readonly layout: string
  /** The same in one file. */
  readonly archive: string
  readonly digest: string
  readonly sizes: readonly Sizes[]
  /** What could not be done as usual here. */
  readonly notes: readonly string[]
}

/**
 * Builds the step image for all platforms from npm's and Debian's packages, without any registry of images. The same sources and packages
 * give the same digest. Needs Debian 12 with buildah and root, or a user that buildah works for.
 */
export async function buildImage({ outdir, downloads }: BuildOptions): Promise<BuiltImage> {
  await rm(outdir, { recursive: true, force: true })
  await mkdir(outdir, { recursive: true })
  const work = await mkdtemp(join(outdir, 'work-'))
  try {
    const layout = join(outdir, 'oci')
    const application = await writeApplication(join(work, 'application'))
    const made = await Promise.all(platforms.map(async (platform) => await writeBase(platform, work, downloads)))
    const images: Descriptor[] = []
    for (const { platform } of made) images.push(await takeBuilt(platform, work, layout))
    for (const { platform, sbom } of made) {
      const text = spdxDocument(`tekton-entra-steps-${platform.architecture}`, [...sbom, ...application])
      await writeFile(join(outdir, `sbom-${platform.architecture}.spdx.json`), text)
    }
    const lock: { image: string } = parse(await readFile(`${root}images/lock.yaml`, 'utf8'))
    const digest = await writeIndex(layout, images, { repository: lock.image, tag: version })
    const archive = join(outdir, 'steps.oci.tar')
    await packLayout(layout, archive)
    return { layout, archive, digest, sizes: await measure(layout, images), notes: made.flatMap(({ notes }) => notes) }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

type Base = { readonly platform: Platform; readonly sbom: readonly SbomPackage[]; readonly notes: readonly string[] }

/** Writes the build context of a platform's base. */
async function writeBase(platform: Platform, work: string, downloads: string): Promise<Base> {
  const context = join(work, `base-${platform.architecture}`)
  const packages = await fetchDebianPackages(platform, downloads)
  await writeBaseFiles(platform, packages, join(context, 'base'))
  const node = await writeNode(platform, join(context, 'nodejs'), downloads)
  const sbom = [...packages, node.sbom]
  await mkdir(join(context, 'base/usr/share/sbom'), { recursive: true })
  const text = spdxDocument(`tekton-entra-steps-base-${platform.architecture}`, sbom)
  await writeFile(join(context, 'base/usr/share/sbom/base.spdx.json'), text)
  const note = `${platform.architecture}: Node keeps its symbols, there is no ${platform.triple}-strip and no llvm-strip here`
  return { platform, sbom, notes: node.stripper === undefined ? [note] : [] }
}

async function takeBuilt(platform: Platform, work: string, layout: string): Promise<Descriptor> {
  const plain = join(work, `plain-${platform.architecture}`)
  await buildPlatform(platform.architecture, { work, plain })
  return await takeImage(plain, layout, platform.architecture)
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
    const [debian = 0, node = 0, application = 0] = layers
    const total = layers.reduce((sum, size) => sum + size, 0)
    const parts = `Debian ${megabytes(debian)}, Node ${megabytes(node)}, application ${megabytes(application)}`
    return `${architecture}  ${megabytes(total)} MB compressed: ${parts}`
  })
}

if (import.meta.main) {
  const outdir = `${root}build/image`
  const { archive, digest, sizes, notes } = await buildImage({ outdir, downloads: `${root}build/downloads` })
  process.stdout.write(`${[...notes, ...describeSizes(sizes), `${archive}\n${digest}`].join('\n')}\n`)
}
