import type { IncomingMessage } from 'node:http'
import type { World } from '../world.ts'
import type { Answer } from './answer.ts'
import type { BlobStore } from './blob-store.ts'
import type { Digest } from './digest.ts'
import type { RegistryHost, Upload } from './repository.ts'
import type { Route } from './routes.ts'

/** One request as the handlers see it. */
export type Call = {
  readonly world: World
  readonly host: string
  readonly method: string
  readonly request: IncomingMessage
  readonly url: URL
  readonly route: Route
  readonly registry: RegistryHost
  readonly store: BlobStore
  readonly flavor: Flavor
  /** For the journal: what was compared and how it came out. */
  readonly checks: string[]
}

/** In what one registry product differs from another. Everything else is the distribution spec. */
export type Flavor = {
  /** Name of the stand-in in the journal. */
  readonly standIn: string
  /** `POST ?digest=` with the bytes completes at once; else it answers 202 as the spec allows. */
  readonly takesSinglePost: boolean
  readonly patchStatus: 201 | 202
  /** `Range` after a PATCH stays at the end of the first chunk although the bytes were stored. */
  readonly reportsStaleRange: boolean
  /** Chunks shorter than this, except for the last, are refused when the upload is completed. */
  readonly smallestChunk?: number
  /** Whether POST tells that minimum as `OCI-Chunk-Min-Length`. */
  readonly announcesSmallestChunk?: boolean
  /** A closing PUT without bytes fails once several chunks have come. */
  readonly failsEmptyClosingPut: boolean
  /** Cross-repository mounts: off answers 202, as to a plain upload. */
  readonly mounts: boolean | ((call: Call) => boolean)
  /** A mount that names no source takes the blob from wherever the registry has it (spec.md: MAY). */
  readonly mountsAnonymously: boolean
  readonly deletesManifests: boolean
  readonly deletesBlobs: boolean
  readonly cancelsUploads: boolean
  /** `PUT manifests/<digest>?tag=…` of the 2026 spec. */
  readonly tagsByQuery: boolean
  readonly referrers: boolean | ((call: Call) => boolean)
  /** `GET /v2/_catalog`, which is older than the spec and not in it. */
  readonly listsCatalog: boolean
  /** Whether the host may have a repository of this name: those that exist, or all that somebody pushes to. */
  readonly repositories: 'made-on-push' | ((host: string, name: string) => boolean)
  /** Makes a repository that is missing, for a push to it; says whether it did. */
  readonly makesOnPush?: (call: Call) => boolean
  readonly tagsAreImmutable?: (call: Call, tag: string) => boolean
  /** Name under which the content behind the host is kept; the host itself when absent. */
  readonly contentOf?: (host: string) => string
  /** Refuses the call by throwing. Comes before any look at the content. */
  readonly authorize: (call: Call) => Promise<void>
  /** Refuses by throwing what the caller may do and the content does not allow. Comes after `authorize`. */
  readonly guard?: (call: Call) => void
  /** Whether a mount may read its source: false goes on as a plain upload, a refusal is thrown. */
  readonly authorizeMount?: (call: Call, from: string) => Promise<boolean>
  /** Told of every request that was not refused, with its answer. */
  readonly done?: (call: Call, answer: Answer) => void
  readonly uploadLocation: (call: Call, upload: Upload) => string
  /** How the product spells the Location of what it has: with its host, or as a path. */
  readonly locationOf: (call: Call, path: string) => string
  /** Whether the query of the Location came back as it was given. */
  readonly knowsUploadQuery?: (call: Call, upload: Upload) => boolean
  /** A link to another host that serves the blob; absent: the registry sends the bytes itself. */
  readonly blobLink?: (call: Call, blob: { readonly digest: Digest; readonly size: number }) => string
  readonly headers?: (call: Pick<Call, 'host'>) => Readonly<Record<string, string>>
  readonly texts?: {
    readonly nameUnknown?: (call: Call) => string
    readonly immutableTag?: (call: Call, tag: string) => string
    readonly chunkTooSmall?: string
  }
}

/** Path of an upload, which products spell with or without host and query. */
export const uploadPath = (upload: Upload): string => `/v2/${upload.repository}/blobs/uploads/${upload.id}`

/** Whether the registry of a call has the referrers API. */
export const hasReferrers = (call: Call): boolean => {
  const { referrers } = call.flavor
  return typeof referrers === 'boolean' ? referrers : referrers(call)
}

/** A registry that does all that the spec offers and lets everybody in: the base that products change. */
export const STANDARD_FLAVOR: Flavor = {
  standIn: 'registry',
  takesSinglePost: true,
  patchStatus: 202,
  reportsStaleRange: false,
  failsEmptyClosingPut: false,
  mounts: true,
  mountsAnonymously: true,
  deletesManifests: true,
  deletesBlobs: true,
  cancelsUploads: true,
  tagsByQuery: true,
  referrers: true,
  listsCatalog: true,
  repositories: 'made-on-push',
  authorize: async () => {},
  uploadLocation: (_call, upload) => uploadPath(upload),
  locationOf: (_call, path) => path,
}
