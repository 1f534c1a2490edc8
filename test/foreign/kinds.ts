import { writeSampleLayout } from '../sandbox/sample-image.ts'
import type { SampleImage } from '../sandbox/sample-image.ts'
import { describeManifest, writeArtifact, writeDockerLayout } from './layouts.ts'

/** A kind of what can be pushed. No two kinds share a blob, so that each can be pushed before or after every other. */
export type Kind = {
  readonly what: string
  readonly tag: string
  /** Its blobs and its manifests, each digest once. */
  readonly blobs: number
  readonly manifests: number
  /** An artifact is no image: its config and layers hold what they like. */
  readonly isArtifact?: boolean
  /** Whether it names a subject, which is on no registry. */
  readonly hasSubject?: boolean
  /** Whether its manifests have Docker's types. */
  readonly isDocker?: boolean
  /** Writes it into a folder as an OCI image layout, and gives its digest. */
  readonly write: (folder: string) => Promise<string>
}

/** Types of the artifacts. */
export const chartType = 'application/vnd.example.chart'
export const reportType = 'application/vnd.example.report'

const platformsOf = (...names: readonly string[]) => names.map((architecture) => ({ os: 'linux', architecture }))

const bigBytes = 20 * 1024 * 1024

const sample = (image: SampleImage) => (folder: string) => writeSampleLayout(folder, image)

const docker = (image: SampleImage) => (folder: string) => writeDockerLayout(folder, image)

/** All kinds. */
export const kinds: readonly Kind[] = [
  {
    what: 'an image',
    tag: 'image',
    blobs: 3,
    manifests: 1,
    write: sample({ layers: [{ image: 'hello\n' }, { more: Buffer.alloc(300_000, 'image') }] }),
  },
  {
    what: 'an index of three platforms',
    tag: 'index',
    blobs: 5,
    manifests: 4,
    write: sample({
      platforms: platformsOf('amd64', 'arm64', 's390x'),
      layers: [{ index: 'hello\n' }, { more: Buffer.alloc(300_000, 'index') }],
    }),
  },
  {
    what: 'an artifact with an artifactType',
    tag: 'artifact',
    blobs: 2,
    manifests: 1,
    isArtifact: true,
    write: (folder) => writeArtifact(folder, { artifactType: chartType, content: 'a chart\n', config: '{}' }),
  },
  {
    what: 'an artifact with an absent subject',
    tag: 'subject',
    blobs: 2,
    manifests: 1,
    isArtifact: true,
    hasSubject: true,
    write: (folder) => {
      const subject = describeManifest('never pushed')
      return writeArtifact(folder, {
        artifactType: reportType,
        content: 'a report\n',
        config: '{"of":"nothing"}',
        subject,
      })
    },
  },
  {
    what: "an image of Docker's schema 2",
    tag: 'docker',
    blobs: 2,
    manifests: 1,
    isDocker: true,
    write: docker({ layers: [{ docker: 'hello\n' }] }),
  },
  {
    what: "a manifest list of Docker's",
    tag: 'docker-list',
    blobs: 3,
    manifests: 3,
    isDocker: true,
    write: docker({ platforms: platformsOf('amd64', 'arm64'), layers: [{ dockerList: 'hello\n' }] }),
  },
  {
    what: 'a blob of 20 MiB',
    tag: 'big',
    blobs: 2,
    manifests: 1,
    write: sample({ layers: [{ big: Buffer.alloc(bigBytes, 'big') }] }),
  },
  {
    what: 'a layer without any file',
    tag: 'no-file',
    blobs: 3,
    manifests: 1,
    write: sample({ layers: [{}, { noFile: 'hello\n' }] }),
  },
  {
    what: 'a blob without any byte',
    tag: 'no-byte',
    blobs: 2,
    manifests: 1,
    isArtifact: true,
    write: (folder) => writeArtifact(folder, { artifactType: chartType, content: '', config: '{"of":"no byte"}' }),
  },
  {
    what: 'a hundred small layers',
    tag: 'hundred',
    blobs: 101,
    manifests: 1,
    write: sample({ layers: Array.from({ length: 100 }, (_, index) => ({ [`layer-${index}`]: `${index}\n` })) }),
  },
]
