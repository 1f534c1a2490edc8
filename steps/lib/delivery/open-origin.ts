import { parsePublicRepository } from '../aws/ecr-host.ts'
import type { IdentityInputs } from '../federation/identity-inputs.ts'
import type { FederationServices } from '../federation/read-token.ts'
import type { ReadAccess } from '../federation/registry-access.ts'
import { RegistryClient } from '../oci/registry/registry-client.ts'
import { openActor, type Actor, type ActorServices } from '../step/open-actor.ts'
import type { Waiting } from '../step/open-federation.ts'
import { accountsOf } from './identity-use.ts'
import type { Origin } from './origin.ts'

/** As whom an origin is read. */
export type Reader = {
  /** Absent: as nobody. */
  readonly actor: Actor | undefined
  readonly services: FederationServices
}

type Reading = { readonly services: ActorServices; readonly side?: string | undefined }

/** As whom an image is read, shown in the log; undefined is nobody. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function openReader(
  { name, registry, use }: Origin,
  inputs: IdentityInputs & Waiting,
  { services, side }: Reading,
): Actor | undefined {
  if (use !== undefined) return openActor(inputs, { use, accounts: accountsOf([{ name, registry }]), side }, services)
  services.log.line('identity', `${side === undefined ? '' : `${side}, `}nobody: no credential is sent`)
  return undefined
}

/** Opens the way to an image that is read; nothing is asked of anyone yet. Only the code of its own cloud is loaded. */
export async function openOrigin(origin: Origin, reader: Reader): Promise<RegistryClient> {
  const { http, patience } = reader.services
  const authorizer = await accessTo(origin, reader)
  const where = { origin: origin.origin, repository: origin.repository }
  // Nothing is ever uploaded there.
  return new RegistryClient({ ...where, http, authorizer, patience, cancelsUploads: false })
}

async function accessTo(origin: Origin, { actor, services }: Reader): Promise<ReadAccess> {
  const { registry, repository } = origin
  if (actor === undefined || registry === undefined) {
    const { anonymousAccess } = await import('../federation/anonymous-access.ts')
    return anonymousAccess(services, { origin: origin.origin, repository })
  }
  const { federation, target } = actor
  if (registry.kind === 'acr') {
    const { acrAccess } = await import('../federation/acr-access.ts')
    return acrAccess(federation, { registry: registry.host, repository, action: 'pull' })
  }
  if (target === undefined) throw new TypeError('an image in AWS without a role passed the checks')
  if (registry.kind === 'ecr') {
    const { ecrAccess } = await import('../federation/ecr-access.ts')
    return ecrAccess(federation, { ...target, registry: registry.ecr, repository })
  }
  const { ecrPublicAccess } = await import('../federation/ecr-public-access.ts')
  const name = parsePublicRepository(repository)?.name ?? ''
  return ecrPublicAccess(federation, { ...target, registry: registry.ecrPublic, name })
}
