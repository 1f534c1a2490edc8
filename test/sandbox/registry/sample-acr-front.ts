import type { Sandbox } from '../sandbox.ts'
import type { AcrRegistry } from './acr-config.ts'
import type { Reply } from './loopback.ts'
import { entraToken, TENANT, textMember } from './sample-acr.ts'
import { hostOf } from './sample-front.ts'
import type { Target } from './sample-image.ts'

export const PUSHER = 'aaaaaaaa-0000-4000-8000-000000000001'
export const PULLER = 'aaaaaaaa-0000-4000-8000-000000000002'
export const LOGIN_SERVER = 'contoso.azurecr.io'

/** A state with one registry, in which {@link PUSHER} pushes and {@link PULLER} pulls unless the change says otherwise. */
export const oneRegistry = (
  change: Partial<AcrRegistry> = {},
  cloud: 'public' | 'us-government' | 'china' = 'public',
) => ({
  tenants: [{ id: TENANT, cloud, apps: [] }],
  acrRegistries: [
    {
      loginServer: LOGIN_SERVER,
      tenantId: TENANT,
      roleAssignments: [
        { principalId: PUSHER, role: 'AcrPush' },
        { principalId: PULLER, role: 'AcrPull' },
      ],
      ...change,
    } satisfies AcrRegistry,
  ],
})

/** How a principal asks: which host, and under which name it names that host. */
export type Asking = {
  readonly host?: string
  readonly service?: string
  readonly oid?: string
  readonly claims?: Record<string, unknown>
  readonly tenant?: string
  /** Whose key signs the Entra token. */
  readonly signer?: string
}

/** Exchanges an Entra token at a login server. */
export const exchangeAt = (sandbox: Sandbox, asking: Asking = {}): Promise<Reply> => {
  const { host = LOGIN_SERVER, oid = PUSHER } = asking
  const token = entraToken(sandbox.world, { oid, sub: oid, ...asking.claims }, asking.signer)
  const form = {
    grant_type: 'access_token',
    service: asking.service ?? host,
    tenant: asking.tenant ?? TENANT,
    access_token: token,
  }
  return sendForm(sandbox, [host, '/oauth2/exchange'], Object.entries(form))
}

/** Asks for an access token with a refresh token. */
export const tokenAt = (
  sandbox: Sandbox,
  refresh: string,
  { scopes, ...asking }: Asking & { readonly scopes: readonly string[] },
): Promise<Reply> => {
  const host = asking.host ?? LOGIN_SERVER
  return sendForm(
    sandbox,
    [host, '/oauth2/token'],
    [
      ['grant_type', 'refresh_token'],
      ['service', asking.service ?? host],
      ['refresh_token', refresh],
      ...scopes.map((scope): [string, string] => ['scope', scope]),
    ],
  )
}

/** The header with an access token of these scopes. */
export const bearerAt = async (
  sandbox: Sandbox,
  scopes: readonly string[],
  asking: Asking = {},
): Promise<{ readonly Authorization: string }> => {
  const refresh = textMember(await exchangeAt(sandbox, asking), 'refresh_token')
  return {
    Authorization: `Bearer ${textMember(await tokenAt(sandbox, refresh, { ...asking, scopes }), 'access_token')}`,
  }
}

/** Who pushes to a repository, with an access token that may. */
export const pusherAt = async (
  sandbox: Sandbox,
  repository = 'team/app',
  asking: Asking = {},
): Promise<Target & { readonly headers: { readonly Authorization: string } }> => ({
  server: hostOf(sandbox, asking.host ?? LOGIN_SERVER),
  repository,
  headers: await bearerAt(sandbox, [`repository:${repository}:pull,push,delete`], asking),
})

const sendForm = (
  sandbox: Sandbox,
  url: readonly [host: string, path: string],
  form: [string, string][],
): Promise<Reply> =>
  hostOf(sandbox, url[0]).ask('POST', url[1], {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
