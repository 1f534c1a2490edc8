import type { AwsAccount, EcrRepository, EntraApp, SandboxConfig, Tenant } from '../config.ts'
import { example, exampleCloud } from '../example-cloud.ts'
import type { AcrRegistry } from '../registry/acr-config.ts'

const partnerId = '2a3b4c5d-1111-4222-8333-444455556666'
const sharedId = '2a3b4c5d-1111-4222-8333-444455557777'
const identityId = '2a3b4c5d-1111-4222-8333-444455558888'
const groupId = '2a3b4c5d-1111-4222-8333-444455559999'

/** The example with every field of the state at least once: a state that the clouds would hold. */
export function fullCloud(): SandboxConfig {
  const cloud = exampleCloud()
  return {
    ...cloud,
    issuers: [...cloud.issuers, { url: 'https://kubernetes.default.svc.cluster.local', apiServer }],
    tenants: [...cloud.tenants.map(fullTenant), partner],
    accounts: cloud.accounts.map(fullAccount),
    acrRegistries: [...cloud.acrRegistries.map(fullRegistry), dataRegistry],
    identityBindings: [
      {
        issuer: example.issuer,
        tenantId: example.tenantId,
        clientId: identityId,
        subjects: ['system:serviceaccount:a:b'],
      },
    ],
    clusters: [
      {
        kind: 'aks',
        host: 'shop.hcp.westeurope.azmk8s.io',
        tenantId: example.tenantId,
        principals: [example.principalId],
      },
      { kind: 'eks', host: 'abcd.gr7.eu-central-1.eks.amazonaws.com', name: 'shop', roles: [example.roleArn] },
    ],
    entra: { issuerKeysCacheSeconds: 60, loopDetection: { requests: 25, seconds: 300 } },
    recordSinks: [
      {
        host: 'audit.example',
        path: '/events',
        access: { tenantId: example.tenantId, audience: example.awsAppId, role: 'Push' },
      },
    ],
    logIngestion: [
      {
        host: 'audit-a1b2.westeurope-1.ingest.monitor.azure.com',
        immutableId: `dcr-${'0a'.repeat(16)}`,
        tenantId: example.tenantId,
        publishers: [example.principalId],
        streams: { 'Custom-Records': [{ name: 'Event', type: 'string' }] },
      },
    ],
    blobStorage: 'disk',
    registryQuirks: { ecrStaleRange: true, ecrFailsEmptyClosingPut: false },
    sourceIp: '198.51.100.7',
  }
}

const apiServer = {
  url: 'https://kubernetes.default.svc:6443',
  caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
  tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
}

const appFields: Partial<EntraApp> = {
  kind: 'application',
  enabled: true,
  optionalClaims: ['idtyp'],
  blockedByConditionalAccess: false,
  multiTenant: true,
  redirectUris: ['http://localhost'],
  allowPublicClient: true,
  exposedScopes: ['Runs.Read'],
  consents: [{ resource: example.awsTokenResource, scopes: ['Runs.Read'] }],
  groupMembershipClaims: true,
  groups: ['0b000000-0000-4000-8000-000000000001'],
  graphPermissions: ['Application.Read.All'],
}

const identity: EntraApp = {
  clientId: identityId,
  displayName: 'id-builder',
  servicePrincipalId: identityId,
  kind: 'managed-identity',
  resourceId: `/subscriptions/${example.subscriptionId}/resourcegroups/ci/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-builder`,
}

const fullTenant = (tenant: Tenant): Tenant => ({
  ...tenant,
  cloud: 'public',
  accessTokenLifetime: 3600,
  apps: [
    ...tenant.apps.map((app, index) => (index === 1 ? { ...app, ...appFields } : app)),
    { clientId: sharedId, displayName: 'shared', multiTenant: true },
    identity,
  ],
  users: [
    {
      oid: '2a3b4c5d-1111-4222-8333-44445555aaaa',
      upn: 'ada@contoso.example',
      displayName: 'Ada',
      enabled: true,
      groups: [groupId],
      appRoles: [{ app: example.awsAppId, role: 'Push' }],
      blockedByConditionalAccess: false,
    },
  ],
  federationPolicy: { disabled: false, allowedIssuers: [example.issuer] },
})

