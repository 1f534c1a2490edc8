import { obtainEcrAuthorization, repositoryExists, type EcrRequest } from '../aws/ecr-authorization.ts'
import type { EcrHost } from '../aws/ecr-host.ts'
import { awsAppId, awsSession, type AwsTarget } from './aws-session.ts'
import { expiring } from './expiring.ts'
import type { Federation } from './federation.ts'
import type { RegistryAccess } from './registry-access.ts'

/** Where on ECR something is pushed, and as which role. */
export type EcrTarget = AwsTarget & { readonly registry: EcrHost; readonly repository: string }

/** Access to one ECR repository, obtained at first use and anew when it ends. Throws TOKEN_*, ENTRA_*, AWS_*, ECR_*, NETWORK_*. */
export function ecrAccess(federation: Federation, target: EcrTarget): RegistryAccess {
  const { http, patience, record } = federation.services
  const { registry, repository } = target
  const session = expiring(patience.clock, async () => await awsSession(federation, target))
  const request = async (): Promise<EcrRequest> => {
    return { registry, repository, session: await session.current(), appId: awsAppId(target.context), http, patience }
  }
  const authorization = expiring(patience.clock, async () => {
    const obtained = await obtainEcrAuthorization(await request())
    record.token('registry', { ...obtained, id: '', audience: registry.host })
    record.request('ECR', obtained.requestId)
    return obtained
  })
  return {
    authorization: async () => (await authorization.current()).secret,
    renew: async () => {
      await session.renew()
      await authorization.renew()
    },
    repositoryState: async () => ((await repositoryExists(await request())) ? 'exists' : 'missing'),
  }
}
