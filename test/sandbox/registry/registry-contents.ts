import type { World } from '../world.ts'
import { findAcrEndpoint, regionalHost } from './acr-hosts.ts'
import { deliverChanges } from './acr-replicas.ts'
import { classicEcrHost, parseEcrHost } from './ecr-hosts.ts'
import { ECR_PUBLIC_HOST } from './ecr-public-tokens.ts'
import { listEcrRepositories } from './ecr-repositories.ts'
import { openedHosts, registryState } from './state.ts'

/** What one registry host holds now. */
export type RegistryContents = { readonly host: string; readonly repositories: readonly RepositoryContents[] }

/** What one repository holds now. */
export type RepositoryContents = {
  readonly name: string
  /** Manifest digest by tag. */
  readonly tags: Readonly<Record<string, string>>
  /** Digests of all manifests, tagged or not. */
  readonly manifests: readonly string[]
  /** Blob uploads that were begun and neither completed nor cancelled. */
  readonly openUploads: number
}

/**
 * Looks into every registry host of the state, those without content among them: ECR by its classic names, ACR by its login servers, replicas
 * other than the home region by their regional names, ECR Public by its one name. Other names of a registry lead to these.
 */
export const registryContents = (world: World): readonly RegistryContents[] => {
  const hosts = [...ecrHosts(world), ...publicHosts(world), ...acrHosts(world), ...openedHosts(world)]
  return [...new Set(hosts)].map((host) => contentsOf(world, host))
}

const ecrHosts = ({ config }: World): readonly string[] =>
  config.accounts.flatMap(({ id, repositories }) =>
    repositories.map(({ region }) => classicEcrHost({ account: id, region })),
  )

const publicHosts = ({ config }: World): readonly string[] =>
  config.accounts.some(({ publicRegistry }) => publicRegistry !== undefined) ? [ECR_PUBLIC_HOST] : []

const acrHosts = (world: World): readonly string[] =>
  world.config.acrRegistries.flatMap(({ loginServer, replicas = [] }) => {
    const endpoint = findAcrEndpoint(world, loginServer)
    // What has arrived at a replica by now shows only when somebody looks.
    if (endpoint !== undefined) deliverChanges(world, endpoint)
    return [loginServer, ...replicas.slice(1).map((region) => regionalHost(loginServer, region))]
  })

const contentsOf = (world: World, host: string): RegistryContents => {
  const state = registryState(world, host)
  const uploads = state.openUploads()
  const pushed = [...state.repositories(), ...uploads.map(({ repository }) => repository)]
  return {
    host,
    repositories: [...new Set([...madeBefore(world, host), ...pushed])].toSorted().map((name) => ({
      name,
      tags: Object.fromEntries(state.tags(name).map((tag) => [tag, state.manifest(name, tag)?.digest ?? ''])),
      manifests: state.manifests(name),
      openUploads: uploads.filter(({ repository }) => repository === name).length,
    })),
  }
}

/** ECR has repositories before anything is pushed to them; ACR makes them by the push. */
const madeBefore = (world: World, host: string): readonly string[] => {
  if (host === ECR_PUBLIC_HOST) {
    const registries = world.config.accounts.flatMap(({ publicRegistry }) => publicRegistry ?? [])
    return registries.flatMap(({ alias, repositories }) => repositories.map((name) => `${alias}/${name}`))
  }
  const target = parseEcrHost(host)
  return target === undefined ? [] : listEcrRepositories(world, target).map(({ name }) => name)
}
