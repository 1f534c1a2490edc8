import { expect, test } from 'vitest'
import type { AwsAccount } from '../config.ts'
import type { AcrRegistry } from './acr-config.ts'
import { registryFaults } from './registry-rules.ts'
import { oneRegistry, PUSHER } from './sample-acr-front.ts'
import { ECR_ACCOUNTS } from './sample-ecr.ts'

const faultsOfRegistry = (change: Partial<AcrRegistry>) =>
  registryFaults({ issuers: [], accounts: [], ...oneRegistry(change) }).join('\n')

test.each([
  ['no login server', { loginServer: 'contoso.example' }, 'is no login server'],
  ['a name that is too short', { loginServer: 'abc.azurecr.io' }, 'is no login server'],
  ['a cloud that the tenant is not in', { loginServer: 'contoso.azurecr.us' }, 'another cloud than its tenant'],
  ['replicas below Premium', { sku: 'Standard', replicas: ['eastus', 'westus'] }, 'need the tier Premium'],
  ['regional endpoints without a region', { regionalEndpoints: true }, 'needs its home region'],
  ['anonymous pull in Basic', { sku: 'Basic', anonymousPull: true }, 'needs the tier Standard'],
  [
    'a condition on AcrPush',
    { roleAssignments: [{ principalId: PUSHER, role: 'AcrPush', condition: 'x' }] },
    'takes no condition',
  ],
  [
    'a condition on the Catalog Lister',
    {
      roleAssignments: [{ principalId: PUSHER, role: 'Container Registry Repository Catalog Lister', condition: 'x' }],
    },
    'takes no condition',
  ],
  [
    'a condition that cannot be read',
    { roleAssignments: [{ principalId: PUSHER, role: 'Container Registry Repository Reader', condition: 'x' }] },
    'is not understood',
  ],
  [
    'a wildcard in the middle',
    { scopeMapTokens: [{ name: 'ci', passwords: [], scopeMap: { 'a/*/b': [] } }] },
    'a wildcard stands only at the end',
  ],
  [
    'a wildcard without a slash',
    { scopeMapTokens: [{ name: 'ci', passwords: [], scopeMap: { 'a*': [] } }] },
    'a wildcard stands only at the end',
  ],
] satisfies readonly (readonly [string, Partial<AcrRegistry>, string])[])(
  'no cloud would hold %s',
  (_what, change, fault) => {
    expect(faultsOfRegistry(change)).toContain(fault)
  },
)

const faultsOfAccount = (change: Partial<AwsAccount>) =>
  registryFaults({ issuers: [], tenants: [], acrRegistries: [], accounts: [{ ...ECR_ACCOUNTS[0], ...change }] }).join(
    '\n',
  )

const repository = { region: 'eu-west-1', name: 'app' } as const
const filter = (text: string) => [{ filterType: 'WILDCARD', filter: text }] as const

test.each([
  [
    'exclusion without filters',
    { repositories: [{ ...repository, imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' }] },
    'do not fit',
  ],
  [
    'filters without exclusion',
    { repositories: [{ ...repository, imageTagMutabilityExclusionFilters: filter('a*') }] },
    'do not fit',
  ],
  [
    'a filter with a slash',
    {
      repositories: [
        {
          ...repository,
          imageTagMutability: 'MUTABLE_WITH_EXCLUSION',
          imageTagMutabilityExclusionFilters: filter('a/b'),
        },
      ],
    },
    'is no filter for tags',
  ],
  [
    'a template with a slash at its end',
    { repositoryCreationTemplates: [{ prefix: 'prod/', appliedFor: [] }] },
    'no slash at its end',
  ],
] satisfies readonly (readonly [string, Partial<AwsAccount>, string])[])(
  'no account would hold %s',
  (_what, change, fault) => {
    expect(faultsOfAccount(change)).toContain(fault)
  },
)

test('what the samples hold is possible', () => {
  expect([faultsOfRegistry({}), faultsOfAccount({})]).toEqual(['', ''])
})
