import type { BlobWriter } from './blob-store.ts'

/** A manifest as it was pushed: exact bytes, and what the listings need to know of it. */
export type StoredManifest = {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer
  readonly subject?: string
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, unknown>>
  /** Epoch milliseconds. */
  readonly pushedAt?: number
}

/** One repository of one registry host. */
export type Repository = {
  readonly name: string
  /** Size by digest. */
  readonly blobs: Map<string, number>
  readonly manifests: Map<string, StoredManifest>
  /** Manifest digest by tag. */
  readonly tags: Map<string, string>
}

/** A blob upload that was begun and is neither completed nor cancelled. */
export type Upload = {
  readonly id: string
  readonly repository: string
  readonly writer: BlobWriter
  /** Sizes of the bodies that came so far, one per request. */
  readonly parts: number[]
  /** What the Location that was given last carries beside the id, where a registry puts state there. */
  state: string
  busy: boolean
}

/** Everything that one registry host holds. */
export type RegistryHost = {
  readonly host: string
  readonly repositories: Map<string, Repository>
  readonly uploads: Map<string, Upload>
}

/** A repository with nothing in it. */
export const emptyRepository = (name: string): Repository => ({
  name,
  blobs: new Map(),
  manifests: new Map(),
  tags: new Map(),
})

/** The repository of that name, made empty when the host has none yet. */
export const openRepository = (registry: RegistryHost, name: string): Repository => {
  const known = registry.repositories.get(name)
  if (known !== undefined) return known
  const made = emptyRepository(name)
  registry.repositories.set(name, made)
  return made
}

/** The manifest that a tag or digest names. */
export const findManifest = (repository: Repository, reference: string): StoredManifest | undefined =>
  repository.manifests.get(repository.tags.get(reference) ?? reference)
