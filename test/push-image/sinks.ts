import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { recordsOf, type KeptRecord } from '../sandbox/sink/sink-state.ts'
import type { FrontDoor, FrontDoorResult } from './front-door.ts'

/** The sinks of the tests' clouds: one that asks for no token, one that asks for a token with a role. */
export const sinks = {
  open: 'https://audit.contoso.example/events',
  guarded: 'https://guarded.contoso.example/events',
  resource: 'api://audit',
  appId: 'aaaa1111-2222-4333-8444-555566667777',
  /** An API for which the identity gets tokens without any role. */
  rolelessResource: 'api://unassigned',
} as const

const rolelessAppId = 'bbbb1111-2222-4333-8444-555566667777'

/** The API of the sink that asks for tokens, and what a token must say there. */
export const auditApp = {
  clientId: sinks.appId,
  displayName: 'audit',
  servicePrincipalId: sinks.appId,
  identifierUris: [sinks.resource],
  requestedAccessTokenVersion: 2,
  appRoleAssignmentRequired: true,
  appRoleAssignments: [{ clientId: example.clientId, role: 'Write' }],
} as const
export const sinkAccess = { tenantId: example.tenantId, audience: sinks.appId, role: 'Write' } as const

/** The example's clouds, or others, with two sinks. */
export function cloudWithSinks(cloud = exampleCloud()): SandboxConfig {
  const roleless = {
    clientId: rolelessAppId,
    displayName: 'unassigned',
    servicePrincipalId: rolelessAppId,
    identifierUris: [sinks.rolelessResource],
  }
  return {
    ...cloud,
    tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: [...tenant.apps, auditApp, roleless] })),
    recordSinks: [
      { host: new URL(sinks.open).host, path: '/events' },
      {
        host: new URL(sinks.guarded).host,
        path: '/events',
        access: sinkAccess,
      },
    ],
  }
}

/** What the sinks keep of one run: the events whose id is that of the printed record. */
export function keptOf(door: FrontDoor, { record }: FrontDoorResult): readonly KeptRecord[] {
  return recordsOf(door.sandbox.world).filter(({ attributes }) => attributes['id'] === record.id)
}
