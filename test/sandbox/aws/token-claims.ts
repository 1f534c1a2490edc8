import { AwsFault } from './aws-fault.ts'
import type { JsonObject } from './json-object.ts'
import { refusal } from './sts-errors.ts'

/** The claims that STS works with, in the shape that its checks left them. */
export type TokenClaims = {
  readonly iss: string
  readonly sub: string
  /** What the provider's client IDs and the condition key `:aud` are compared with: `azp`, else `aud`. */
  readonly audience: string
  /** The token's own `aud`: condition key `:oaud`. */
  readonly tokenAudiences: readonly string[]
  readonly amr: readonly string[]
  readonly iat: number
  readonly exp: number
  readonly nbf: number | undefined
}

/** [K] assumption: the order in which several missing claims are noticed; each alone is recorded. */
const REQUIRED = ['iss', 'sub', 'aud', 'iat', 'exp'] as const

/** Seconds of clock difference that STS forgives. Recorded through the shifted clock that its texts print. */
const LEEWAY = 300

const requireClaims = (claims: JsonObject): void => {
  for (const name of REQUIRED)
    if (!Object.hasOwn(claims, name)) throw new AwsFault('InvalidIdentityToken', `Missing a required claim: ${name}`)
}

/** Whole seconds as number or as digits; fractions, null and other text are refused. */
const timestamp = (value: unknown): number => {
  const seconds = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !Number.isSafeInteger(seconds)) throw refusal('badTimestamp')
  return seconds
}

/** A subject may be a number (recorded: 123 comes back as text) and may be empty; null is the recorded internal failure. */
const subjectOf = (value: unknown): string => {
  if (value === null) throw refusal('nullSubject')
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw refusal('notValidated') // [K] assumption: objects, arrays and booleans were not tried.
}

// [K] assumption: an audience that is no text at all was not tried.
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  throw refusal('notValidated')
}

const audiencesOf = (value: unknown): readonly string[] => {
  if (!Array.isArray(value)) return [textOf(value)]
  if (value.length === 0) throw refusal('emptyAudience')
  return value.map(textOf)
}

/** `azp` beats `aud`; several audiences without `azp` are refused. An empty `azp` counts as given. */
const effectiveAudience = (claims: JsonObject, audiences: readonly string[]): string => {
  if (Object.hasOwn(claims, 'azp')) return textOf(claims['azp'])
  const [only, ...more] = audiences
  if (only === undefined || more.length > 0) throw refusal('manyAudiences')
  return only
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string')

/** Checks presence and form of the claims; time, provider and signature come after. */
export const readClaims = (claims: JsonObject): TokenClaims => {
  requireClaims(claims)
  const tokenAudiences = audiencesOf(claims['aud'])
  return {
    iss: textOf(claims['iss']),
    sub: subjectOf(claims['sub']),
    audience: effectiveAudience(claims, tokenAudiences),
    tokenAudiences,
    amr: textsOf(claims['amr']),
    iat: timestamp(claims['iat']),
    exp: timestamp(claims['exp']),
    nbf: Object.hasOwn(claims, 'nbf') ? timestamp(claims['nbf']) : undefined,
  }
}

/** Checks the three times against a clock shifted by the leeway, which is the clock that the texts print. */
export const checkTimes = (claims: TokenClaims, nowMs: number): void => {
  const now = Math.floor(nowMs / 1000)
  if (claims.iat > now + LEEWAY) throw new AwsFault('InvalidIdentityToken', `Token issued in the future: ${claims.iat}`)
  if (claims.exp <= now - LEEWAY)
    throw new AwsFault(
      'ExpiredTokenException',
      `Token expired: current date/time ${now - LEEWAY} must be before the expiration date/time ${claims.exp}`,
    )
  if (claims.nbf !== undefined && claims.nbf > now + LEEWAY)
    throw new AwsFault(
      'InvalidIdentityToken',
      `Token not yet valid: current date/time ${now + LEEWAY} must be after or equal to the not-before date/time ${claims.nbf}`,
    )
}
