import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { names } from '../unit/token/entra-tenant.ts'

/** The groups of the cloud: the pod's identity and the person are in `deployers`, nobody is in `others`. */
export const groups = {
  deployers: '0a000000-0000-4000-8000-000000000001',
  reviewers: '0a000000-0000-4000-8000-000000000002',
  others: '0a000000-0000-4000-8000-000000000003',
} as const

/** What Microsoft Graph lets the pod's identity ask, as its page of checkMemberGroups says. */
const allPermissions = ['Application.Read.All', 'User.Read.All', 'GroupMember.Read.All']

/** The example's cloud with groups, and with app permissions of the pod's identity on Microsoft Graph. */
export function groupCloud(graphPermissions: readonly string[] = allPermissions): SandboxConfig {
  const cloud = exampleCloud()
  const tenants = cloud.tenants.map((tenant) => ({
    ...tenant,
    apps: tenant.apps.map((app) =>
      app.clientId === example.clientId
        ? { ...app, graphPermissions, groups: [groups.deployers, groups.reviewers] }
        : app,
    ),
    users: [{ oid: names.personId, upn: 'ada@contoso.example', groups: [groups.deployers] }],
  }))
  return { ...cloud, tenants }
}
