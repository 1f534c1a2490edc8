import { obtainAcrAccess, type AcrAccess } from '../azure/acr-credential.ts'
import { containerRegistryResource } from '../azure/clouds.ts'
import { bearer } from '../http/bearer.ts'
import { expiring } from './expiring.ts'
import type { Federation } from './federation.ts'
import type { RegistryAccess } from './registry-access.ts'

/** Where on ACR something is pushed, or pulled from. */
export type AcrTarget = {
  /** Login server, or a regional endpoint of it. */
  readonly registry: string
  readonly repository: string
  /** `push` where it is absent. */
  readonly action?: 'pull' | 'push' | undefined
  /** Further repositories of the registry, to mount blobs from. */
  readonly alsoPull?: readonly string[] | undefined
}

/** Access to one ACR repository, obtained at first use and anew when it ends. Throws TOKEN_*, ENTRA_*, ACR_*, REGISTRY_*, NETWORK_*. */
export function acrAccess(federation: Federation, target: AcrTarget): RegistryAccess {
  const access = expiring(federation.services.patience.clock, async () => await obtainAccess(federation, target))
  return {
    authorization: async () => bearer((await access.current()).secret),
    renew: async () => {
      await access.renew()
    },
    repositoryState: async () => 'unknown',
  }
}

async function obtainAccess(federation: Federation, target: AcrTarget): Promise<AcrAccess> {
  const { http, patience, record } = federation.services
  const entraToken = await federation.entraToken(containerRegistryResource)
  const access = await obtainAcrAccess({
    ...target,
    action: target.action ?? 'push',
    tenantId: federation.identity.tenantId,
    entraToken,
    http,
    patience,
  })
  record.token('registry', {
    secret: access.secret,
    id: access.id,
    audience: target.registry,
    expiresAt: access.expiresAt,
  })
  return access
}
