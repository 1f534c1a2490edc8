import type { EcrPublicHost } from '../aws/ecr-host.ts'
import { createPublicRepository, publicRepositoryExists, type EcrPublicRequest } from '../aws/ecr-public.ts'
import { obtainEcrPublicAuthorization } from '../aws/ecr-public-token.ts'
import type { CreatedRepository, RepositoryTag } from '../aws/created-repository.ts'
import type { AwsSession } from '../aws/session.ts'
import { awsAppId, sharedAwsSessions, type AwsTarget, type SharedAwsSessions } from './aws-session.ts'
import type { Federation } from './federation.ts'
import type { RegistryAccess } from './registry-access.ts'
import { sessionCredential } from './session-credential.ts'

/** Where on ECR Public something is pushed, and as which role; `name` is the repository without its alias. */
export type EcrPublicTarget = AwsTarget & { readonly registry: EcrPublicHost; readonly name: string }

/** Access to one repository of ECR Public. */
export type EcrPublicAccess = RegistryAccess & {
  /** Creates it unless it exists; ECR Public has no settings but tags. Throws what the access does, and ECR_REPOSITORY_NOT_CREATED. */
  createRepository(settings: { readonly tags: readonly RepositoryTag[] }): Promise<CreatedRepository['outcome']>
}

/** Access to one repository of ECR Public, obtained at first use and anew when it ends. Throws TOKEN_*, ENTRA_*, AWS_*, ECR_*, REGISTRY_*, NETWORK_*. */
export function ecrPublicAccess(
  federation: Federation,
  target: EcrPublicTarget,
  sessions: SharedAwsSessions = sharedAwsSessions(federation),
): EcrPublicAccess {
  const { http, patience, record } = federation.services
  const { name } = target
  const registry = { ...target.registry, endpoints: target.endpoints ?? target.registry.endpoints }
  const session = sessions({ ...target, endpoints: registry.endpoints })
  const requestWith = (current: AwsSession): EcrPublicRequest => {
    return { registry, name, session: current, appId: awsAppId(target.context), http, patience }
  }
  const request = async () => requestWith(await session.current())
  const credential = sessionCredential(
    federation.services,
    { service: 'ECR Public', host: registry.host, session },
    async (current) => await obtainEcrPublicAuthorization(requestWith(current)),
  )
  return {
    ...credential,
    repositoryState: async () => ((await publicRepositoryExists(await request())) ? 'exists' : 'missing'),
    createRepository: async ({ tags }) => {
      const { outcome, requestId } = await createPublicRepository(await request(), tags)
      if (outcome === 'created') record.request('ECR Public', requestId)
      return outcome
    },
  }
}
