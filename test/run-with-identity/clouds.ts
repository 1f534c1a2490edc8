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
