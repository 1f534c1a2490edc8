import type { RoleArn } from '../../aws/role-arn.ts'
import { azureCloud, type AzureCloudName } from '../../azure/clouds.ts'
import type { RegistryHost } from '../../federation/registry-host.ts'
import { acrAssignments } from './acr.ts'
import { appRoleAssignment, awsApp } from './app-role.ts'
import { ecrRepository, oidcProvider, pushPolicy, repositoryPolicy, roleTrust } from './aws-role.ts'
import { clusterIssuer, identityProfile, issuerHole, serviceAccount, type ServiceAccountName } from './cluster.ts'
import {
  awsAppHole,
  clientHole,
  federatedCredential,
  knownClient,
  newClient,
  newIdentity,
  principalHole,
  type ClientKind,
} from './entra.ts'
import type { SetUp } from './set-up.ts'

/** A repository to push to. */
export type WantedRepository = { readonly registry: RegistryHost; readonly repository: string }

/** What a whole set-up is made for. */
export type Wanted = {
  readonly account: ServiceAccountName
  /** The cluster's issuer, exactly as its tokens spell it; asked of the cluster where it is absent. */
  readonly issuer?: string | undefined
  readonly tenantId: string
  readonly cloud: AzureCloudName
  /** The client that is there already; a new application where it is absent. */
  readonly clientId?: string | undefined
  readonly clientName: string
  readonly kind: ClientKind
  readonly audience: string
  /** Absent where nothing in AWS is reached. */
  readonly role?: RoleArn | undefined
  /** Application ID URI of the app that stands for the role. */
  readonly tokenResource: string
  readonly repositories: readonly WantedRepository[]
}

/** Everything that must exist inside and outside of the cluster, in the order in which it can be created. */
export function wholeSetUp(wanted: Wanted): readonly SetUp[] {
  const { account, issuer = issuerHole, audience, clientId, clientName, kind } = wanted
  const subject = `system:serviceaccount:${account.namespace}:${account.name}`
  const client = { id: clientId ?? clientHole, name: clientName, kind }
  return [
    serviceAccount(account),
    ...(wanted.issuer === undefined ? [clusterIssuer()] : []),
    clientOf(wanted),
    federatedCredential(client, { issuer, subject, audience }),
    ...loginServers(wanted).flatMap((loginServer) =>
      acrAssignments({ principal: principalHole, loginServer, seed: clientName }),
    ),
    ...(wanted.role === undefined ? [] : forAws(wanted, wanted.role, client.id)),
    identityProfile(account.namespace, profileOf(wanted, client.id)),
  ]
}

/** A role counts on the whole registry, however many of its repositories are pushed to. */
function loginServers({ repositories }: Wanted): readonly string[] {
  return [...new Set(repositories.flatMap(({ registry }) => (registry.kind === 'acr' ? [registry.host] : [])))]
}

function clientOf({ clientId, clientName, kind }: Wanted): SetUp {
  if (clientId !== undefined) return knownClient(clientId)
  return kind === 'managed-identity' ? newIdentity(clientName) : newClient(clientName)
}

function forAws(wanted: Wanted, role: RoleArn, clientId: string): readonly SetUp[] {
  const { tenantId, cloud, tokenResource } = wanted
  const issuer = `${azureCloud(cloud).authority}/${tenantId}/v2.0`
  const token = { issuer, audience: awsAppHole, authorizedParty: clientId, subject: principalHole }
  return [
    awsApp(tokenResource),
    appRoleAssignment({ client: clientId, resource: awsAppHole }),
    oidcProvider({ role, issuer, clientId }),
    roleTrust(role, token, true),
    ...wanted.repositories.flatMap(({ registry, repository }) => {
      if (registry.kind !== 'ecr') return []
      const { region, accountId, partition } = registry.ecr
      const name = { region, name: repository, account: accountId }
      const arn = `arn:${partition}:ecr:${region}:${accountId}:repository/${repository}`
      return [
        ecrRepository(name),
        pushPolicy(role, arn, true),
        ...(accountId === role.accountId ? [] : [repositoryPolicy(name, role)]),
      ]
    }),
  ]
}

function profileOf(wanted: Wanted, clientId: string): Readonly<Record<string, string>> {
  const { tenantId, role, tokenResource, cloud } = wanted
  return {
    'tenant-id': tenantId,
    'client-id': clientId,
    ...(cloud === 'AzureCloud' ? {} : { 'azure-cloud': cloud }),
    ...(role === undefined ? {} : { 'aws-role-arn': role.arn, 'aws-token-resource': tokenResource }),
  }
}
