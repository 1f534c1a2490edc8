import { obtainAnonymousToken, type AnonymousToken } from '../oci/registry/anonymous-token.ts'
import { expiring } from './expiring.ts'
import type { FederationServices } from './read-token.ts'
import type { ReadAccess } from './registry-access.ts'

/** Where something is read as nobody. */
export type AnonymousTarget = { readonly origin: URL; readonly repository: string }

/** Many of these tokens live for a minute only. */
const marginMs = 10_000

/** Access to a repository that is open to all, without anybody's credential. Throws REGISTRY_*, NETWORK_*. */
export function anonymousAccess({ http, patience, record }: FederationServices, target: AnonymousTarget): ReadAccess {
  const obtain = async (): Promise<AnonymousToken> => {
    const token = await obtainAnonymousToken({ ...target, http, patience })
    const { secret, expiresAt } = token
    if (secret !== undefined) record.token('registry', { secret, id: '', audience: target.origin.host, expiresAt })
    return token
  }
  const held = expiring(patience.clock, obtain, marginMs)
  return {
    authorization: async () => (await held.current()).secret,
    renew: async () => {
      await held.renew()
    },
  }
}