/** A tenant with the service principal of the other one's app. */
const partner: Tenant = {
  id: partnerId,
  apps: [{ clientId: sharedId, displayName: 'shared', servicePrincipalId: sharedId, homeTenantId: example.tenantId }],
}

const nothingAllowed = { Version: '2012-10-17', Statement: [{ Sid: 'none', Effect: 'Deny', Action: '*' }] } as const

const exclusions: Pick<EcrRepository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'> = {
  imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
  imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest*' }],
}

const encryptionConfiguration: EcrRepository['encryptionConfiguration'] = {
  encryptionType: 'KMS',
  kmsKey: `arn:aws:kms:${example.region}:${example.accountId}:key/1`,
}

const fullRepository = (repository: EcrRepository): EcrRepository => ({
  ...repository,
  ...exclusions,
  encryptionConfiguration,
  policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: ['ecr:BatchGetImage'] }] },
  tags: { team: 'shop' },
  scanOnPush: true,
  scanFindings: [
    { name: 'CVE-2024-0001', severity: 'HIGH', description: 'a flaw', uri: 'https://cve.example/CVE-2024-0001' },
  ],
  scanning: { mode: 'enhanced', seconds: 1, outcome: 'ACTIVE' },
  signing: [
    {
      signingProfileArn: `arn:aws:signer:${example.region}:${example.accountId}:/signing-profiles/ci`,
      status: 'FAILED',
      seconds: 1,
      failureCode: 'AccessDenied',
      failureReason: 'not allowed to sign',
    },
  ],
  createdAt: 1_700_000_000,
})

const fullAccount = (account: AwsAccount): AwsAccount => ({
  ...account,
  partition: 'aws',
  roles: account.roles.map((role) => ({
    ...role,
    path: '/ci/',
    maxSessionDuration: 3600,
    tags: { team: 'shop' },
    deniedTries: 1,
  })),
  repositories: account.repositories.map(fullRepository),
  repositoryCreationTemplates: [
    {
      prefix: 'shop',
      appliedFor: ['CREATE_ON_PUSH'],
      region: example.region,
      ...exclusions,
      encryptionConfiguration,
      repositoryPolicy: nothingAllowed,
    },
  ],
  buckets: [{ name: 'contoso-audit', region: example.region, policy: nothingAllowed }],
  accountSettings: { BLOB_MOUNTING: 'ENABLED' },
  publicRegistry: { alias: 'contoso', repositories: ['shop/web'] },
  managedPolicies: { 'arn:aws:iam::aws:policy/X': nothingAllowed },
  users: [
    {
      name: 'ci',
      path: '/ci/',
      accessKeyId: 'AKIAEXAMPLEEXAMPLE22',
      secretAccessKey: 'no secret',
      policies: [nothingAllowed],
      tags: { team: 'shop' },
    },
  ],
  stsDisabledRegions: ['eu-west-3'],
  outboundFederation: { id: 'a1b2c3' },
})

const fullRegistry = (registry: AcrRegistry): AcrRegistry => ({
  ...registry,
  acceptsArmTokens: true,
  sku: 'Premium',
  throttles: { reads: 1000, writes: 100, tokens: 100 },
  tokenLifetimes: { refresh: 600, access: 300 },
  anonymousPull: false,
  scopeMapTokens: [
    {
      name: 'robot',
      passwords: ['no secret'],
      enabled: true,
      scopeMap: { 'shop/*': ['content/read', 'metadata/read'] },
    },
  ],
  replicas: ['westeurope', 'northeurope'],
  replicationLag: 5,
  regionalEndpoints: true,
  dedicatedDataEndpoints: true,
  customerManagedKey: false,
  locks: [{ repository: 'shop/web', reference: '1', writeEnabled: false, deleteEnabled: false, readEnabled: true }],
})

/** A registry whose roles count by repository. */
const dataRegistry: AcrRegistry = {
  loginServer: 'contoso-a1b2c3.azurecr.io',
  tenantId: example.tenantId,
  roleAssignmentMode: 'rbac-abac',
  roleAssignments: [
    {
      principalId: example.principalId,
      role: 'Container Registry Repository Reader',
      condition: "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'shop/web'",
    },
  ],
}
