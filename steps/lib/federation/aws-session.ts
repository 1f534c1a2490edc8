import type { RoleArn } from '../aws/role-arn.ts'
import { sessionName } from '../aws/session-name.ts'
import { explainRefusal, mayBeSignature } from '../aws/sts-error.ts'
import type { AwsSession } from '../aws/web-identity.ts'
import type { AwsEndpoints } from '../aws/partitions.ts'
import type { RunContext } from '../audit/record.ts'
import type { EntraToken } from '../azure/entra-token.ts'
import { checkSignature } from '../token/issuer-keys.ts'
import { expiring, type Expiring } from './expiring.ts'
import type { Federation } from './federation.ts'

/** Which AWS role is assumed, with a token for which Entra resource. */
export type AwsTarget = {
  readonly role: RoleArn
  readonly region: string
  /** The Entra resource whose token is sent to STS (`aws-token-resource`). */
  readonly tokenResource: string
  readonly context: RunContext
  /** Seconds, 900 to 43,200; as short as STS allows where it is absent. */
  readonly durationSeconds?: number | undefined
  /** Inline session policy, JSON text of at most 2,048 characters (`aws-session-policy`). */
  readonly policy?: string | undefined
  /** Which endpoints of AWS are asked; the plain ones where it is absent. */
  readonly endpoints?: AwsEndpoints | undefined
}

/** A push that takes longer than the shortest session obtains another. */
const sessionSeconds = 900

/** Projected token → Entra token → AWS session. Throws TOKEN_*, ENTRA_*, AWS_*, NETWORK_*. */
export async function awsSession(federation: Federation, target: AwsTarget): Promise<AwsSession> {
  const { record, http, patience } = federation.services
  const { context, role } = target
  record.identity({ awsRole: role.arn })
  let sent: EntraToken | undefined
  const nextToken = tokens(federation, target.tokenResource)
  // Loaded while Entra is asked: it is most of what is left to load.
  const { assumeRoleWithWebIdentity } = await import('../aws/web-identity.ts')
  const session = await assumeRoleWithWebIdentity({
    role,
    region: target.region,
    sessionName: sessionName(context.podNamespace, context.taskRun),
    token: async () => (sent = await nextToken()),
    durationSeconds: target.durationSeconds ?? sessionSeconds,
    policy: target.policy,
    endpoints: target.endpoints,
    appId: awsAppId(context),
    http,
    patience,
  }).catch(async (error: unknown) => {
    throw sent === undefined ? error : await explained(federation, error, sent)
  })
  record.identity({ awsSession: session.arn })
  record.token('aws-session', {
    secret: session.sessionToken,
    id: session.accessKeyId,
    audience: role.arn,
    expiresAt: session.expiresAt,
  })
  record.request('STS', session.requestId)
  return session
}

/** Entra tokens for one resource, each asked for anew; the first one at once. */
function tokens(federation: Federation, resource: string): () => Promise<EntraToken> {
  let first: Promise<EntraToken> | undefined = federation.entraToken(resource)
  // Its error is thrown where it is waited for.
  first.catch(() => undefined)
  return async () => {
    const token = first ?? federation.entraToken(resource)
    first = undefined
    return await token
  }
}

/** STS has one text for several causes: the issuer's own keys tell whether the signature is one of them. Other errors pass unchanged. */
async function explained({ services }: Federation, error: unknown, sent: EntraToken): Promise<unknown> {
  if (!mayBeSignature(error)) return error
  const { http, patience } = services
  const { secret: token, issuer } = sent
  return explainRefusal(error, await checkSignature({ token, issuer, http, signal: patience.signal }))
}

/** Gives the session of a target; targets that ask for the same one share it, and its renewal. */
export type SharedAwsSessions = (target: AwsTarget) => Expiring<AwsSession>

/**
 * Sessions of one run: one for all targets of the same role, region, endpoints, resource, duration and policy. The sessions
 * throw TOKEN_*, ENTRA_*, AWS_*, NETWORK_*.
 */
export function sharedAwsSessions(federation: Federation): SharedAwsSessions {
  const held = new Map<string, Expiring<AwsSession>>()
  return (target) => {
    const { role, region, tokenResource, durationSeconds, policy, endpoints } = target
    const { fips = false, dualStack = false } = endpoints ?? {}
    const key = JSON.stringify([role.arn, region, tokenResource, durationSeconds, policy, fips, dualStack])
    const known = held.get(key)
    if (known !== undefined) return known
    const made = expiring(federation.services.patience.clock, async () => await awsSession(federation, target))
    held.set(key, made)
    return made
  }
}

/** What the AWS SDK appends to its User-Agent as `app/…`: 50 characters, for CloudTrail. */
export function awsAppId(context: RunContext): string {
  return `tekton-entra-${context.taskRun || 'local'}`.replace(/[^\w.-]/g, '-').slice(0, 50)
}
