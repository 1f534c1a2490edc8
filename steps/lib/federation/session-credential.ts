import type { EcrAuthorization } from '../aws/ecr-authorization.ts'
import type { AwsSession } from '../aws/session.ts'
import { expiring, type Expiring } from './expiring.ts'
import type { FederationServices } from './read-token.ts'
import type { RegistryAccess } from './registry-access.ts'

/** Whose credential it is, and what it is made from. */
type CredentialSource = {
  readonly service: 'ECR' | 'ECR Public'
  readonly host: string
  readonly session: Expiring<AwsSession>
}

/**
 * A registry credential made from a session that others may share; each one is booked in the record. When it is refused, the session it was made with is replaced
 * too, unless one of the others has done so: ten destinations that are refused at once cost one new session, not ten.
 */
export function sessionCredential(
  { record, patience }: FederationServices,
  { service, host, session }: CredentialSource,
  obtain: (session: AwsSession) => Promise<EcrAuthorization>,
): Pick<RegistryAccess, 'authorization' | 'renew'> {
  const held = expiring(patience.clock, async () => {
    const madeWith = await session.current()
    const obtained = await obtain(madeWith)
    record.token('registry', { ...obtained, id: '', audience: host })
    record.request(service, obtained.requestId)
    return { ...obtained, madeWith }
  })
  let issued: Awaited<ReturnType<typeof held.current>> | undefined
  return {
    authorization: async () => {
      issued = await held.current()
      return issued.secret
    },
    renew: async () => {
      if (issued === undefined) return
      await session.replace(issued.madeWith)
      await held.replace(issued)
    },
  }
}
