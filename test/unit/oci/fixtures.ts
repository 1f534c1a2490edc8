import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { StepError } from '../../../steps/lib/core/errors.ts'
import type { Patience } from '../../../steps/lib/core/retry.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { createHttpClient } from '../../../steps/lib/http/client.ts'
import type { Authorizer } from '../../../steps/lib/oci/registry/authorizer.ts'
import type { Descriptor } from '../../../steps/lib/oci/descriptor.ts'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { loadImage, type Image } from '../../../steps/lib/oci/image.ts'
import { openLayout } from '../../../steps/lib/oci/source/layout.ts'
import { planPush } from '../../../steps/lib/oci/registry/plan.ts'
import type { Progress } from '../../../steps/lib/oci/registry/progress.ts'
import { push, type PushSummary } from '../../../steps/lib/oci/registry/push.ts'
import { RegistryClient, type RegistryClientOptions } from '../../../steps/lib/oci/registry/registry-client.ts'

export const manifestType = 'application/vnd.oci.image.manifest.v1+json'
export const indexType = 'application/vnd.oci.image.index.v1+json'
export const layerType = 'application/vnd.oci.image.layer.v1.tar'
export const foreignType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'
const configType = 'application/vnd.oci.image.config.v1+json'

export type TestDescriptor = { mediaType: string; digest: string; size: number; annotations?: Record<string, string> }

/** An image layout that a test builds up piece by piece. */
export class TestLayout implements AsyncDisposable {
  readonly #scratch: string
  readonly path: string
  constructor(scratch: string) {
    this.#scratch = scratch
    this.path = join(scratch, 'layout')
  }

  /** A path beside the layout, outside of it. */
  outside(name: string): string {
    return join(this.#scratch, name)
  }

  async blob(mediaType: string, content: string | Buffer): Promise<TestDescriptor> {
    const bytes = Buffer.from(content)
    const hex = createHash('sha256').update(bytes).digest('hex')
    await writeFile(join(this.path, 'blobs/sha256', hex), bytes)
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
  }

  async manifest(layers: TestDescriptor[], more: object = {}): Promise<TestDescriptor> {
    const diffIds = layers.map((layer) => layer.digest)
    const content = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds }, config: {} }
    const config = await this.blob(configType, JSON.stringify(content))
    return await this.blob(
      manifestType,
      JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers, ...more }),
    )
  }

  async index(manifests: TestDescriptor[]): Promise<TestDescriptor> {
    return await this.blob(indexType, JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }))
  }

  /** Writes `index.json` with these images. */
  async roots(...manifests: TestDescriptor[]): Promise<void> {
    await writeFile(join(this.path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  }

  file(descriptor: { digest: string }): string {
    return join(this.path, 'blobs', descriptor.digest.replace(':', '/'))
  }

  async load(): Promise<Image> {
    return await loadImage(await openLayout(this.path))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#scratch, { recursive: true, force: true })
  }
}

/** An empty layout in a scratch folder. */
export async function emptyLayout(): Promise<TestLayout> {
  const layout = new TestLayout(await mkdtemp(join(tmpdir(), 'oci-layout-')))
  await mkdir(join(layout.path, 'blobs/sha256'), { recursive: true })
  await writeFile(join(layout.path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  return layout
}

/** A layout with one image of these layers. */
export async function simpleLayout(...contents: (string | Buffer)[]): Promise<TestLayout> {
  const layout = await emptyLayout()
  const layers = await Promise.all(contents.map((content) => layout.blob(layerType, content)))
  await layout.roots(await layout.manifest(layers))
  return layout
}

type OwnManifest = {
  mediaType: string
  config?: TestDescriptor
  layers?: TestDescriptor[]
  manifests?: TestDescriptor[]
}

/** What a manifest names, read without the product's own code. */
export function parseOwnManifest(bytes: Buffer): { mediaType: string; blobs: string[]; manifests: string[] } {
  const json: OwnManifest = JSON.parse(bytes.toString())
  const blobs = [...(json.config === undefined ? [] : [json.config]), ...(json.layers ?? [])]
  return {
    mediaType: json.mediaType,
    blobs: blobs.filter((blob) => blob.mediaType !== foreignType).map((blob) => blob.digest),
    manifests: (json.manifests ?? []).map((child) => child.digest),
  }
}

/** Patience whose time stands still but for its sleeps, which end at once. `waits` holds how long each was. */
export function testPatience(
  signal: AbortSignal = new AbortController().signal,
): Patience & { waits: number[]; codes: string[] } {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const waits: number[] = []
  const codes: string[] = []
  const sleep = async (ms: number) => {
    now += ms
  }
  return {
    clock: { now: () => now, sleep },
    random: () => 0.5,
    signal,
    deadlineAt: now + 3_600_000,
    propagationWaitMs: 0,
    onRetry: (error, wait) => {
      waits.push(wait)
      codes.push(error.code)
    },
    waits,
    codes,
  }
}

/** An authorizer that gives one value after the other, a new one at each renewal. */
export function testAuthorizer(...values: string[]): Authorizer & { renewals: number } {
  const authorizer = {
    renewals: 0,
    authorization: async () => new Secret(values[Math.min(authorizer.renewals, values.length - 1)] ?? 'Basic good'),
    renew: async () => {
      authorizer.renewals += 1
    },
  }
  return authorizer
}

/** A client of `team/app` on a registry on loopback. */
export function testClient(origin: URL, options: Partial<RegistryClientOptions> = {}): RegistryClient {
  return new RegistryClient({
    http: createHttpClient({ userAgent: 'oci-test', plainHttp: true }),
    origin,
    repository: 'team/app',
    authorizer: testAuthorizer(),
    patience: testPatience(),
    cancelsUploads: true,
    ...options,
  })
}

/** The StepError that a promise ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<StepError> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  if (error instanceof StepError) return error
  throw error
}

const content = Buffer.from('the layer')

/** A small blob, and the body that uploads it. */
export const blob: Descriptor = { mediaType: layerType, digest: digestOf(content), size: content.length }
export const body = { length: content.length, open: () => Readable.from([content]) }

/** Pushes what a layout holds, as a step does it. */
export async function pushTo(
  registry: { origin: URL },
  layout: TestLayout,
  tag: string | undefined = 'v1',
): Promise<PushSummary> {
  return await pushImage(testClient(registry.origin), await layout.load(), [tag])
}

/** Looks what one registry lacks of an image, and gives it that. */
export async function pushImage(
  client: RegistryClient,
  image: Image,
  tags: readonly string[],
  progress?: Progress,
): Promise<PushSummary> {
  const plan = await planPush(client, image, { tags: tags })
  const [summary] = await push({ image, targets: [{ client, plan }], progress })
  if (summary === undefined) throw new Error('a push of one target has one summary')
  return summary
}
