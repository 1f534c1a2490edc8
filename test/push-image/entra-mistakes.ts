import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { EntraApp, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, type Variation } from './front-door.ts'

/** A run that Entra refuses, with what must be said of it. */
export type EntraMistake = {
  readonly what: string
  readonly aadsts: string
  readonly code: ErrorCode
  readonly variation: Variation
  /** Lines `sent`; `kid` stands for whatever key it was. */
  readonly sent?: readonly string[]
  /** First command of the remedy. */
  readonly command?: string
  readonly image: string
}

/** An issuer that no credential names, and one that a credential names and nobody can reach. */
export const otherIssuer = 'https://oidc.other.example/'
export const deadIssuer = 'https://oidc.nowhere.example/'

const id = (last: string): string => `00000000-1111-4222-8333-0000000000${last}`

const sent = (changes: { issuer?: string; subject?: string; audience?: string } = {}): string[] => [
  `issuer ${changes.issuer ?? example.issuer}`,
  `subject ${changes.subject ?? 'system:serviceaccount:ci:builder'}`,
  `audience ${changes.audience ?? 'api://AzureADTokenExchange'}`,
]

const create = (clientId: string = example.clientId): string =>
  `az ad app federated-credential create --id ${clientId} --parameters credential.json`

type Told = Pick<EntraMistake, 'sent' | 'command'>

const row = (
  [aadsts, code, image]: readonly [aadsts: number, code: ErrorCode, image: string],
  what: string,
  variation: Variation,
  told: Told = {},
): EntraMistake => ({ what, aadsts: `AADSTS${aadsts}`, code, variation, image, ...told })

const asClient = (clientId: string): Variation => ({ params: { 'client-id': clientId } })

/** What the sandbox's Entra refuses by itself. */
export const entraMistakes: readonly EntraMistake[] = [
  row(
    [700213, 'ENTRA_SUBJECT_MISMATCH', acrImage],
    'another service account',
    { token: { serviceAccount: 'default' } },
    { sent: sent({ subject: 'system:serviceaccount:ci:default' }), command: create() },
  ),
  row(
    [7002138, 'ENTRA_SUBJECT_CASE', acrImage],
    'the subject in other case',
    { token: { serviceAccount: 'Builder' } },
    { sent: sent({ subject: 'system:serviceaccount:ci:Builder' }), command: create() },
  ),
  row(
    [700212, 'ENTRA_AUDIENCE_MISMATCH', acrImage],
    'another audience',
    { params: { 'token-audience': 'api://other' } },
    { sent: sent({ audience: 'api://other' }), command: create() },
  ),
  row(
    [700211, 'ENTRA_ISSUER_MISMATCH', acrImage],
    'another cluster',
    { token: { issuer: otherIssuer } },
    { sent: sent({ issuer: otherIssuer }), command: create() },
  ),
  row([70025, 'ENTRA_NO_FEDERATED_CREDENTIAL', acrImage], 'a client without federated credential', asClient(id('01')), {
    sent: sent(),
    command: create(id('01')),
  }),
  row([700016, 'ENTRA_CLIENT_UNKNOWN', acrImage], 'a client that nobody has', asClient(id('ff')), {
    command: `az ad sp show --id ${id('ff')}`,
  }),
  row(
    [7000229, 'ENTRA_SERVICE_PRINCIPAL_MISSING', acrImage],
    'a client without service principal',
    asClient(id('02')),
    { command: `az ad sp create --id ${id('02')}` },
  ),
  row([7000112, 'ENTRA_CLIENT_DISABLED', acrImage], 'a disabled client', asClient(id('03')), {
    command: `az ad sp update --id ${id('03')} --set accountEnabled=true`,
  }),
  row([53003, 'ENTRA_BLOCKED_BY_POLICY', acrImage], 'a client that Conditional Access blocks', asClient(id('04'))),
  row([90002, 'ENTRA_TENANT_UNKNOWN', acrImage], 'a tenant that nobody has', { params: { 'tenant-id': id('ee') } }),
  row([900382, 'ENTRA_WRONG_CLOUD', ecrImage], 'a tenant of another cloud', {
    params: { 'azure-cloud': 'AzureUSGovernment' },
  }),
  row(
    [500011, 'ENTRA_RESOURCE_UNKNOWN', ecrImage],
    'a resource that nobody has',
    { params: { 'aws-token-resource': 'api://absent' } },
    { command: 'az ad app list --identifier-uri api://absent' },
  ),
  row([501051, 'ENTRA_ROLE_NOT_ASSIGNED', ecrImage], 'a client without app role', asClient(id('05')), {
    command: `az rest --method POST --uri https://graph.microsoft.com/v1.0/servicePrincipals/RESOURCE_SP/appRoleAssignedTo --body '{"principalId":"CLIENT_SP","resourceId":"RESOURCE_SP","appRoleId":"ROLE"}'`,
  }),
  row(
    [7000272, 'ENTRA_SIGNING_KEY_UNKNOWN', acrImage],
    'a key that is not published',
    { token: { key: 'other' } },
    { sent: [`issuer ${example.issuer}`, 'kid'], command: 'kubectl get --raw /openid/v1/jwks' },
  ),
  row(
    [700027, 'ENTRA_SIGNATURE_INVALID', acrImage],
    'a forged signature',
    { token: { key: 'forged' } },
    { sent: [`issuer ${example.issuer}`, 'kid'], command: 'kubectl get --raw /openid/v1/jwks' },
  ),
  row(
    [700222, 'ENTRA_TOKEN_KIND_REFUSED', acrImage],
    'a token that Entra issued',
    { token: { claims: { iss: 'https://login.microsoftonline.com/x/v2.0' } } },
    { sent: sent({ issuer: 'https://login.microsoftonline.com/x/v2.0' }).slice(0, 2) },
  ),
  row([50027, 'ENTRA_ASSERTION_MALFORMED', acrImage], 'a token that is no signed JWT', { tokenText: unsignedToken() }),
]

