import type { World } from '../world.ts'
import { createBlobStore } from './blob-store.ts'
import type { BlobStore, BlobStoreOptions } from './blob-store.ts'
import { findManifest } from './repository.ts'
import type { RegistryHost, StoredManifest, Upload } from './repository.ts'
import type { Ticket } from './tickets.ts'

/** What the registries and the blob hosts of one world share. */
export type Registries = {
  readonly store: BlobStore
  readonly hosts: Map<string, RegistryHost>
  /** Signed download links that were handed out, by their canonical URL. */
  readonly tickets: Map<string, Ticket>
}

// Beside the world, not in it: a world that pushes nothing makes no folder, and a test's small world needs no field for it.
const registriesByWorld = new WeakMap<World, Registries>()

/** The registries of the world, opened at first use. Options count only at the opening, and before the configuration. */
export const openRegistries = (world: World, options: BlobStoreOptions = {}): Registries => {
  const known = registriesByWorld.get(world)
  if (known !== undefined) return known
  const counted = options.counted ?? world.config.blobStorage === 'counted'
  const opened: Registries = { store: createBlobStore({ counted }), hosts: new Map(), tickets: new Map() }
  registriesByWorld.set(world, opened)
  return opened
}

/** Forgets all images and removes the scratch folder. Whoever made the world calls this at its end. */
export const closeRegistries = async (world: World): Promise<void> => {
  const opened = registriesByWorld.get(world)
  registriesByWorld.delete(world)
  await opened?.store.close()
}

/** The state behind one host name, made empty at first use. */
export const openHost = (world: World, host: string): RegistryHost => {
  const { hosts } = openRegistries(world)
  const known = hosts.get(host)
  if (known !== undefined) return known
  const made: RegistryHost = { host, repositories: new Map(), uploads: new Map() }
  hosts.set(host, made)
  return made
}

/** Hosts that something was pushed to, or tried to. */
export const openedHosts = (world: World): readonly string[] => [...(registriesByWorld.get(world)?.hosts.keys() ?? [])]

/** What tests see of one registry host. Looking changes nothing. */
export type RegistryState = {
  repositories(): readonly string[]
  openUploads(): readonly { readonly id: string; readonly repository: string; readonly size: number }[]
  tags(repository: string): readonly string[]
  /** Digests of all manifests. */
  manifests(repository: string): readonly string[]
  manifest(repository: string, reference: string): StoredManifest | undefined
  hasBlob(repository: string, digest: string): boolean
}

/** Looks into the registry behind a host name. */
export const registryState = (world: World, host: string): RegistryState => {
  const registry = (): RegistryHost | undefined => registriesByWorld.get(world)?.hosts.get(host)
  const repository = (name: string) => registry()?.repositories.get(name)
  return {
    repositories: () => [...(registry()?.repositories.keys() ?? [])],
    openUploads: () => [...(registry()?.uploads.values() ?? [])].map(describeUpload),
    tags: (name) => [...(repository(name)?.tags.keys() ?? [])].toSorted(),
    manifests: (name) => [...(repository(name)?.manifests.keys() ?? [])],
    manifest: (name, reference) => {
      const found = repository(name)
      return found === undefined ? undefined : findManifest(found, reference)
    },
    hasBlob: (name, digest) => repository(name)?.blobs.has(digest) ?? false,
  }
}

const describeUpload = (upload: Upload) => ({
  id: upload.id,
  repository: upload.repository,
  size: upload.writer.size,
})

/** What tests see of one repository. */
export type RepositoryState = {
  openUploads(): number
  tags(): readonly string[]
  manifest(reference: string): StoredManifest | undefined
  hasBlob(digest: string): boolean
}

/** Looks into one repository: its tags, manifests, blobs and the uploads that nobody finished. */
export const repositoryState = (world: World, host: string, repository: string): RepositoryState => {
  const state = registryState(world, host)
  return {
    openUploads: () => state.openUploads().filter((upload) => upload.repository === repository).length,
    tags: () => state.tags(repository),
    manifest: (reference) => state.manifest(repository, reference),
    hasBlob: (digest) => state.hasBlob(repository, digest),
  }
}
