import type { SandboxConfig } from '../sandbox/config.ts'
import { clouds as entraClouds, issuerOf } from '../sandbox/entra/clouds.ts'
import { exchangeAt, PULLER, PUSHER } from '../sandbox/registry/sample-acr-front.ts'
import { textMember } from '../sandbox/registry/sample-acr.ts'
import { ACCOUNT, login } from '../sandbox/registry/sample-ecr.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

const TENANTS = {
  public: '11111111-1111-4111-8111-111111111111',
  'us-government': '22222222-2222-4222-8222-222222222222',
  china: '33333333-3333-4333-8333-333333333333',
} as const
type Cloud = keyof typeof TENANTS
const NULL_USER = '00000000-0000-0000-0000-000000000000'
const ALIAS = 'a1b2c3d4'
const SCOPE_MAP_PASSWORD = 'example password of a scope map'
const OPEN = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr:*', 'ecr-public:*'], Resource: '*' }],
} as const
const role = { name: 'pusher', trustPolicy: { Version: '2012-10-17', Statement: [] }, policies: [OPEN] } as const

const pushers = {
  roleAssignments: [
    { principalId: PUSHER, role: 'AcrPush' },
    { principalId: PULLER, role: 'AcrPull' },
  ],
} as const
const account = (region: string, partition: 'aws' | 'aws-cn' | 'aws-eusc') => ({
  id: ACCOUNT,
  partition,
  oidcProviders: [],
  roles: [role],
  repositories: [{ region, name: 'team/app' }],
})

/** Registries of every cloud, in every form of their host names. */
export const everyCloud: SandboxConfig = {
  issuers: [],
  tenants: (Object.keys(TENANTS) as Cloud[]).map((cloud) => ({ id: TENANTS[cloud], cloud, apps: [] })),
  accounts: [
    {
      ...account('us-east-1', 'aws'),
      repositoryCreationTemplates: [{ prefix: 'team', appliedFor: ['CREATE_ON_PUSH'] }],
      repositories: [],
      publicRegistry: { alias: ALIAS, repositories: ['team/app'] },
    },
    account('cn-north-1', 'aws-cn'),
    account('eusc-de-east-1', 'aws-eusc'),
  ],
  acrRegistries: [
    {
      ...pushers,
      loginServer: 'contoso.azurecr.io',
      tenantId: TENANTS.public,
      replicas: ['eastus', 'westeurope'],
      regionalEndpoints: true,
      dedicatedDataEndpoints: true,
      anonymousPull: true,
      scopeMapTokens: [
        {
          name: 'ci',
          passwords: [SCOPE_MAP_PASSWORD],
          scopeMap: {
            'team/*': ['content/read', 'content/write', 'metadata/read'],
            'blind/*': ['content/read', 'content/write'],
          },
        },
      ],
    },
    { ...pushers, loginServer: 'contoso-a1b2c3d4e5.azurecr.io', tenantId: TENANTS.public },
    { ...pushers, loginServer: 'contoso.azurecr.us', tenantId: TENANTS['us-government'] },
    { ...pushers, loginServer: 'contoso.azurecr.cn', tenantId: TENANTS.china },
    {
      loginServer: 'abacus.azurecr.io',
      tenantId: TENANTS.public,
      roleAssignmentMode: 'rbac-abac',
      roleAssignments: [
        {
          principalId: PUSHER,
          role: 'Container Registry Repository Writer',
          condition:
            "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWithIgnoreCase 'team/'",
        },
      ],
    },
  ],
}

/** Gets `user:password` for the host as the vendor's own client would have. */
type Login = (sandbox: Sandbox, host: string) => Promise<string>

/** A registry as a client that knows no cloud sees it, and a repository that its login may push to. */
export type AnyRegistry = {
  readonly what: string
  readonly host: string
  readonly repository: string
  readonly login: Login
}

