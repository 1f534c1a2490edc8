import type { Answer } from './answer.ts'
import { regionalHost } from './acr-hosts.ts'
import type { AcrEndpoint } from './acr-hosts.ts'
import { acrStateOf } from './acr-state.ts'
import type { World } from '../world.ts'
import type { Call } from './flavor.ts'
import { openRepository } from './repository.ts'
import type { RegistryHost, Repository } from './repository.ts'
import { isTag } from './routes.ts'
import { openHost } from './state.ts'

/**
 * Where the content and the upload sessions behind an endpoint are kept. Each replica has its own: the home region's under the
 * login server's name, the others' under their regional host's (uploads are not shared: protocols.md section 7).
 */
export const replicaOf = (world: World, { registry, region }: AcrEndpoint): string => {
  const { loginServer, replicas = [] } = registry
  const served = region ?? acrStateOf(world, registry).route
  return served === undefined || served === replicas[0] ? loginServer : regionalHost(loginServer, served)
}

/** Lets changes arrive whose time has come. */
export const deliverChanges = (world: World, { registry }: AcrEndpoint): void => {
  const { underWay } = acrStateOf(world, registry)
  const now = world.clock.now()
  while (underWay[0] !== undefined && underWay[0].dueAt <= now) underWay.shift()?.apply()
}

/** Sends a change on its way to the other replicas; it arrives `replicationLag` seconds later. */
export const replicate = (call: Call, endpoint: AcrEndpoint, answer: Answer): void => {
  const { loginServer, replicas = [], replicationLag = 0 } = endpoint.registry
  const change = replicas.length > 1 ? changeOf(call, answer) : undefined
  if (change === undefined) return
  const here = replicaOf(call.world, endpoint)
  const all = replicas.map((region, index) => (index === 0 ? loginServer : regionalHost(loginServer, region)))
  const others = all.filter((name) => name !== here).map((name) => openHost(call.world, name))
  acrStateOf(call.world, endpoint.registry).underWay.push({
    dueAt: call.world.clock.now() + replicationLag * 1000,
    apply: () => {
      for (const other of others) change(openRepository(other, call.route.name))
    },
  })
  deliverChanges(call.world, endpoint)
}

type Change = (copy: Repository) => void

const changeOf = (call: Call, answer: Answer): Change | undefined => {
  const { kind, reference } = call.route
  const digest = String(answer.headers?.['Docker-Content-Digest'] ?? '')
  if (answer.status === 201 && (kind === 'upload' || kind === 'uploads')) return blobChange(call.registry, call, digest)
  if (kind !== 'manifest') return undefined
  if (call.method === 'PUT') return manifestChange(call, digest)
  return call.method === 'DELETE' ? (copy) => deleteReference(copy, reference) : undefined
}

const blobChange = (registry: RegistryHost, { route }: Call, digest: string): Change | undefined => {
  const size = registry.repositories.get(route.name)?.blobs.get(digest)
  return size === undefined ? undefined : (copy) => void copy.blobs.set(digest, size)
}

const manifestChange = ({ registry, route }: Call, digest: string): Change | undefined => {
  const manifest = registry.repositories.get(route.name)?.manifests.get(digest)
  if (manifest === undefined) return undefined
  return (copy) => {
    copy.manifests.set(digest, manifest)
    if (isTag(route.reference)) copy.tags.set(route.reference, digest)
  }
}

const deleteReference = (copy: Repository, reference: string): void => {
  if (copy.tags.delete(reference)) return
  copy.manifests.delete(reference)
  for (const [tag, digest] of copy.tags) if (digest === reference) copy.tags.delete(tag)
}
