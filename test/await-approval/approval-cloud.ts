import type { EntraApp, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'

/** The app registration that approvers sign in to. */
export const approvalApp = 'a9900000-1111-4222-8333-444455556666'
const group = '0a000000-0000-4000-8000-00000000000a'

/** The people: two who may approve, one who may not, and one in so many groups that no token names them. */
export const people = {
  ada: '3a000000-3e2f-4a1b-8c9d-00000000000a',
  grace: '3a000000-3e2f-4a1b-8c9d-00000000000b',
  eve: '3a000000-3e2f-4a1b-8c9d-00000000000e',
  joiner: '3a000000-3e2f-4a1b-8c9d-00000000000f',
} as const
export type Person = keyof typeof people

export const approvers = group

/** The example's cloud with approvals. */
export function approvalCloud(): SandboxConfig {
  return withApprovals(exampleCloud())
}

/** A cloud with an app for approvals, its people, and app permissions of the pods' identity by which groups can be looked up. */
export function withApprovals(cloud: SandboxConfig): SandboxConfig {
  const app: EntraApp = {
    clientId: approvalApp,
    displayName: 'approvals',
    servicePrincipalId: approvalApp,
    allowPublicClient: true,
    redirectUris: ['http://localhost'],
    // The pod's own identity has the role, too: what it obtains is no person's word.
    requestedAccessTokenVersion: 2,
    appRoleAssignments: [{ clientId: example.clientId, role: 'Release.Approve' }],
  }
  const approver = [{ app: approvalApp, role: 'Release.Approve' }]
  const many = Array.from({ length: 201 }, (_, index) => `0b000000-0000-4000-8000-000000000${index + 100}`)
  const users = [
    { oid: people.ada, upn: 'ada@contoso.example', displayName: 'Ada', groups: [group], appRoles: approver },
    { oid: people.grace, upn: 'grace@contoso.example', displayName: 'Grace', appRoles: approver },
    { oid: people.eve, upn: 'eve@contoso.example', displayName: 'Eve' },
    { oid: people.joiner, upn: 'joiner@contoso.example', groups: [...many, group], appRoles: approver },
  ]
  const graphPermissions = ['User.Read.All', 'GroupMember.Read.All']
  const tenants = cloud.tenants.map((tenant) => ({
    ...tenant,
    users,
    apps: [...tenant.apps.map((one) => (one.clientId === example.clientId ? { ...one, graphPermissions } : one)), app],
  }))
  return { ...cloud, tenants }
}
