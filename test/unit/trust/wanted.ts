import { parseRoleArn } from '../../../steps/lib/aws/role-arn.ts'
import { classifyRegistryHost } from '../../../steps/lib/federation/registry-host.ts'
import type { Wanted, WantedRepository } from '../../../steps/lib/trust/set-up/whole.ts'
import { example } from '../../sandbox/example-cloud.ts'

function repository(host: string): WantedRepository {
  const registry = classifyRegistryHost(host, 'AzureCloud')
  if (registry === undefined) throw new Error(`${host} is no registry`)
  return { registry, repository: example.repository }
}

/** The example's trust, as `print-trust` is asked for it. */
export function wantedExample(changes: Partial<Wanted> = {}): Wanted {
  return {
    account: { namespace: example.namespace, name: example.serviceAccount },
    issuer: example.issuer,
    tenantId: example.tenantId,
    cloud: 'AzureCloud',
    clientId: example.clientId,
    clientName: 'ci-builder',
    kind: 'application',
    audience: 'api://AzureADTokenExchange',
    role: parseRoleArn(example.roleArn),
    tokenResource: example.awsTokenResource,
    repositories: [repository(example.ecrHost), repository(example.acrHost)],
    ...changes,
  }
}
