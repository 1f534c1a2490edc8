import type { JsonSchema } from '../../sandbox/config-schema/json-schema.ts'
import type { Refinements } from './type-schema.ts'

const guid: JsonSchema = { title: 'a GUID', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' }
const httpsUrl: JsonSchema = { title: 'an https URL without port, query and fragment', pattern: '^https://[^:?#@]+$' }

/**
 * Forms of names that the types of `config.ts` leave open, so that a typo is found in the file and not in a refusal of a cloud.
 * Sources: AWS API references (CreateRole, CreateRepository, AssumeRoleWithWebIdentity), Microsoft's naming rules and
 * configurable token lifetimes.
 */
export const configRefinements: Refinements = {
  'ClusterIssuer.url': httpsUrl,
  'Tenant.id': guid,
  'Tenant.accessTokenLifetime': { title: 'seconds from 600 to 86400', type: 'integer', minimum: 600, maximum: 86_400 },
  'EntraApp.clientId': guid,
  'EntraApp.servicePrincipalId': guid,
  'EntraApp.appRoleAssignments.clientId': guid,
  'FederatedCredential.issuer': httpsUrl,
  'AwsAccount.id': { title: 'the 12 digits of an AWS account', pattern: '^[0-9]{12}$' },
  'OidcProvider.url': httpsUrl,
  'AwsRole.name': { title: "a role's name of at most 64 characters", pattern: '^[A-Za-z0-9_+=,.@-]{1,64}$' },
  'AwsRole.path': { title: 'a path that begins and ends with /', pattern: '^/([!-~]+/)?$' },
  'AwsRole.maxSessionDuration': {
    title: 'seconds from 3600 to 43200',
    type: 'integer',
    minimum: 3600,
    maximum: 43_200,
  },
  'EcrRepository.region': { title: 'an AWS region', pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]$' },
  'EcrRepository.name': {
    title: 'a repository name in lower case',
    pattern: '^(?=.{2,256}$)([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$',
  },
  'AcrRegistry.loginServer': {
    title: 'a login server such as contoso.azurecr.io',
    pattern: '^[a-z0-9]{5,50}(-[a-z0-9]+)?[.]azurecr[.](io|us|cn)$',
  },
  'AcrRegistry.tenantId': guid,
  'AcrRegistry.roleAssignments.principalId': guid,
}
