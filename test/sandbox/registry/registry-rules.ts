import type { AwsAccount, EcrRepository, SandboxConfig } from '../config.ts'
import { parseCondition } from './acr-condition.ts'
import type { AcrRegistry } from './acr-config.ts'
import { takesCondition } from './acr-grants.ts'
import { isLoginServer } from './acr-hosts.ts'

const EXCLUSION_FILTER = /^[0-9a-zA-Z._*-]{1,128}$/
/** A wildcard only as the last part, after a slash; or alone (container-registry-token-based-repository-permissions). */
const SCOPE_MAP_RULE = /^(\*|[^*]+(\/\*)?)$/
const TEMPLATE_PREFIX = /^(ROOT|[a-z0-9][a-z0-9._/-]*[a-z0-9])$/

/** Cloud of a tenant by the suffix of its registries. */
const CLOUD_OF_SUFFIX: Readonly<Record<string, string>> = { io: 'public', us: 'us-government', cn: 'china' }

/** What is wrong with the registries of a state: what no cloud would have taken. */
export const registryFaults = (config: SandboxConfig): readonly string[] => [
  ...config.acrRegistries.flatMap((registry) => acrFaults(config, registry)),
  ...config.accounts.flatMap(accountFaults),
]

const acrFaults = (config: SandboxConfig, registry: AcrRegistry): readonly string[] => {
  const { dedicatedDataEndpoints, loginServer, regionalEndpoints, replicas = [], sku = 'Premium' } = registry
  const tenant = config.tenants.find(({ id }) => id === registry.tenantId)
  const cloud = CLOUD_OF_SUFFIX[loginServer.slice(-2)]
  const isPremiumOnly = replicas.length > 1 || regionalEndpoints === true || dedicatedDataEndpoints === true
  return [
    ...when(!isLoginServer(loginServer), 'is no login server of ACR'),
    ...when(tenant !== undefined && cloud !== (tenant.cloud ?? 'public'), 'is in another cloud than its tenant'),
    ...when(isPremiumOnly && sku !== 'Premium', 'replicas and endpoints of regions need the tier Premium'),
    ...when(registry.customerManagedKey === true && sku !== 'Premium', 'a key of the customer needs the tier Premium'),
    ...when(
      (regionalEndpoints ?? dedicatedDataEndpoints) === true && replicas.length === 0,
      'needs its home region in replicas',
    ),
    ...when(registry.anonymousPull === true && sku === 'Basic', 'anonymous pull needs the tier Standard'),
    ...registry.roleAssignments.flatMap(conditionFaults),
    ...(registry.scopeMapTokens ?? [])
      .flatMap(({ scopeMap }) => Object.keys(scopeMap))
      .filter((rule) => !SCOPE_MAP_RULE.test(rule))
      .map((rule) => `scope map rule ${rule}: a wildcard stands only at the end, after a slash`),
  ].map((fault) => `registry ${loginServer}: ${fault}`)
}

const conditionFaults = ({ condition, role }: AcrRegistry['roleAssignments'][number]): readonly string[] => {
  if (condition === undefined) return []
  if (!takesCondition(role)) return [`the role ${role} takes no condition`]
  try {
    parseCondition(condition)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : 'the condition is not understood']
  }
}

const accountFaults = (account: AwsAccount): readonly string[] =>
  [
    ...account.repositories.flatMap((repository) => filterFaults(repository, `repository ${repository.name}`)),
    ...(account.repositoryCreationTemplates ?? []).flatMap((template) => [
      ...filterFaults(template, `template ${template.prefix}`),
      ...when(!TEMPLATE_PREFIX.test(template.prefix), `template ${template.prefix}: a prefix has no slash at its end`),
    ]),
  ].map((fault) => `account ${account.id}: ${fault}`)

const filterFaults = (
  settings: Pick<EcrRepository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'>,
  what: string,
): readonly string[] => {
  const { imageTagMutability = 'MUTABLE', imageTagMutabilityExclusionFilters: filters } = settings
  const wantsFilters = imageTagMutability.endsWith('_WITH_EXCLUSION')
  return [
    ...when(
      wantsFilters !== (filters !== undefined && filters.length > 0),
      `${what}: ${imageTagMutability} and its filters do not fit`,
    ),
    ...(filters ?? [])
      .filter(({ filter }) => !EXCLUSION_FILTER.test(filter))
      .map(({ filter }) => `${what}: ${filter} is no filter for tags`),
  ]
}

const when = (holds: boolean, fault: string): readonly string[] => (holds ? [fault] : [])
