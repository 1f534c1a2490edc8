import type { EcrRequest, EcrRequests } from '../aws/ecr-api.ts'
import { obtainEcrAuthorization, repositoryExists } from '../aws/ecr-authorization.ts'
import type { EcrHost } from '../aws/ecr-host.ts'
import type { CreatedRepository } from '../aws/created-repository.ts'
import { createRepository, type RepositorySettings } from '../aws/ecr-repository.ts'
import type { AwsSession } from '../aws/session.ts'
import { awsAppId, sharedAwsSessions, type AwsTarget, type SharedAwsSessions } from './aws-session.ts'
import type { Federation } from './federation.ts'
import type { RegistryAccess } from './registry-access.ts'
import { sessionCredential } from './session-credential.ts'

/** Where on ECR something is pushed, and as which role. */
export type EcrTarget = AwsTarget & { readonly registry: EcrHost; readonly repository: string }

/** Access to one private ECR repository, and what the ECR API can do with it. */
export type EcrAccess = RegistryAccess & {
  /** Creates it unless it exists. Throws what the access does, and ECR_REPOSITORY_NOT_CREATED. */
  createRepository(settings: RepositorySettings): Promise<CreatedRepository['outcome']>
  /** For `awaitScan` and `awaitSignature`: a session that is good for a minute at least, however long they wait. */
  readonly request: EcrRequests
}

/**
 * Access to one ECR repository, obtained at first use and anew when it ends; its session is shared with all that `sessions` has
 * given the same to. By the endpoints that the
 * target names, else by those that the registry's host is of: a FIPS registry never leads to a plain one.
 * Throws TOKEN_*, ENTRA_*, AWS_*, ECR_*, NETWORK_*.
 */
export function ecrAccess(
  federation: Federation,
  target: EcrTarget,
  sessions: SharedAwsSessions = sharedAwsSessions(federation),
): EcrAccess {
  const { http, patience, record, spelling } = federation.services
  const { repository } = target
  const registry = { ...target.registry, endpoints: target.endpoints ?? target.registry.endpoints }
  const session = sessions({ ...target, endpoints: registry.endpoints })
  const requestWith = (current: AwsSession): EcrRequest => {
    return { registry, repository, session: current, appId: awsAppId(target.context), http, patience, spelling }
  }
  const request = async () => requestWith(await session.current())
  const credential = sessionCredential(
    federation.services,
    { service: 'ECR', host: registry.host, session },
    async (current) => await obtainEcrAuthorization(requestWith(current)),
  )
  return {
    request,
    ...credential,
    repositoryState: async () => ((await repositoryExists(await request())) ? 'exists' : 'missing'),
    createRepository: async (settings) => {
      const { outcome, requestId } = await createRepository(await request(), settings)
      if (outcome === 'created') record.request('ECR', requestId)
      return outcome
    },
  }
}
