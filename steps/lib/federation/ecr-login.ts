import { obtainEcrAuthorization, type EcrAuthorization } from '../aws/ecr-authorization.ts'
import type { EcrHost, EcrPublicHost } from '../aws/ecr-host.ts'
import type { AwsEndpoints } from '../aws/partitions.ts'
import { obtainEcrPublicPassword } from '../aws/ecr-public.ts'
import type { AwsSession } from '../aws/session.ts'
import { Secret } from '../core/secret.ts'
import type { RegistryLogin } from './acr-login.ts'
import { awsAppId, type AwsTarget, type SharedAwsSessions } from './aws-session.ts'
import type { Federation } from './federation.ts'

/** Which registry of AWS somebody else's client shall get into, and as which role. */
export type EcrLoginTarget = AwsTarget & {
  readonly registry:
    | { readonly kind: 'ecr'; readonly ecr: EcrHost }
    | { readonly kind: 'ecr-public'; readonly ecrPublic: EcrPublicHost }
  readonly repositories: readonly string[]
}

/**
 * A login to a registry of AWS for a client that is not ours, booked in the record: ECR's password has the rights of the session that asks
 * for it, and ends with it. Throws TOKEN_*, ENTRA_*, AWS_*, ECR_*, NETWORK_*.
 */
export async function ecrLogin(
  federation: Federation,
  target: EcrLoginTarget,
  sessions: SharedAwsSessions,
): Promise<RegistryLogin> {
  const { http, patience, record } = federation.services
  const { host, endpoints: own } = target.registry.kind === 'ecr' ? target.registry.ecr : target.registry.ecrPublic
  const asked = { ...target, endpoints: target.endpoints ?? own }
  const session = await sessions(asked).current()
  const appId = awsAppId(target.context)
  const { secret, expiresAt, requestId } = await passwordOf(asked, session, { appId, http, patience })
  // As a header it is `Basic <auth>`; docker's configuration has the second word.
  const auth = new Secret(secret.reveal().replace(/^Basic /, ''))
  record.token('registry', { secret: passwordIn(auth), id: '', audience: host, expiresAt })
  record.request(target.registry.kind === 'ecr' ? 'ECR' : 'ECR Public', requestId)
  return { host, auth, expiresAt }
}

async function passwordOf(
  { registry, repositories, endpoints }: EcrLoginTarget & { readonly endpoints: AwsEndpoints },
  session: AwsSession,
  use: Pick<Federation['services'], 'http' | 'patience'> & { appId: string },
): Promise<EcrAuthorization> {
  const [repository = '*'] = repositories
  return registry.kind === 'ecr'
    ? await obtainEcrAuthorization({ ...use, registry: { ...registry.ecr, endpoints }, repository, session })
    : await obtainEcrPublicPassword({
        ...use,
        registry: { ...registry.ecrPublic, endpoints },
        name: repository,
        session,
      })
}

/** The record has the hash of what ECR calls the password, not of a header. */
function passwordIn(auth: Secret): Secret {
  const pair = Buffer.from(auth.reveal(), 'base64').toString('utf8')
  return new Secret(pair.slice(pair.indexOf(':') + 1))
}
