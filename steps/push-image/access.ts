import type { Federation } from '../lib/federation/federation.ts'
import type { RegistryAccess } from '../lib/federation/registry-access.ts'
import { RegistryClient } from '../lib/oci/registry-client.ts'
import type { RunContext } from '../lib/audit/record.ts'
import type { Destination } from './destination.ts'
import type { AwsIdentity, Destinations } from './destinations.ts'

/** The way into one destination. */
export type Opened = {
  readonly destination: Destination
  readonly access: RegistryAccess
  readonly client: RegistryClient
}

/** Opens the way into every destination; nothing is asked of anyone yet. Each cloud's code is loaded only when it is pushed to. */
export async function openDestinations(
  { all, aws }: Destinations,
  federation: Federation,
  context: RunContext,
): Promise<readonly Opened[]> {
  return await Promise.all(
    all.map(async (destination) => {
      const access = await accessTo(destination, { aws, federation, context })
      return { destination, access, client: clientFor(destination, access, federation) }
    }),
  )
}

async function accessTo(
  { registry, repository }: Destination,
  { aws, federation, context }: { aws: AwsIdentity | undefined; federation: Federation; context: RunContext },
): Promise<RegistryAccess> {
  if (registry.kind === 'acr') {
    const { acrAccess } = await import('../lib/federation/acr-access.ts')
    return acrAccess(federation, { registry: registry.host, repository })
  }
  if (aws === undefined) throw new TypeError('an ECR destination without a role passed the checks')
  const { ecrAccess } = await import('../lib/federation/ecr-access.ts')
  return ecrAccess(federation, { ...aws, registry: registry.ecr, repository, context })
}

function clientFor({ registry, repository }: Destination, access: RegistryAccess, { services }: Federation) {
  return new RegistryClient({
    http: services.http,
    origin: new URL(`https://${registry.host}`),
    repository,
    authorizer: access,
    patience: services.patience,
    // ECR has no call that closes an upload.
    cancelsUploads: registry.kind === 'acr',
  })
}
