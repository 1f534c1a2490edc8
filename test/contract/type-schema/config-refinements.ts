import type { JsonSchema } from '../../sandbox/config-schema/json-schema.ts'
import type { Refinements } from './type-schema.ts'

const guid: JsonSchema = { title: 'a GUID', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' }
const httpsUrl: JsonSchema = { title: 'an https URL without port, query and fragment', pattern: '^https://[^:?#@]+$' }
const path: JsonSchema = { title: 'the path of a file', pattern: '.' }
const iamPath: JsonSchema = { title: 'a path that begins and ends with /', pattern: '^/([!-~]+/)?$' }
const region: JsonSchema = { title: 'an AWS region', pattern: '^[a-z]{2,4}(-[a-z]+)+-[0-9]$' }
const loginServer: JsonSchema = {
  title: 'a login server such as contoso.azurecr.io',
  pattern: '^[a-z0-9]{5,50}(-[a-z0-9]{4,20})?[.]azurecr[.](io|us|cn)$',
}

const iamName = (whose: string): JsonSchema => ({
  title: `a ${whose}'s name of at most 64 characters`,
  pattern: '^[A-Za-z0-9_+=,.@-]{1,64}$',
})
const repositoryName = (longest: number): JsonSchema => ({
  title: 'a repository name in lower case',
  pattern: `^(?=.{2,${longest}}$)([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$`,
})
const whole = (what: string, minimum: number): JsonSchema => ({
  title: `${what} of at least ${minimum}`,
  type: 'integer',
  minimum,
})
const number = (minimum: number): JsonSchema => whole('a whole number', minimum)
const seconds = (minimum: number): JsonSchema => whole('seconds', minimum)

/**
 * Forms of names that the types of the state leave open, so that a typo is found in the file and not in a refusal of a cloud.
 * Sources: AWS API references (CreateRole, CreateUser, CreateRepository, CreateRepositoryCreationTemplate, PutRegistryCatalogData
 * of ECR Public, AssumeRoleWithWebIdentity), Microsoft's naming rules and configurable token lifetimes.
 */
export const configRefinements: Refinements = {
  'SandboxConfig.sourceIp': { title: 'an IP address', pattern: '^[0-9a-fA-F.:]+$' },
  'ClusterIssuer.url': httpsUrl,
  'ApiServer.url': { title: 'an https URL without query and fragment', pattern: '^https://[^?#@]+$' },
  'ApiServer.caFile': path,
  'ApiServer.tokenFile': path,
  'Tenant.id': guid,
  'Tenant.accessTokenLifetime': { title: 'seconds from 600 to 86400', type: 'integer', minimum: 600, maximum: 86_400 },
  'EntraApp.clientId': guid,
  'EntraApp.servicePrincipalId': guid,
  'EntraApp.appRoleAssignments.clientId': guid,
  'EntraApp.homeTenantId': guid,
  'EntraApp.resourceId': { title: 'an ARM id', pattern: '^/subscriptions/[^/]+/' },
  'FederatedCredential.issuer': httpsUrl,
  'FederationPolicy.allowedIssuers[]': httpsUrl,
  'EntraUser.oid': guid,
  'EntraUser.upn': { title: 'a user principal name such as ada@contoso.example', pattern: '^[^@ ]+@[^@ ]+$' },
  'EntraUser.groups[]': guid,
  'EntraUser.appRoles.app': guid,
  'EntraBehavior.issuerKeysCacheSeconds': seconds(0),
  'EntraBehavior.loopDetection.requests': number(1),
  'EntraBehavior.loopDetection.seconds': seconds(1),
  'RecordSink.host': { title: 'a host name in lower case', pattern: '^[a-z0-9-]+([.][a-z0-9-]+)+$' },
  'RecordSink.path': { title: 'a path', pattern: '^/[^?#]*$' },
  'S3Bucket.name': { title: 'a bucket name without dots', pattern: '^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$' },
  'S3Bucket.region': region,
  'LogIngestion.host': {
    title: 'a host below ingest.monitor.azure.com, .us or .cn',
    pattern: '^[a-z0-9-]+([.][a-z0-9-]+)*[.]ingest[.]monitor[.]azure[.](com|us|cn)$',
  },
  'LogIngestion.immutableId': { title: 'dcr- and 32 hex digits', pattern: '^dcr-[0-9a-f]{32}$' },
  'LogIngestion.tenantId': guid,
  'LogIngestion.publishers[]': guid,
  'SinkAccess.tenantId': guid,
  'SinkAccess.audience': { title: 'the aud of a token', pattern: '.' },
  'SinkAccess.role': { title: 'the name of an app role', pattern: '.' },
  'AzureSubscription.id': guid,
  'AzureSubscription.tenantId': guid,
  'AzureResourceGroup.registries[]': loginServer,
  'AzureRoleAssignment.principalId': guid,
  'IdentityBinding.issuer': httpsUrl,
  'IdentityBinding.tenantId': guid,
  'IdentityBinding.clientId': guid,
  'AwsAccount.id': { title: 'the 12 digits of an AWS account', pattern: '^[0-9]{12}$' },
  'AwsAccount.publicRegistry.alias': {
    title: 'an alias of 2 to 50 characters in lower case',
    pattern: '^(?=.{2,50}$)[a-z][a-z0-9]+([._-][a-z0-9]+)*$',
  },
  'AwsAccount.publicRegistry.repositories[]': repositoryName(205),
  'AwsAccount.stsDisabledRegions[]': region,
  'AwsAccount.outboundFederation.id': { title: 'one label of a host name', pattern: '^[a-z0-9-]{1,63}$' },
  'AwsUser.name': iamName('user'),
  'AwsUser.path': iamPath,
  'AwsUser.accessKeyId': { title: 'an access key id that begins AKIA', pattern: '^AKIA[A-Z0-9]{12,124}$' },
  'OidcProvider.url': httpsUrl,
  'AwsRole.name': iamName('role'),
  'AwsRole.path': iamPath,
  'AwsRole.maxSessionDuration': {
    title: 'seconds from 3600 to 43200',
    type: 'integer',
    minimum: 3600,
    maximum: 43_200,
  },
  'AwsRole.deniedTries': number(0),
  'EcrRepository.region': region,
  'EcrRepository.name': repositoryName(256),
  'RepositoryScanning.seconds': seconds(0),
  'ImageSigning.seconds': seconds(0),
  'TagExclusionFilter.filter': {
    title: 'letters, digits, . _ - and the wildcard *',
    pattern: '^[0-9a-zA-Z._*-]{1,128}$',
  },
  'RepositoryCreationTemplate.prefix': {
    title: 'ROOT, or a prefix in lower case without a slash at its end',
    pattern: '^(ROOT|[a-z0-9][a-z0-9._/-]*[a-z0-9])$',
  },
  'RepositoryCreationTemplate.region': region,
  'AcrRegistry.loginServer': loginServer,
  'AcrRegistry.tenantId': guid,
  'AcrRegistry.throttles.reads': number(1),
  'AcrRegistry.throttles.writes': number(1),
  'AcrRegistry.throttles.tokens': number(1),
  'AcrRegistry.tokenLifetimes.refresh': seconds(1),
  'AcrRegistry.tokenLifetimes.access': seconds(1),
  'AcrRegistry.replicas[]': { title: 'an Azure region such as westeurope', pattern: '^[a-z0-9]+$' },
  'AcrRegistry.replicationLag': seconds(0),
  'AcrRoleAssignment.principalId': guid,
}

/** Forms that the types of requests to a running sandbox leave open. */
export const controlRefinements: Refinements = {
  'ClockRequest.advanceSeconds': {
    title: 'seconds from -315360000 to 315360000 (ten years)',
    minimum: -315_360_000,
    maximum: 315_360_000,
  },
  'FaultRule.turns': { title: 'a list of "fails" and "works", at least one', minItems: 1 },
}
