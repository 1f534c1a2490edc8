import { randomUUID } from 'node:crypto'
import type { EcrRepository } from '../config.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { presignedS3Url } from './blob-links.ts'
import { serveDistribution } from './distribution.ts'
import { authorizeEcr, parseEcrHost } from './ecr-access.ts'
import type { Decide, EcrHost } from './ecr-access.ts'
import { findEcrRepository } from './ecr-repositories.ts'
import { CHUNK_TOO_SMALL, immutableTag, nameUnknown } from './ecr-texts.ts'
import { STANDARD_FLAVOR, uploadPath } from './flavor.ts'
import type { Flavor } from './flavor.ts'

/** S3's smallest part, which ECR hands on to its pushers. */
const SMALLEST_CHUNK = 5 * 1024 * 1024

/** What may be changed of the registry. */
export type EcrRegistryOptions = {
  readonly decide?: Decide
  /** Where repositories are looked up; the configured accounts when absent. */
  readonly findRepository?: (world: World, wanted: EcrHost & { readonly name: string }) => EcrRepository | undefined
  /** `Range` after a PATCH sticks to the first chunk (aws/containers-roadmap 2831, open in 2026-06). Default true. */
  readonly staleRange?: boolean
}

/** The private registries of the configured AWS accounts. */
export const createEcrRegistry = (world: World, options: EcrRegistryOptions = {}): StandIn => {
  const flavor = ecrFlavor(world, options)
  return {
    name: flavor.standIn,
    owns: (host) => parseEcrHost(host) !== undefined,
    handle: (request, response, host) => serveDistribution(world, flavor, { request, response, host }),
  }
}

const ecrFlavor = (world: World, options: EcrRegistryOptions): Flavor => {
  const findRepository = options.findRepository ?? findEcrRepository
  const repositoryAt = (host: string, name: string): EcrRepository | undefined => {
    const target = parseEcrHost(host)
    return target === undefined ? undefined : findRepository(world, { ...target, name })
  }
  return {
    ...STANDARD_FLAVOR,
    standIn: 'ecr-registry',
    takesSinglePost: false,
    patchStatus: 201,
    reportsStaleRange: options.staleRange ?? true,
    smallestChunk: SMALLEST_CHUNK,
    failsEmptyClosingPut: true,
    // The account setting BLOB_MOUNTING is opt-in.
    mounts: false,
    deletesManifests: false,
    // The ECR API has no call that aborts an upload.
    cancelsUploads: false,
    tagsByQuery: false,
    repositories: (host, name) => repositoryAt(host, name) !== undefined,
    tagsAreImmutable: (host, name) => repositoryAt(host, name)?.imageTagMutability === 'IMMUTABLE',
    authorize: authorizeEcr(options.decide),
    uploadLocation: (call, upload) => `https://${call.host}${uploadPath(upload)}`,
    locationOf: (call, path) => `https://${call.host}${path}`,
    blobLink: (call, blob) => presignedS3Url(call, parseEcrHost(call.host)?.region ?? '', blob),
    headers: () => ({ 'X-Amzn-Requestid': randomUUID() }),
    texts: {
      nameUnknown: (call) => nameUnknown(call.route.name, parseEcrHost(call.host)?.account ?? ''),
      immutableTag: (call, tag) => immutableTag(call.route.name, tag),
      chunkTooSmall: CHUNK_TOO_SMALL,
    },
  }
}