/** The example with one app, issuer or credential for each way to be refused. */
export function cloudOfMistakes(): SandboxConfig {
  const cloud = exampleCloud()
  const trusted =
    cloud.tenants[0]?.apps.find(({ clientId }) => clientId === example.clientId)?.federatedCredentials ?? []
  const app = (last: string, more: Partial<EntraApp> = {}): EntraApp => ({
    clientId: id(last),
    displayName: `app ${last}`,
    servicePrincipalId: id(`a${last.slice(1)}`),
    federatedCredentials: trusted,
    ...more,
  })
  const { servicePrincipalId: _, ...withoutPrincipal } = app('02')
  const more = [
    app('01', { federatedCredentials: [] }),
    withoutPrincipal,
    app('03', { enabled: false }),
    app('04', { blockedByConditionalAccess: true }),
    app('05'),
  ]
  const dead = trusted.map((credential) => ({ ...credential, name: 'dead-issuer', issuer: deadIssuer }))
  const extended = withCredentials(cloud, [...trusted, ...dead])
  return {
    ...extended,
    issuers: [...cloud.issuers, { url: otherIssuer }],
    tenants: extended.tenants.map((tenant) => ({ ...tenant, apps: [...tenant.apps, ...more] })),
  }
}

/** The state with these federated credentials on the example's app. */
export function withCredentials(
  cloud: SandboxConfig,
  federatedCredentials: NonNullable<EntraApp['federatedCredentials']>,
): SandboxConfig {
  const change = (app: EntraApp): EntraApp =>
    app.clientId === example.clientId ? { ...app, federatedCredentials } : app
  return { ...cloud, tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: tenant.apps.map(change) })) }
}

/** Looks like a token to whoever does not verify it. */
function unsignedToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    iss: example.issuer,
    sub: 'system:serviceaccount:ci:builder',
    aud: ['api://AzureADTokenExchange'],
    exp: 4_000_000_000,
  }
  return `${part({ alg: 'none', kid: 'none' })}.${part(claims)}.AAAA`
}
