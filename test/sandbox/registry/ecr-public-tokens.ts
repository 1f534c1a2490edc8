import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { EcrPublicToken, World } from '../world.ts'
import { PASSWORD_EXPIRED, PUBLIC_TOKEN_INVALID } from './ecr-texts.ts'
import { refusal } from './refusal.ts'

/** The host that ECR Public is known by. */
export const ECR_PUBLIC_HOST = 'public.ecr.aws'

/** Its dual-stack host leads to the same content (Renovate and public charts name it). [K] assumption: it takes pushes, and has `/token/` too. */
export const ECR_PUBLIC_HOSTS: readonly string[] = [ECR_PUBLIC_HOST, 'ecr-public.aws.com']

/** Whom a Bearer token speaks for: a session, or nobody in particular. */
export type PublicCaller = { readonly session: EcrPublicToken | undefined; readonly expiresAt: number }

/** [K] assumption: how long the tokens of `/token/` live. */
const BEARER_LIFETIME_MS = 12 * 3_600_000

const bearersByWorld = new WeakMap<World, Map<string, PublicCaller>>()

/**
 * `GET /token/`: a Bearer token for whoever asks, with the rights of the password that came as Basic. The answer's member is
 * `token` (sky22333/hubproxy 66, appgate/sdpctl 404). [K] assumption: the statuses of bad passwords.
 */
export const issueBearer = (world: World, request: IncomingMessage, checks: string[]): string => {
  if (request.method !== 'GET') throw refusal('UNSUPPORTED', { headers: { Allow: 'GET' } })
  const session = request.headers.authorization === undefined ? undefined : readBasic(world, request, checks)
  if (session === undefined) checks.push('no password: anonymous')
  const now = world.clock.now()
  const expiresAt = Math.min(now + BEARER_LIFETIME_MS, session === undefined ? Infinity : endOf(session))
  const token = randomBytes(96).toString('base64')
  world.minted.add(token)
  const bearers = bearersByWorld.get(world) ?? new Map<string, PublicCaller>()
  bearersByWorld.set(world, bearers)
  bearers.set(token, { session, expiresAt })
  return token
}

const readBasic = (world: World, request: IncomingMessage, checks: string[]): EcrPublicToken => {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '') ?? []
  const session = sessionOf(world, encoded)
  checks.push(`Basic AWS:<password>: ${session === undefined ? 'unknown' : 'known'}`)
  if (session === undefined) throw refusal('DENIED', { status: 400, message: PUBLIC_TOKEN_INVALID })
  if (endOf(session) <= world.clock.now()) throw refusal('DENIED', { message: PASSWORD_EXPIRED })
  return session
}

const sessionOf = (world: World, encoded: string): EcrPublicToken | undefined => {
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  return pair.startsWith('AWS:') ? world.ecrPublicTokens?.get(pair.slice('AWS:'.length)) : undefined
}

const endOf = (session: EcrPublicToken): number =>
  Math.min(session.expiresAt, session.tokenExpiresAt ?? session.expiresAt)

/** The caller behind a Bearer token: one of `/token/`, or what the API gave out itself (kreuzwerker/terraform-provider-docker 666). */
export const readBearer = (world: World, token: string): PublicCaller | undefined => {
  const known = bearersByWorld.get(world)?.get(token)
  if (known !== undefined) return known
  const session = sessionOf(world, token)
  return session === undefined ? undefined : { session, expiresAt: endOf(session) }
}
