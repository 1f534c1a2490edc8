import { gzipSync } from 'node:zlib'
import { dockerFiles, filesOf, hexOf } from '../unit/oci/archive-fixtures.ts'
import { emptyLayout, layerType } from '../unit/oci/fixtures.ts'

const configType = 'application/vnd.oci.image.config.v1+json'

/** Files of an archive, and the image in it as a registry must come to hold it: config, and layers uncompressed. */
export type DockerSource = {
  readonly files: Readonly<Record<string, Buffer>>
  readonly config: Buffer
  readonly plain: readonly Buffer[]
}

/** As `docker save` before Docker 25, podman and buildah write it: layers that nobody has compressed. */
export function dockerSaved(plain: readonly Buffer[], tags: readonly string[] = ['shop/web:v1']): DockerSource {
  const files = dockerFiles({ layers: plain, tags })
  return { files, config: configIn(files), plain }
}

/** As `kaniko --tarPath` writes it: the config is named by its digest, the layers are gzip files at the archive's root. */
export function kanikoWritten(plain: readonly Buffer[]): DockerSource {
  const layers = plain.map((bytes) => gzipSync(bytes))
  const names = layers.map((bytes) => `${hexOf(bytes)}.tar.gz`)
  const made = dockerFiles({ layers, plain })
  const config = configIn(made)
  const entry = { Config: `sha256:${hexOf(config)}`, RepoTags: ['shop/web:v1'], Layers: names }
  const files = {
    [entry.Config]: config,
    ...Object.fromEntries(names.map((name, position) => [name, layers[position] ?? Buffer.alloc(0)])),
    'manifest.json': Buffer.from(JSON.stringify([entry])),
  }
  return { files, config, plain }
}

/** As Docker 25 writes it: an OCI layout, and beside it a manifest.json that names the same files. Its layers are uncompressed. */
export async function dockerMixed(plain: readonly Buffer[]): Promise<DockerSource> {
  await using layout = await emptyLayout()
  const layers = await Promise.all(plain.map(async (bytes) => await layout.blob(layerType, bytes)))
  const diffIds = plain.map((bytes) => `sha256:${hexOf(bytes)}`)
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }),
  )
  const described = await layout.blob(configType, config)
  const root = await layout.manifest(layers, { config: described })
  await layout.roots({ ...root, annotations: { 'io.containerd.image.name': 'docker.io/shop/web:v1' } })
  const blobs = [described, ...layers].map(({ digest }) => `blobs/${digest.replace(':', '/')}`)
  const [first, ...others] = blobs
  const manifest = [{ Config: first, RepoTags: ['shop/web:v1'], Layers: others }]
  return {
    files: { ...(await filesOf(layout)), 'manifest.json': Buffer.from(JSON.stringify(manifest)) },
    config,
    plain,
  }
}

function configIn(files: Readonly<Record<string, Buffer>>): Buffer {
  const [name] = Object.keys(files).filter((one) => /^[0-9a-f]{64}\.json$/.test(one))
  const config = files[name ?? '']
  if (config === undefined) throw new Error('the archive has no config')
  return config
}