const issuerIn = (cloud: Cloud): string => {
  const found = entraClouds.find(({ name }) => name === cloud)
  if (found === undefined) throw new Error(`no cloud ${cloud}`)
  return issuerOf(found, TENANTS[cloud], 1)
}

const byExchange =
  (cloud: Cloud = 'public'): Login =>
  async (sandbox, host) => {
    const tenant = TENANTS[cloud]
    const claims = { iss: issuerIn(cloud), tid: tenant }
    const reply = await exchangeAt(sandbox, { host, claims, tenant, signer: `entra:${tenant}` })
    return `${NULL_USER}:${textMember(reply, 'refresh_token')}`
  }

const byPassword =
  (ecrRegion: string, partition: string): Login =>
  async (sandbox) => {
    const { Authorization } = login(sandbox.world, 'pusher', { ecrRegion, partition })
    return Buffer.from(Authorization.slice('Basic '.length), 'base64').toString('utf8')
  }

const byPublicPassword: Login = async (sandbox) => {
  const password = 'example public password'
  sandbox.world.ecrPublicTokens?.set(password, {
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'x',
    sessionToken: 'x',
    accountId: ACCOUNT,
    partition: 'aws',
    roleName: 'pusher',
    sessionName: 'run-1',
    expiresAt: sandbox.world.clock.now() + 3_600_000,
  })
  return `AWS:${password}`
}

/** The login of the token `ci`, whose scope map covers `team/*` and, without its metadata, `blind/*`. */
export const byScopeMap: Login = async () => `ci:${SCOPE_MAP_PASSWORD}`

const acr = (what: string, host: string, more: Partial<AnyRegistry> = {}): AnyRegistry => ({
  what,
  host,
  repository: 'team/app',
  login: byExchange(),
  ...more,
})

const ecr = (what: string, host: string, more: Partial<AnyRegistry> = {}): AnyRegistry => ({
  what,
  host: `${ACCOUNT}.${host}`,
  repository: 'team/app',
  login: byPassword('us-east-1', 'aws'),
  ...more,
})

/** ECR Public, where everybody pulls. */
export const ecrPublic: AnyRegistry = {
  what: 'ECR Public',
  host: 'public.ecr.aws',
  repository: `${ALIAS}/team/app`,
  login: byPublicPassword,
}

/** ACR whose roles have conditions on the repository's name. */
export const acrWithConditions: AnyRegistry = acr('ACR with conditions on roles', 'abacus.azurecr.io')

/** ACR with anonymous pull. */
export const openAcr: AnyRegistry = acr('ACR with data endpoints', 'contoso.azurecr.io')

/** All of them, once in every form. */
export const registries: readonly AnyRegistry[] = [
  ecr('ECR over FIPS, made on push', 'dkr.ecr-fips.us-east-1.amazonaws.com', { repository: 'team/fips' }),
  ecr('ECR over dual-stack, made on push', 'dkr-ecr.us-east-1.on.aws', { repository: 'team/dual' }),
  ecr('ECR in China', 'dkr.ecr.cn-north-1.amazonaws.com.cn', { login: byPassword('cn-north-1', 'aws-cn') }),
  ecr('ECR in the European Sovereign Cloud', 'dkr.ecr.eusc-de-east-1.amazonaws.eu', {
    login: byPassword('eusc-de-east-1', 'aws-eusc'),
  }),
  ecrPublic,
  openAcr,
  acr('ACR at a regional endpoint', 'contoso.westeurope.geo.azurecr.io', { repository: 'team/regional' }),
  acr('ACR with a domain name label', 'contoso-a1b2c3d4e5.azurecr.io'),
  acr('ACR for the US Government', 'contoso.azurecr.us', { login: byExchange('us-government') }),
  acr('ACR in China', 'contoso.azurecr.cn', { login: byExchange('china') }),
  acrWithConditions,
  acr('ACR with a token of a scope map', 'contoso.azurecr.io', { repository: 'team/scoped', login: byScopeMap }),
]
