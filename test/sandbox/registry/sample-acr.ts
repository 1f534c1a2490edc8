import { afterEach, beforeEach } from 'vitest'
import { signJwt } from '../jws.ts'
import type { World } from '../world.ts'
import { createAcrRegistry } from './acr-registry.ts'
import { serveLoopback } from './loopback.ts'
import type { Loopback, Reply } from './loopback.ts'
import { memberOf } from './sample-image.ts'
import type { Target } from './sample-image.ts'
import { createSampleWorld } from './sample-world.ts'

export const HOST = 'contoso.azurecr.io'
/** A registry that takes no ARM tokens. */
export const STRICT_HOST = 'strict.azurecr.io'
export const TENANT = '11111111-1111-4111-8111-111111111111'
export const OTHER_TENANT = '22222222-2222-4222-8222-222222222222'
export const PUSHER = 'aaaaaaaa-0000-4000-8000-000000000001'
export const PULLER = 'aaaaaaaa-0000-4000-8000-000000000002'
export const NOBODY = 'aaaaaaaa-0000-4000-8000-000000000003'
export const ACR_AUDIENCE = 'https://containerregistry.azure.net'

/** Two registries of one tenant, and another tenant. */
export const ACR_CONFIG = {
  tenants: [
    { id: TENANT, domains: ['contoso.example'], apps: [] },
    { id: OTHER_TENANT, apps: [] },
  ],
  acrRegistries: [
    {
      loginServer: HOST,
      tenantId: TENANT,
      roleAssignments: [
        { principalId: PUSHER, role: 'AcrPush' },
        { principalId: PULLER, role: 'AcrPull' },
      ],
    },
    { loginServer: STRICT_HOST, tenantId: TENANT, roleAssignments: [], acceptsArmTokens: false },
  ],
} as const

/** A world with two registries, and one of them behind a server; made anew for each test. */
export const useAcr = () => {
  let world: World & AsyncDisposable
  let server: Loopback
  const start = async (host: string): Promise<Loopback> => {
    const registry = createAcrRegistry(world)
    return serveLoopback((request, response) => registry.handle(request, response, host))
  }
  beforeEach(async () => {
    world = createSampleWorld(ACR_CONFIG)
    server = await start(HOST)
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })
  return { world: () => world, server: () => server, start }
}

/** An Entra token as the tenant signs it for the registry. */
export const entraToken = (world: World, change: Record<string, unknown> = {}, owner = `entra:${TENANT}`): string => {
  const key = world.keys.of(owner)
  const now = Math.floor(world.clock.now() / 1000)
  const claims = {
    iss: `https://sts.windows.net/${TENANT}/`,
    aud: ACR_AUDIENCE,
    tid: TENANT,
    oid: PUSHER,
    sub: PUSHER,
    appid: 'client',
    nbf: now,
    exp: now + 3600,
  }
  return signJwt(key.privateKey, { alg: 'RS256', typ: 'JWT', kid: key.kid }, { ...claims, ...change })
}

/** Sends a form, given as pairs. */
export const postForm = (
  server: Loopback,
  path: string,
  form: readonly (readonly [string, string])[],
): Promise<Reply> =>
  server.ask('POST', path, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString(),
  })

/** Exchanges an Entra token for a refresh token. */
export const exchange = (
  server: Loopback,
  token: string,
  change: Readonly<Record<string, string>> = {},
): Promise<Reply> => {
  const form = { grant_type: 'access_token', service: HOST, tenant: TENANT, access_token: token, ...change }
  return postForm(server, '/oauth2/exchange', Object.entries(form))
}

/** A text member of a JSON answer. */
export const textMember = (reply: Reply, name: string): string => {
  const value = memberOf(reply.json(), name)
  if (typeof value !== 'string') throw new Error(`${reply.status} without ${name}: ${reply.text}`)
  return value
}

type Acr = ReturnType<typeof useAcr>

/** A refresh token of this principal. */
export const refreshToken = async (acr: Acr, oid = PUSHER): Promise<string> =>
  textMember(await exchange(acr.server(), entraToken(acr.world(), { oid })), 'refresh_token')

/** Asks for an access token. */
export const askToken = (acr: Acr, refresh: string, scopes: readonly string[]): Promise<Reply> =>
  postForm(acr.server(), '/oauth2/token', [
    ['grant_type', 'refresh_token'],
    ['service', HOST],
    ['refresh_token', refresh],
    ...scopes.map((scope) => ['scope', scope] as const),
  ])

/** The header that carries an access token of these scopes. */
export const bearer = async (acr: Acr, scopes: readonly string[], oid = PUSHER): Promise<{ Authorization: string }> => {
  const reply = await askToken(acr, await refreshToken(acr, oid), scopes)
  return { Authorization: `Bearer ${textMember(reply, 'access_token')}` }
}

/** Who may push to `team/app`. */
export const pusher = async (acr: Acr): Promise<Target & { readonly headers: { Authorization: string } }> => ({
  server: acr.server(),
  repository: 'team/app',
  headers: await bearer(acr, ['repository:team/app:pull,push']),
})
