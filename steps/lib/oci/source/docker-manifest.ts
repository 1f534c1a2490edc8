import { stepError } from '../../core/errors.ts'
import type { NamedImage } from './choose-image.ts'
import { digestOf, parseDigest, type Digest } from '../digest.ts'
import { readWhole, type FileStore } from './file-store.ts'
import { Json } from '../json.ts'
import { readJson } from './layout.ts'
import { readingFile } from '../layout-fault.ts'
import { maxManifestBytes } from '../manifest.ts'
import { isNonDistributable } from '../media-types.ts'

/** An image as `docker save` describes it in manifest.json (moby image/tarexport). */
export type DockerImage = {
  /** Names of files in the archive. */
  readonly config: string
  readonly layers: readonly string[]
  readonly configBytes: Buffer
}

/** Every image's config is read and kept, so there must be an end to them. */
const maxImages = 1000
const maxConfigBytes = 64 * 1024 * 1024

const reasons = {
  lacking: (config: string) => `the archive lacks the config ${config}`,
  configs: `the configs that it names take more than ${maxConfigBytes} bytes`,
  tooLarge: `it is larger than ${maxManifestBytes} bytes`,
  foreign: 'a layer that may be distributed: others can only be named by an OCI archive',
} as const

/** The images of a docker archive, by their tags and the digests of their configs (Docker's image IDs). Throws LAYOUT_INVALID. */
export async function readDockerManifest(files: FileStore): Promise<readonly NamedImage<DockerImage>[]> {
  const json = await readJson(files, 'manifest.json')
  const entries = readingFile('manifest.json', () => {
    const items = json.items()
    if (items.length === 0 || items.length > maxImages) json.refuse(`1 to ${maxImages} images`)
    return items.map(readEntry)
  })
  const images: NamedImage<DockerImage>[] = []
  let total = 0
  for (const { names, config, layers } of entries) {
    const configBytes = await readConfig(files, config)
    total += configBytes.length
    if (total > maxConfigBytes) throw stepError('LAYOUT_INVALID', { file: 'manifest.json', reason: reasons.configs })
    images.push({ names, digest: digestOf(configBytes), image: { config, layers, configBytes } })
  }
  return images
}

function readEntry(json: Json): { names: readonly string[]; config: string; layers: readonly string[] } {
  const strings = (name: string) => (json.optional(name)?.items() ?? []).map((item) => item.string())
  // Docker 25 describes all layers here, earlier ones only those that a licence keeps elsewhere (of Windows).
  for (const [, layer] of json.optional('LayerSources')?.members() ?? []) {
    const mediaType = layer.optional('mediaType')
    if (isNonDistributable(mediaType?.string() ?? '')) mediaType?.refuse(reasons.foreign)
  }
  return { names: strings('RepoTags'), config: json.field('Config').string(), layers: strings('Layers') }
}

async function readConfig(files: FileStore, config: string): Promise<Buffer> {
  const bytes = await readWhole(files, config, maxManifestBytes)
  if (bytes === undefined) throw stepError('LAYOUT_INVALID', { file: 'manifest.json', reason: reasons.lacking(config) })
  if (bytes.length > maxManifestBytes) throw stepError('LAYOUT_INVALID', { file: config, reason: reasons.tooLarge })
  return bytes
}

/** The digests that the uncompressed layers must have, lowest first (image-spec config.md, `rootfs`). Throws LAYOUT_INVALID. */
export function readDiffIds({ config, configBytes }: DockerImage): readonly Digest[] {
  return readingFile(config, () => {
    const diffIds = Json.parse(configBytes).field('rootfs').optional('diff_ids')?.items() ?? []
    return diffIds.map((json) => {
      const digest = parseDigest(json.string())
      return digest?.startsWith('sha256:') === true ? digest : json.refuse('sha256: and 64 lower case hex digits')
    })
  })
}
