import { cloudWithSinks, sinks } from '../push-image/sinks.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'

/** Entra resources of these tests, of which Microsoft's own are known in every tenant. */
export const resources = {
  vault: 'https://vault.azure.net',
  manager: 'https://management.azure.com',
  unassigned: 'api://nobody',
} as const

/** The API whose roles the tests ask for: the example's identity has `Push` there. */
export const access = {
  'require-roles': ['Push'],
  'access-resource': example.awsTokenResource,
  'access-api-client-id': example.awsAppId,
} as const

/** The profile of a run that has a sink. */
export const withSink = { 'record-sink': sinks.open } as const

/** The example's clouds with sinks. */
export function brokerCloud(config: SandboxConfig = exampleCloud()): SandboxConfig {
  return cloudWithSinks(config)
}

/** A cloud whose administrators can change their mind. */
export type ChangeableCloud = {
  readonly config: SandboxConfig
  /** Takes the app role of {@link access} away from the identity, or the federated credential by which the pod is it. */
  takeAway(what: 'roles' | 'credential'): void
}

/** The cloud of these tests, for one door. Without the role Entra still gives tokens for the API: they just lack it. */
export function changeableCloud(): ChangeableCloud {
  const cloud = brokerCloud()
  const [tenant, ...tenants] = cloud.tenants
  const [builder, api, ...others] = tenant?.apps ?? []
  if (tenant === undefined || builder === undefined || api === undefined) throw new Error('the example has changed')
  const roles = [...(api.appRoleAssignments ?? [])]
  const credentials = [...(builder.federatedCredentials ?? [])]
  const apps = [
    { ...builder, federatedCredentials: credentials },
    { ...api, appRoleAssignmentRequired: false, appRoleAssignments: roles },
    ...others,
  ]
  return {
    config: { ...cloud, tenants: [{ ...tenant, apps }, ...tenants] },
    takeAway: (what) => void (what === 'roles' ? roles : credentials).splice(0),
  }
}
