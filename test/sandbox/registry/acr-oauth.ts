import type { IncomingMessage } from 'node:http'
import type { AcrRegistry } from '../config.ts'
import type { World } from '../world.ts'
import { mintAcrToken, parseScope, readAcrToken, reduceScopes } from './acr-tokens.ts'
import type { AcrAccess, AcrPrincipal } from './acr-tokens.ts'
import { readBody } from './answer.ts'

/** Verifies an Entra access token's signature, issuer and time; the claims, or undefined. */
export type VerifyEntraToken = (world: World, token: string) => Claims | undefined | Promise<Claims | undefined>
type Claims = Readonly<Record<string, unknown>>

/** One request to `/oauth2/*`. */
export type OauthCall = {
  readonly world: World
  readonly registry: AcrRegistry
  readonly request: IncomingMessage
  readonly url: URL
  readonly verifyEntraToken: VerifyEntraToken
  readonly checks: string[]
}

/** The token, or the status of the refusal. */
export type OauthOutcome = { readonly refresh_token: string } | { readonly access_token: string } | 400 | 401

/** The user name that says "the password is a token" (Azure/acr docs/Token-BasicAuth.md). */
const NULL_USER = '00000000-0000-0000-0000-000000000000'

/** Audiences of Entra tokens that the registry takes, as v1 tokens spell them. */
const ACR_AUDIENCES: readonly unknown[] = [
  'https://containerregistry.azure.net',
  'https://containerregistry.azure.net/',
]
const ARM_AUDIENCES: readonly unknown[] = [
  'https://management.azure.com',
  'https://management.azure.com/',
  'https://management.core.windows.net',
  'https://management.core.windows.net/',
]

const LONGEST_FORM = 64 * 1024

/** `POST /oauth2/exchange`: an Entra token for the registry's refresh token. */
export const exchangeToken = async (call: OauthCall): Promise<OauthOutcome> => {
  const form = await readForm(call.request)
  if (form === undefined) return 400
  const isKnownGrant = check(call, 'grant_type is access_token', form.get('grant_type') === 'access_token')
  if (!isKnownGrant || !isForThisHost(call, form)) return 400
  const tenant = form.get('tenant')
  if (tenant !== null && !check(call, "tenant is the registry's", isTenant(call, tenant))) return 401
  const claims = await call.verifyEntraToken(call.world, form.get('access_token') ?? '')
  if (!check(call, 'access_token is a valid Entra token', claims !== undefined) || claims === undefined) return 401
  const { aud, tid, oid, appid, azp } = claims
  if (!check(call, `aud ${String(aud)} is taken`, isTakenAudience(call.registry, aud))) return 401
  if (!check(call, `tid ${String(tid)} is the registry's tenant`, tid === call.registry.tenantId)) return 401
  // [K] assumption: a principal without any role gets a refresh token too; its access tokens are empty.
  const principal = { objectId: String(oid), clientId: String(appid ?? azp) }
  return { refresh_token: mintAcrToken(call.world, call.registry, { kind: 'refresh_token', principal }) }
}

/** `/oauth2/token`: a refresh token, by form or as the password of Basic, for an access token of reduced scopes. */
export const issueAccessToken = async (call: OauthCall): Promise<OauthOutcome> => {
  const params = call.request.method === 'GET' ? call.url.searchParams : await readForm(call.request)
  if (params === undefined || !isForThisHost(call, params)) return 400
  const scopes = readScopes(params)
  if (!check(call, 'scope can be read', scopes !== undefined) || scopes === undefined) return 400
  const refreshToken = call.request.method === 'GET' ? basicPassword(call.request) : formCredential(params)
  const principal = refreshToken === undefined ? undefined : readPrincipal(call, refreshToken)
  if (principal === undefined) return 401
  const access = reduceScopes(call.registry, principal, scopes)
  call.checks.push(`asked ${describe(scopes)}, given ${describe(access)}`)
  return { access_token: mintAcrToken(call.world, call.registry, { kind: 'access_token', principal, access }) }
}

const check = (call: OauthCall, what: string, holds: boolean): boolean => {
  call.checks.push(`${what}: ${holds ? 'yes' : 'no'}`)
  return holds
}

const isForThisHost = (call: OauthCall, params: URLSearchParams): boolean =>
  check(
    call,
    `service ${params.get('service') ?? '(none)'} is the host`,
    params.get('service') === call.registry.loginServer,
  )

const isTenant = ({ world, registry }: OauthCall, tenant: string): boolean => {
  const domains = world.config.tenants.find(({ id }) => id === registry.tenantId)?.domains ?? []
  return tenant.toLowerCase() === registry.tenantId.toLowerCase() || domains.includes(tenant)
}

const isTakenAudience = (registry: AcrRegistry, aud: unknown): boolean =>
  ACR_AUDIENCES.includes(aud) || ((registry.acceptsArmTokens ?? true) && ARM_AUDIENCES.includes(aud))

const readPrincipal = (call: OauthCall, token: string): AcrPrincipal | undefined => {
  const read = readAcrToken(call.world, call.registry, { kind: 'refresh_token', token })
  call.checks.push(`refresh token: ${typeof read === 'string' ? read : 'valid'}`)
  return typeof read === 'string' ? undefined : read.principal
}

const formCredential = (form: URLSearchParams): string | undefined => {
  const grant = form.get('grant_type')
  if (grant === 'refresh_token') return form.get('refresh_token') ?? undefined
  return grant === 'password' && form.get('username') === NULL_USER ? (form.get('password') ?? undefined) : undefined
}

const basicPassword = (request: IncomingMessage): string | undefined => {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '') ?? []
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  return pair.startsWith(`${NULL_USER}:`) ? pair.slice(NULL_USER.length + 1) : undefined
}

// Repeated, or several in one value with spaces between: clients do both.
const readScopes = (params: URLSearchParams): readonly AcrAccess[] | undefined => {
  const texts = params
    .getAll('scope')
    .flatMap((value) => value.split(' '))
    .filter((text) => text !== '')
  const scopes = texts.map(parseScope).filter((scope) => scope !== undefined)
  return scopes.length === texts.length ? scopes : undefined
}

const describe = (scopes: readonly AcrAccess[]): string =>
  scopes.map(({ name, actions }) => `${name}:${actions.join(',')}`).join(' ') || 'nothing'

const readForm = async (request: IncomingMessage): Promise<URLSearchParams | undefined> => {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim()
  const body = await readBody(request, LONGEST_FORM)
  return type === 'application/x-www-form-urlencoded' && body !== undefined
    ? new URLSearchParams(body.toString('utf8'))
    : undefined
}
