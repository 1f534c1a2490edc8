import { publicJwk } from '../sandbox/signing-keys.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { appOf, credentialOf, publish, tenantOf, type BrokenTrust } from './broken-trust.ts'

const issuerOf = (issuer: string): Pick<BrokenTrust, 'cloud' | 'variation'> => ({
  cloud: credentialOf({ issuer }),
  variation: { token: { issuer } },
})

const asClient = (id: string) => ({ params: { 'client-id': id } })

/** Tokens and issuers that nobody outside can verify. */
export const brokenIssuers: readonly BrokenTrust[] = [
  {
    what: 'the projected token has expired',
    variation: { token: { expiresInSeconds: -60 } },
    rows: ['token:token-expired'],
  },
  {
    what: 'the projected token is made out to another audience than `token-audience`',
    variation: { token: { audience: 'api://other' } },
    rows: ['token:token-audience-mismatch'],
  },
  { what: 'the token file holds no token', variation: { tokenText: 'password' }, rows: ['token:token-malformed'] },
  {
    what: 'the issuer has a name of the cluster’s own (`kubernetes.default.svc`)',
    ...issuerOf('https://kubernetes.default.svc.cluster.local'),
    rows: ['issuer:issuer-private'],
  },
  {
    what: 'the issuer is an `http:` URL',
    ...issuerOf('http://oidc.cluster.example/4f2a/'),
    rows: ['issuer:issuer-not-https'],
  },
  {
    what: 'nothing answers at the issuer’s address',
    ...issuerOf('https://oidc.nowhere.example/'),
    rows: ['issuer:issuer-unreachable'],
  },
  {
    what: 'the issuer’s discovery document is not published',
    ...issuerOf('https://oidc.cluster.example/other/'),
    rows: ['issuer:issuer-not-published'],
  },
  {
    what: 'the discovery document spells the issuer otherwise than tokens do (trailing slash)',
    ...issuerOf(example.issuer.replace(/\/$/, '')),
    rows: ['issuer:issuer-spelled-otherwise'],
  },
  {
    what: 'the JWKS that the discovery document names is not published',
    arrange: ({ sandbox }) => {
      sandbox.faults.on({ standIn: 'issuer', path: /jwks$/, fault: { kind: 'status', status: 404 } })
    },
    rows: ['keys:keys-not-published'],
  },
  {
    what: 'the discovery document names a JWKS without TLS',
    arrange: publish(/openid-configuration$/, () => ({
      issuer: example.issuer,
      jwks_uri: 'http://10.0.0.1/openid/v1/jwks',
    })),
    rows: ['keys:keys-not-https'],
  },
  {
    what: 'the published JWKS lacks the key that signed the token (rotated, or of another cluster)',
    variation: { token: { key: 'other' } },
    rows: ['keys:key-not-published'],
  },
  {
    what: 'the published key of that id did not sign the token (two clusters with one issuer)',
    variation: { token: { key: 'forged' } },
    rows: ['keys:signature-bad'],
  },
  {
    what: 'the cluster signs with another algorithm than RS256',
    arrange: publish(/jwks$/, ({ sandbox }) => {
      const { kid } = sandbox.world.keys.of(`issuer:${example.issuer}`)
      return { keys: [{ kty: 'EC', crv: 'P-256', kid, use: 'sig', x: 'x', y: 'y' }] }
    }),
    rows: ['keys:key-not-rs256'],
  },
  {
    what: 'more than 100 keys are published, and the one that counts is not among the first',
    arrange: publish(/jwks$/, ({ sandbox }) => {
      const own = publicJwk(sandbox.world.keys.of(`issuer:${example.issuer}`))
      return { keys: [...Array.from({ length: 100 }, (_, at) => ({ ...own, kid: `old-${at}` })), own] }
    }),
    rows: ['keys:key-beyond-100'],
  },
]

const credentialCreate = ['federated credential']

/** What Entra does not trust, or does not know. */
export const brokenEntra: readonly BrokenTrust[] = [
  {
    what: 'the federated credential names another service account',
    cloud: credentialOf({ subject: 'system:serviceaccount:ci:default' }),
    rows: ['credential:entra-subject-mismatch'],
    create: credentialCreate,
  },
  {
    what: 'the federated credential spells the subject in other upper and lower case',
    cloud: credentialOf({ subject: 'system:serviceaccount:ci:Builder' }),
    rows: ['credential:entra-subject-case'],
    create: credentialCreate,
  },
  {
    what: 'the federated credential names another cluster',
    cloud: credentialOf({ issuer: 'https://oidc.other.example/' }),
    rows: ['credential:entra-issuer-mismatch'],
    create: credentialCreate,
  },
  {
    what: 'the federated credential has the issuer without its trailing slash',
    cloud: credentialOf({ issuer: example.issuer.replace(/\/$/, '') }),
    rows: ['credential:entra-issuer-mismatch'],
    create: credentialCreate,
  },
  {
    what: 'the federated credential has another audience (that of another cloud)',
    cloud: credentialOf({ audiences: ['api://AzureADTokenExchangeUSGov'] }),
    rows: ['credential:entra-audience-mismatch'],
    create: credentialCreate,
  },
  {
    what: 'the client has no federated credential at all',
    cloud: appOf(example.clientId, { federatedCredentials: [] }),
    rows: ['credential:entra-no-federated-credential'],
    create: credentialCreate,
  },
  {
    what: 'no client has that id (an object id, mostly)',
    variation: asClient(example.principalId),
    rows: ['client:entra-client-unknown'],
  },
  {
    what: 'the client has no service principal in the tenant',
    cloud: withoutPrincipal(),
    rows: ['client:entra-service-principal-missing'],
  },
  {
    what: 'the client is disabled',
    cloud: appOf(example.clientId, { enabled: false }),
    rows: ['client:entra-client-disabled'],
  },
  {
    what: 'Conditional Access blocks the client',
    cloud: appOf(example.clientId, { blockedByConditionalAccess: true }),
    rows: ['client:entra-blocked-by-policy'],
  },
  {
    what: 'a policy of the tenant allows no federated credentials of that issuer',
    cloud: tenantOf({ federationPolicy: { allowedIssuers: ['https://oidc.other.example/'] } }),
    rows: ['client:entra-federation-forbidden'],
  },
  {
    what: 'there is no such tenant',
    variation: { params: { 'tenant-id': example.subscriptionId } },
    rows: ['client:entra-tenant-unknown'],
  },
  {
    what: 'the tenant is of another Azure cloud',
    variation: { params: { 'azure-cloud': 'AzureUSGovernment', 'aws-region': example.region, images: [] } },
    rows: ['client:entra-wrong-cloud'],
  },
  {
    what: 'the tenant has no such resource',
    variation: { params: { resources: ['api://absent'] } },
    rows: ['exchange:entra-resource-unknown'],
  },
  {
    what: 'the client has no app role on a resource that requires one',
    cloud: appOf(example.awsAppId, { appRoleAssignments: [] }),
    rows: ['exchange:entra-role-not-assigned'],
    create: ['app role of api://aws-ci'],
  },
]

function withoutPrincipal() {
  const cloud = exampleCloud()
  const tenants = cloud.tenants.map((tenant) => ({
    ...tenant,
    apps: tenant.apps.map((app) => {
      const { servicePrincipalId: _, ...rest } = app
      return app.clientId === example.clientId ? rest : app
    }),
  }))
  return { ...cloud, tenants }
}
