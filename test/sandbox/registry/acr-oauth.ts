import type { IncomingMessage } from 'node:http'
import type { World } from '../world.ts'
import type { AcrRegistry } from './acr-config.ts'
import { readCredential } from './acr-credentials.ts'
import { reduceScopes } from './acr-grants.ts'
import { cloudOfLoginServer } from './acr-hosts.ts'
import type { AcrEndpoint } from './acr-hosts.ts'
import { mintAcrToken, parseScope } from './acr-tokens.ts'
import type { AcrAccess } from './acr-tokens.ts'
import { readBody } from './answer.ts'

/** Verifies an Entra access token's signature, issuer and time; the claims, or undefined. */
export type VerifyEntraToken = (world: World, token: string) => Claims | undefined | Promise<Claims | undefined>
type Claims = Readonly<Record<string, unknown>>

/** One request to `/oauth2/*`. */
export type OauthCall = {
  readonly world: World
  readonly endpoint: AcrEndpoint
  readonly request: IncomingMessage
  readonly url: URL
  readonly verifyEntraToken: VerifyEntraToken
  readonly checks: string[]
}

/** The token, or the status of the refusal. */
export type OauthOutcome = { readonly refresh_token: string } | { readonly access_token: string } | 400 | 401

/** Audience of Entra tokens that every registry takes, as v1 tokens spell it. [K] assumption: the same in all clouds. */
const ACR_AUDIENCE = 'https://containerregistry.azure.net'

const LONGEST_FORM = 64 * 1024

/** `POST /oauth2/exchange`: an Entra token for the registry's refresh token. */
export const exchangeToken = async (call: OauthCall): Promise<OauthOutcome> => {
  const { registry } = call.endpoint
  const form = await readForm(call.request)
  if (form === undefined) return 400
  const isKnownGrant = check(call, 'grant_type is access_token', form.get('grant_type') === 'access_token')
  if (!isKnownGrant || !isForThisHost(call, form)) return 400
  const tenant = form.get('tenant')
  if (tenant !== null && !check(call, "tenant is the registry's", isTenant(call, tenant))) return 401
  const claims = await call.verifyEntraToken(call.world, form.get('access_token') ?? '')
  if (!check(call, 'access_token is a valid Entra token', claims !== undefined) || claims === undefined) return 401
  const { aud, tid, oid, appid, azp } = claims
  if (!check(call, `aud ${String(aud)} is taken`, isTakenAudience(registry, aud))) return 401
  if (!check(call, `tid ${String(tid)} is the registry's tenant`, tid === registry.tenantId)) return 401
  // [K] assumption: a principal without any role gets a refresh token too; its access tokens are empty.
  const principal = { objectId: String(oid), clientId: String(appid ?? azp) }
  return { refresh_token: mintAcrToken(call.world, registry, { kind: 'refresh_token', principal }) }
}

/** `/oauth2/token`: a credential, by form or as Basic, for an access token of reduced scopes. */
export const issueAccessToken = async (call: OauthCall): Promise<OauthOutcome> => {
  const { world, endpoint } = call
  const form = call.request.method === 'GET' ? undefined : await readForm(call.request)
  const params = call.request.method === 'GET' ? call.url.searchParams : form
  if (params === undefined || !isForThisHost(call, params)) return 400
  const scopes = readScopes(params)
  if (!check(call, 'scope can be read', scopes !== undefined) || scopes === undefined) return 400
  const principal = readCredential(call, form)
  if (principal === undefined) return 401
  const access = reduceScopes(world, endpoint.registry, { principal, scopes })
  call.checks.push(`asked ${describe(scopes)}, given ${describe(access)}`)
  return { access_token: mintAcrToken(world, endpoint.registry, { kind: 'access_token', principal, access }) }
}

const check = (call: OauthCall, what: string, holds: boolean): boolean => {
  call.checks.push(`${what}: ${holds ? 'yes' : 'no'}`)
  return holds
}

// Each login server answers for itself: a regional one refuses the name of the global one (protocols.md section 7).
const isForThisHost = ({ endpoint, ...call }: OauthCall, params: URLSearchParams): boolean =>
  check(
    { endpoint, ...call },
    `service ${params.get('service') ?? '(none)'} is the host`,
    params.get('service') === endpoint.host,
  )

const isTenant = ({ world, endpoint }: OauthCall, tenant: string): boolean => {
  const { tenantId } = endpoint.registry
  const domains = world.config.tenants.find(({ id }) => id === tenantId)?.domains ?? []
  return tenant.toLowerCase() === tenantId.toLowerCase() || domains.includes(tenant)
}

const isTakenAudience = (registry: AcrRegistry, aud: unknown): boolean => {
  const { armAudiences } = cloudOfLoginServer(registry.loginServer)
  const taken = [ACR_AUDIENCE, ...((registry.acceptsArmTokens ?? true) ? armAudiences : [])]
  return taken.some((audience) => aud === audience || aud === `${audience}/`)
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
