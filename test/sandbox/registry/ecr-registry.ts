import { randomUUID } from 'node:crypto'
import type { EcrRepository } from '../config.ts'
import { accountSetting } from '../aws/ecr-settings.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { presignedS3Url } from './blob-links.ts'
import { serveDistribution } from './distribution.ts'
import { authorizeEcr, mayPullSource } from './ecr-access.ts'
import type { Decide } from './ecr-access.ts'
import { classicEcrHost, parseEcrHost } from './ecr-hosts.ts'
import { createOnPush, encryptsAlike, findEcrRepository, isImmutableTag } from './ecr-repositories.ts'
import { CHUNK_TOO_SMALL, immutableTag, nameUnknown } from './ecr-texts.ts'
import { STANDARD_FLAVOR, uploadPath } from './flavor.ts'
import type { Flavor } from './flavor.ts'

/** S3's smallest part, which ECR hands on to its pushers. */
const SMALLEST_CHUNK = 5 * 1024 * 1024

/** What may be changed of the registry. */
export type EcrRegistryOptions = {
  readonly decide?: Decide
  /** `Range` after a PATCH sticks to the first chunk (aws/containers-roadmap 2831, open in 2026-06). Default: as configured, else true. */
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
  const quirks = world.config.registryQuirks
  const repositoryAt = (host: string, name: string): EcrRepository | undefined => {
    const target = parseEcrHost(host)
    return target === undefined ? undefined : findEcrRepository(world, { ...target, name })
  }
  return {
    ...STANDARD_FLAVOR,
    standIn: 'ecr-registry',
    takesSinglePost: false,
    patchStatus: 201,
    reportsStaleRange: options.staleRange ?? quirks?.ecrStaleRange ?? true,
    smallestChunk: SMALLEST_CHUNK,
    failsEmptyClosingPut: quirks?.ecrFailsEmptyClosingPut ?? true,
    // The account setting BLOB_MOUNTING is opt-in.
    mounts: ({ host }) => {
      const target = parseEcrHost(host)
      return target !== undefined && accountSetting(world, target, 'BLOB_MOUNTING') === 'ENABLED'
    },
    mountsAnonymously: false,
    authorizeMount: async (call, from) => {
      const source = repositoryAt(call.host, from)
      const own = repositoryAt(call.host, call.route.name)
      const isPossible = source !== undefined && own !== undefined && encryptsAlike(source, own)
      return isPossible && (await mayPullSource(options.decide)(call, from))
    },
    deletesManifests: false,
    deletesBlobs: false,
    // [K] assumption: ECR lists repositories by its API only.
    listsCatalog: false,
    // The ECR API has no call that aborts an upload.
    cancelsUploads: false,
    tagsByQuery: false,
    repositories: (host, name) => repositoryAt(host, name) !== undefined,
    makesOnPush: ({ host, route }) => {
      const target = parseEcrHost(host)
      return target !== undefined && createOnPush(world, { ...target, name: route.name })
    },
    tagsAreImmutable: (call, tag) => {
      const repository = repositoryAt(call.host, call.route.name)
      return repository !== undefined && isImmutableTag(repository, tag)
    },
    contentOf: (host) => {
      const target = parseEcrHost(host)
      return target === undefined ? host : classicEcrHost(target)
    },
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
