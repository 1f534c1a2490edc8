import type { EcrAuthorization } from '../aws/ecr-authorization.ts'
import type { AwsSession } from '../aws/web-identity.ts'
import type { Clock } from '../core/clock.ts'
import { expiring, type Expiring } from './expiring.ts'
import type { RegistryAccess } from './registry-access.ts'

/**
 * A registry credential made from a session that others may share. When it is refused, the session it was made with is replaced
 * too, unless one of the others has done so: ten destinations that are refused at once cost one new session, not ten.
 */
export function sessionCredential(
  clock: Clock,
  session: Expiring<AwsSession>,
  obtain: (session: AwsSession) => Promise<EcrAuthorization>,
): Pick<RegistryAccess, 'authorization' | 'renew'> {
  const held = expiring(clock, async () => {
    const madeWith = await session.current()
    return { ...(await obtain(madeWith)), madeWith }
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
