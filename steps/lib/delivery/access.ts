import { parsePublicRepository } from '../aws/ecr-host.ts'
import type { AwsTarget, SharedAwsSessions } from '../federation/aws-session.ts'
import type { EcrAccess } from '../federation/ecr-access.ts'
import type { EcrPublicAccess } from '../federation/ecr-public-access.ts'
import type { Federation } from '../federation/federation.ts'
import type { RegistryAccess } from '../federation/registry-access.ts'
import { RegistryClient } from '../oci/registry/registry-client.ts'
import type { Actor } from '../step/open-actor.ts'
import type { Destination } from './destination.ts'
import type { Destinations } from './destinations.ts'

/** The way into one registry, with what its cloud can do beside taking images. */
export type Access =
  | ({ readonly kind: 'acr' } & RegistryAccess)
  | ({ readonly kind: 'ecr' } & EcrAccess)
  | ({ readonly kind: 'ecr-public' } & EcrPublicAccess)

/** The way into one destination. */
export type Opened = {
  readonly destination: Destination
  readonly access: Access
  readonly client: RegistryClient
}

/** A repository from which a registry may be asked to take blobs over. */
type Place = { readonly repository: string; readonly registry: Pick<Destination['registry'], 'host'> | undefined }

type Openings = Pick<Destinations, 'all' | 'use'> & { readonly alsoPull?: readonly Place[] }

/** Opens the way into every destination; nothing is asked of anyone yet. Each cloud's code is loaded only when it is pushed to. */
export async function openDestinations(
  { all, use, alsoPull = [] }: Openings,
  { federation, target }: Actor,
): Promise<readonly Opened[]> {
  const openAws = target === undefined || !use.aws ? undefined : await awsDoor(federation, target)
  return await Promise.all(
    all.map(async (destination) => {
      const access = await (destination.registry.kind === 'acr'
        ? acrDoor(destination, [...all, ...alsoPull], federation)
        : openAws?.(destination))
      if (access === undefined) throw new TypeError('a destination in AWS without a role passed the checks')
      return { destination, access, client: clientFor(destination, access, federation) }
    }),
  )
}

async function acrDoor(
  { registry, repository }: Destination,
  all: readonly Place[],
  federation: Federation,
): Promise<Access> {
  const { acrAccess } = await import('../federation/acr-access.ts')
  const neighbours = all.filter((other) => other.registry?.host === registry.host && other.repository !== repository)
  const alsoPull = neighbours.map((other) => other.repository)
  return { kind: 'acr', ...acrAccess(federation, { registry: registry.host, repository, alsoPull }) }
}

/** Opens destinations in AWS, which share one session as far as they can. */
async function awsDoor(
  federation: Federation,
  target: AwsTarget,
): Promise<(destination: Destination) => Promise<Access | undefined>> {
  const { sharedAwsSessions } = await import('../federation/aws-session.ts')
  const sessions = sharedAwsSessions(federation)
  return async (destination) => await awsAccess(federation, { destination, target, sessions })
}

async function awsAccess(
  federation: Federation,
  { destination, target, sessions }: { destination: Destination; target: AwsTarget; sessions: SharedAwsSessions },
): Promise<Access | undefined> {
  const { registry, repository } = destination
  if (registry.kind === 'ecr') {
    const { ecrAccess } = await import('../federation/ecr-access.ts')
    return { kind: 'ecr', ...ecrAccess(federation, { ...target, registry: registry.ecr, repository }, sessions) }
  }
  const name = parsePublicRepository(repository)?.name
  if (registry.kind === 'acr' || name === undefined) return undefined
  const { ecrPublicAccess } = await import('../federation/ecr-public-access.ts')
  return {
    kind: 'ecr-public',
    ...ecrPublicAccess(federation, { ...target, registry: registry.ecrPublic, name }, sessions),
  }
}

function clientFor({ registry, repository }: Destination, access: Access, { services }: Federation): RegistryClient {
  return new RegistryClient({
    http: services.http,
    origin: new URL(`https://${registry.host}`),
    repository,
    authorizer: access,
    patience: services.patience,
    // ECR has no call that closes an upload.
    cancelsUploads: registry.kind === 'acr',
    repositoryState: async () => await access.repositoryState(),
  })
}
