import type { AcrRegistry } from '../sandbox/registry/acr-config.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { roleOf, type BrokenTrust, accountOf } from './broken-trust.ts'
import { ecrPlace } from './trust-door.ts'

/** Who is let in and may not push. */
export const brokenRegistries: readonly BrokenTrust[] = [
  {
    what: 'the role may not log in to ECR',
    cloud: roleOf({ policies: [] }),
    rows: ['push:ecr-not-authorized'],
    create: ['permission of'],
  },
  {
    what: 'the role may log in to ECR and not begin an upload',
    cloud: allowed('ecr:GetAuthorizationToken', 'ecr:DescribeRepositories'),
    rows: ['push:registry-denied'],
    create: ['permission of'],
  },
  {
    what: 'the ECR repository does not exist',
    cloud: accountOf({ repositories: [] }),
    rows: ['push:registry-repository-unknown'],
    create: ['ECR repository'],
  },
  {
    what: 'the ECR repository is another account’s, and has no policy for the role',
    cloud: otherAccount(),
    variation: { params: { images: [ecrPlace.replace(example.accountId, '210987654321')] } },
    rows: ['push:ecr-not-authorized'],
    create: ['permission of', 'policy of the ECR repository'],
  },
  {
    what: 'the identity has no role on the ACR',
    cloud: acrOf({ roleAssignments: [] }),
    rows: ['push:acr-no-push-permission'],
    create: ['role AcrPush', 'role Container Registry Repository Writer'],
  },
  {
    what: 'the identity may pull from the ACR and not push',
    cloud: acrOf({ roleAssignments: [{ principalId: example.principalId, role: 'AcrPull' }] }),
    rows: ['push:acr-no-push-permission'],
    create: ['role AcrPush', 'role Container Registry Repository Writer'],
  },
  {
    what: 'the ACR is in repository mode (ABAC), where AcrPush does not count',
    cloud: acrOf({ roleAssignmentMode: 'rbac-abac' }),
    rows: ['push:acr-no-push-permission'],
    create: ['role AcrPush', 'role Container Registry Repository Writer'],
  },
  {
    what: 'the ACR belongs to another tenant',
    cloud: { ...acrOf({ tenantId: example.subscriptionId }), subscriptions: [] },
    rows: ['push:acr-exchange-refused'],
  },
]

function otherAccount(): SandboxConfig {
  const cloud = allowed('*')
  const repositories = cloud.accounts[0]?.repositories ?? []
  return { ...cloud, accounts: [...cloud.accounts, { id: '210987654321', oidcProviders: [], roles: [], repositories }] }
}

function allowed(...actions: readonly string[]): SandboxConfig {
  const statement = { Effect: 'Allow', Action: actions, Resource: '*' } as const
  return roleOf({ policies: [{ Version: '2012-10-17', Statement: [statement] }] })
}

function acrOf(change: Partial<AcrRegistry>): SandboxConfig {
  const cloud = exampleCloud()
  return { ...cloud, acrRegistries: cloud.acrRegistries.map((one) => ({ ...one, ...change })) }
}
