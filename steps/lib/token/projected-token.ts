import { readFile } from 'node:fs/promises'
import { rfc3339 } from '../core/instant.ts'
import { audiencesOf, decodeToken, textClaim, timeClaim } from '../core/jwt.ts'
import { stepError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { objectOf } from '../core/loose-json.ts'

/** The pod's projected service-account token, as read from its file at one moment. */
export type ProjectedToken = {
  readonly secret: Secret
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  readonly kid: string
  /** `jti`, empty where the cluster gives none. */
  readonly id: string
  /** `nbf` in epoch milliseconds; undefined where the token has none. */
  readonly notBefore: number | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** The pod and service account that the token itself names; empty where it does not. */
  readonly pod: {
    readonly name: string
    readonly uid: string
    readonly namespace: string
    readonly serviceAccount: string
  }
}

export type ProjectedTokenSource = {
  readonly path: string
  /** The one audience that the token must be made out to. */
  readonly audience: string
  readonly now: () => number
}

const maxTokenBytes = 64 * 1024

const requiredClaims = ['iss', 'sub', 'aud', 'exp'] as const

/**
 * Reads the token file anew, as every exchange must (the kubelet renews it), and checks it before it is sent anywhere.
 * Links are followed: Kubernetes serves the file as `token → ..data/token`. Its mode is not checked (0644 or 0640 by cluster).
 * Throws TOKEN_FILE_MISSING, TOKEN_MALFORMED, TOKEN_EXPIRED, TOKEN_AUDIENCE_MISMATCH.
 */
export async function readProjectedToken(source: ProjectedTokenSource): Promise<ProjectedToken> {
  const secret = await readTokenFile(source.path)
  const decoded = decodeToken(secret.reveal())
  if (decoded === undefined) throw malformed(source.path, 'it is not a JWT in three parts')
  const { claims, header } = decoded
  const missing = requiredClaims.filter((name) => !isClaim(name, claims[name]))
  if (missing.length > 0) throw malformed(source.path, `its claims lack ${missing.join(', ')}`)
  const expiresAt = timeClaim(claims, 'exp')
  if (expiresAt === undefined) throw malformed(source.path, 'its exp is no number')
  const audiences = audiencesOf(claims)
  requireAudience(audiences, source.audience)
  requireLife(expiresAt, source.now())
  return {
    secret,
    issuer: textClaim(claims, 'iss'),
    subject: textClaim(claims, 'sub'),
    audiences,
    kid: textClaim(header, 'kid'),
    id: textClaim(claims, 'jti'),
    notBefore: timeClaim(claims, 'nbf'),
    expiresAt,
    pod: podOf(claims['kubernetes.io']),
  }
}

/** Entra compares issuer and subject as text, so anything else is as good as nothing. */
function isClaim(name: (typeof requiredClaims)[number], value: unknown): boolean {
  return name === 'iss' || name === 'sub' ? typeof value === 'string' && value !== '' : value !== undefined
}

async function readTokenFile(path: string): Promise<Secret> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw stepError('TOKEN_FILE_MISSING', { path, reason }, { cause: error })
  }
  if (text.length > maxTokenBytes) throw malformed(path, `it is larger than ${maxTokenBytes} bytes`)
  if (text.trim() === '') throw malformed(path, 'it is empty')
  return new Secret(text.trim())
}

function requireAudience(audiences: readonly string[], expected: string): void {
  if (audiences.includes(expected)) return
  throw stepError('TOKEN_AUDIENCE_MISMATCH', { 'token audience': audiences.join(' '), 'expected audience': expected })
}

function requireLife(expiresAt: number, now: number): void {
  if (expiresAt > now) return
  throw stepError('TOKEN_EXPIRED', { expiry: rfc3339(expiresAt), now: rfc3339(now) })
}

function malformed(path: string, reason: string) {
  return stepError('TOKEN_MALFORMED', { path, reason })
}

/** Kubernetes' own claim: `{namespace, pod: {name, uid}, serviceaccount: {name, uid}, node}`. */
function podOf(claim: unknown): ProjectedToken['pod'] {
  const kubernetes = objectOf(claim)
  const pod = objectOf(kubernetes['pod'])
  return {
    namespace: textClaim(kubernetes, 'namespace'),
    name: textClaim(pod, 'name'),
    uid: textClaim(pod, 'uid'),
    serviceAccount: textClaim(objectOf(kubernetes['serviceaccount']), 'name'),
  }
}
