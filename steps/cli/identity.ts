import { roleArnOf } from '../../test/sandbox/aws/role-arn.ts'
import type { EntraApp, SandboxConfig, Tenant } from '../../test/sandbox/config.ts'

/** Who a pod is on these clouds, as far as their state leaves no choice. */
export type Identity = {
  /** `namespace/name`. */
  readonly serviceAccount?: string
  readonly tenantId?: string
  readonly clientId?: string
  readonly roleArn?: string
  readonly tokenResource?: string
}

type Trusted = { readonly tenant: Tenant; readonly app: EntraApp; readonly serviceAccount: string }

/** The identity of a service account, or of the first one that a federated credential trusts. */
export function identityOf(config: SandboxConfig, serviceAccount?: string): Identity {
  const trusted = trustedAccounts(config).find((one) => (serviceAccount ?? one.serviceAccount) === one.serviceAccount)
  if (trusted === undefined) return serviceAccount === undefined ? {} : { serviceAccount }
  const { tenant, app } = trusted
  const roleArn = only(config.accounts.flatMap((account) => account.roles.map((role) => roleArnOf(account, role))))
  const tokenResource = only(tenant.apps.flatMap((resource) => urisGivenTo(resource, app.clientId)))
  return {
    serviceAccount: trusted.serviceAccount,
    tenantId: tenant.id,
    clientId: app.clientId,
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(tokenResource === undefined ? {} : { tokenResource }),
  }
}

/** Keys of an identity profile that this identity fills. */
export function profileOf({ tenantId, clientId, roleArn, tokenResource }: Identity): Readonly<Record<string, string>> {
  const keys = {
    'tenant-id': tenantId,
    'client-id': clientId,
    'aws-role-arn': roleArn,
    'aws-token-resource': tokenResource,
  }
  return Object.fromEntries(Object.entries(keys).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function trustedAccounts({ tenants }: SandboxConfig): readonly Trusted[] {
  return tenants.flatMap((tenant) =>
    tenant.apps.flatMap((app) =>
      (app.federatedCredentials ?? []).flatMap(({ subject }) => {
        const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject) ?? []
        return namespace === undefined || name === undefined
          ? []
          : [{ tenant, app, serviceAccount: `${namespace}/${name}` }]
      }),
    ),
  )
}

/** An app that stands for an AWS role gives its app role to those who may ask for its tokens. */
function urisGivenTo({ identifierUris = [], appRoleAssignments = [] }: EntraApp, clientId: string): readonly string[] {
  return appRoleAssignments.some((assignment) => assignment.clientId === clientId) ? identifierUris.slice(0, 1) : []
}

function only<T>(values: readonly T[]): T | undefined {
  return values.length === 1 ? values[0] : undefined
}
