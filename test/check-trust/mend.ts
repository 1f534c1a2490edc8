import type { SetUp } from '../../steps/lib/trust/set-up/set-up.ts'
import type { AwsAccount, AwsRole, EntraApp, FederatedCredential, SandboxConfig } from '../sandbox/config.ts'
import type { AcrRole } from '../sandbox/registry/acr-config.ts'
import { example } from '../sandbox/example-cloud.ts'

type Json = Readonly<Record<string, unknown>>
type Mend = (cloud: SandboxConfig, json: Json, title: string) => SandboxConfig

const acrRoles: Readonly<Record<string, AcrRole>> = {
  '8311e382-0749-4cb8-b61a-304f252e45ec': 'AcrPush',
  '2a1e307c-b015-4ebd-883e-5b7698a07328': 'Container Registry Repository Writer',
}

function withApps(cloud: SandboxConfig, clientId: string, change: (app: EntraApp) => EntraApp): SandboxConfig {
  const tenants = cloud.tenants.map((tenant) => ({
    ...tenant,
    apps: tenant.apps.map((app) =>
      app.clientId === clientId || app.identifierUris?.includes(clientId) === true ? change(app) : app,
    ),
  }))
  return { ...cloud, tenants }
}

function withAccount(cloud: SandboxConfig, id: string, change: (account: AwsAccount) => AwsAccount): SandboxConfig {
  return { ...cloud, accounts: cloud.accounts.map((account) => (account.id === id ? change(account) : account)) }
}

function withRole(cloud: SandboxConfig, title: string, change: (role: AwsRole) => AwsRole): SandboxConfig {
  const [, id = '', name = ''] = /arn:aws:iam::(\d{12}):role\/([\w-]+)/.exec(title) ?? []
  return withAccount(cloud, id, (account) => ({
    ...account,
    roles: account.roles.some((role) => role.name === name)
      ? account.roles.map((role) => (role.name === name ? change(role) : role))
      : [...account.roles, change({ name, trustPolicy: policyOf({}), policies: [] })],
  }))
}

/** What was printed, as the state of the sandbox writes it. */
function policyOf(json: Json): AwsRole['trustPolicy'] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the sandbox itself refuses what is no policy
  return json as unknown as AwsRole['trustPolicy']
}

/** Kinds of things by the beginning of their titles, and what creating one does to the clouds. */
const mends: readonly (readonly [title: RegExp, mend: Mend])[] = [
  [
    /^federated credential .* of (\S+)$/,
    (cloud, json, title) =>
      withApps(cloud, title.replace(/^.* of /, ''), (app) => ({
        ...app,
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
        federatedCredentials: [{ ...(json as unknown as FederatedCredential) }],
      })),
  ],
  [
    /^app role of/,
    (cloud, _json, title) => {
      const [, resource = '', clientId = ''] = /^app role of (\S+) for (\S+)$/.exec(title) ?? []
      return withApps(cloud, resource, (app) => ({ ...app, appRoleAssignments: [{ clientId, role: 'Push' }] }))
    },
  ],
  [
    /^assignment required/,
    (cloud, json, title) =>
      withApps(cloud, title.replace(/^.* for /, ''), (app) => ({
        ...app,
        ...json,
        appRoleAssignments: [{ clientId: example.clientId, role: 'Push' }],
      })),
  ],
  [
    /^IAM OIDC provider/,
    (cloud, { Url, ClientIDList }) =>
      withAccount(cloud, example.accountId, (account) => ({
        ...account,
        oidcProviders: [
          ...account.oidcProviders.filter(({ url }) => url !== Url),
          { url: String(Url), clientIds: Array.isArray(ClientIDList) ? ClientIDList.map(String) : [] },
        ],
      })),
  ],
  [
    /^trust policy of/,
    (cloud, json, title) => withRole(cloud, title, (role) => ({ ...role, trustPolicy: policyOf(json) })),
  ],
  [
    /^permission of/,
    (cloud, json, title) =>
      withRole(cloud, title, (role) => ({ ...role, policies: [...role.policies, policyOf(json)] })),
  ],
  [
    /^ECR repository /,
    (cloud, { repositoryName }) =>
      withAccount(cloud, example.accountId, (account) => ({
        ...account,
        repositories: [...account.repositories, { region: example.region, name: String(repositoryName) }],
      })),
  ],
  [
    /^policy of the ECR repository/,
    (cloud, json, title) =>
      withAccount(cloud, / of the account (\d+)/.exec(title)?.[1] ?? '', (account) => ({
        ...account,
        repositories: account.repositories.map((repository) => ({ ...repository, policy: policyOf(json) })),
      })),
  ],
  [
    /^role .* on \S+\.azurecr\.io/,
    (cloud, { properties }) => {
      const { roleDefinitionId = '', principalId = '' } = properties as Record<string, string>
      const role = acrRoles[roleDefinitionId.replace(/^.*\//, '')]
      if (role === undefined) throw new Error(`no role of ACR has the id ${roleDefinitionId}`)
      const acrRegistries = cloud.acrRegistries.map((registry) => ({
        ...registry,
        roleAssignments: [...registry.roleAssignments, { principalId, role }],
      }))
      return { ...cloud, acrRegistries }
    },
  ],
]

/** The clouds after everything was created that was printed, by its JSON. */
export function mended(cloud: SandboxConfig, things: readonly SetUp[]): SandboxConfig {
  return things.reduce((state, { title, forms }) => {
    const mend = mends.find(([pattern]) => pattern.test(title))?.[1]
    return mend === undefined || forms.json === undefined ? state : mend(state, JSON.parse(forms.json) as Json, title)
  }, cloud)
}
