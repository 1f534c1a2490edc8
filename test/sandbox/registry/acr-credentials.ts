import { createHash, timingSafeEqual } from 'node:crypto'
import type { OauthCall } from './acr-oauth.ts'
import { readAcrToken } from './acr-tokens.ts'
import type { AcrPrincipal } from './acr-tokens.ts'

/** The user name that says "the password is a token" (Azure/acr docs/Token-BasicAuth.md). */
const NULL_USER = '00000000-0000-0000-0000-000000000000'

type Login = { readonly user: string; readonly password: string }

/** Whom the credential of a token request speaks for; undefined when it is worth nothing. */
export const readCredential = (call: OauthCall, form: URLSearchParams | undefined): AcrPrincipal | undefined => {
  if (form?.get('grant_type') === 'refresh_token') return principalOf(call, form.get('refresh_token') ?? '')
  const login = form === undefined ? basicLogin(call) : formLogin(form)
  if (login === undefined) return anonymous(call, form)
  if (login.user === NULL_USER) return principalOf(call, login.password) ?? limitedPrincipalOf(call, login.password)
  return scopeMapToken(call, login)
}

const principalOf = (call: OauthCall, token: string): AcrPrincipal | undefined => {
  const read = readAcrToken(call.world, call.endpoint.registry, { kind: 'refresh_token', token })
  call.checks.push(`refresh token: ${typeof read === 'string' ? read : 'valid'}`)
  return typeof read === 'string' ? undefined : read.principal
}

/** [K] assumption: an access token is a password, too, for what it grants itself (external-secrets' ACR generator makes such logins). */
const limitedPrincipalOf = (call: OauthCall, token: string): AcrPrincipal | undefined => {
  const read = readAcrToken(call.world, call.endpoint.registry, { kind: 'access_token', token })
  call.checks.push(`access token as password: ${typeof read === 'string' ? read : 'valid'}`)
  return typeof read === 'string' ? undefined : { ...read.principal, limit: read.access }
}

const scopeMapToken = (call: OauthCall, login: Login): AcrPrincipal | undefined => {
  const token = call.endpoint.registry.scopeMapTokens?.find(({ name }) => name === login.user)
  const isGood =
    token !== undefined && token.enabled !== false && token.passwords.some((one) => same(one, login.password))
  const why =
    token === undefined ? 'unknown' : token.enabled === false ? 'disabled' : isGood ? 'known' : 'wrong password'
  call.checks.push(`token of a scope map: ${why}`)
  return isGood ? { objectId: login.user, clientId: login.user, kind: 'scope-map' } : undefined
}

// Only who brings nothing at all: bad credentials are no reason to be let in as somebody else (anonymous-pull-access).
const anonymous = (call: OauthCall, form: URLSearchParams | undefined): AcrPrincipal | undefined => {
  const isBare = call.request.headers.authorization === undefined && form === undefined
  const isLetIn = isBare && call.endpoint.registry.anonymousPull === true
  call.checks.push(`no credential, anonymous pull ${isLetIn ? 'on' : 'off'}`)
  return isLetIn ? { objectId: 'anonymous', clientId: '', kind: 'anonymous' } : undefined
}

const formLogin = (form: URLSearchParams): Login | undefined =>
  form.get('grant_type') === 'password'
    ? { user: form.get('username') ?? '', password: form.get('password') ?? '' }
    : undefined

const basicLogin = ({ request }: OauthCall): Login | undefined => {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { user, password: rest.join(':') }
}

const same = (one: string, other: string): boolean => timingSafeEqual(hash(one), hash(other))
const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
