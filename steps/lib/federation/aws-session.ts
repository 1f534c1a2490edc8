import type { RoleArn } from '../aws/role-arn.ts'
import { sessionName } from '../aws/session-name.ts'
import { explainRefusal, mayBeSignature } from '../aws/sts-error.ts'
import type { AwsSession } from '../aws/session.ts'
import type { AwsEndpoints } from '../aws/partitions.ts'
import type { RunContext } from '../audit/record.ts'
import type { WebIdentityToken } from '../aws/web-identity-request.ts'
import { spelled } from '../core/errors.ts'
import { checkSignature } from '../token/issuer-keys.ts'
import { expiring, type Expiring } from './expiring.ts'
import { readClusterToken } from './cluster-token.ts'
import type { Federation } from './federation.ts'

/** How the pod proves to AWS who it is: by an Entra token, or by a projected token of its own. Neither takes the place of the other. */
export type AwsProof = 'entra' | 'cluster'

/** Which AWS role is assumed, and how STS is shown who asks. */
export type AwsTarget = {
  readonly role: RoleArn
  /** Assumed from the session of `role`, in whose place it works. */
  readonly chain?: RoleArn | undefined
  readonly region: string
  /** By an Entra token where it is absent. */
  readonly proof?: AwsProof | undefined
  /** The Entra resource whose token is sent to STS (`aws-token-resource`); of `entra` alone. */
  readonly tokenResource?: string | undefined
  readonly context: RunContext
  /** Seconds, 900 to 43,200, and to 3,600 with `chain`; as short as STS allows where it is absent. */
  readonly durationSeconds?: number | undefined
  /** Inline session policy, JSON text of at most 2,048 characters (`aws-session-policy`). */
  readonly policy?: string | undefined
  /** Managed session policies (`aws-session-policy-arns`). */
  readonly policyArns?: readonly string[] | undefined
  /** Which endpoints of AWS are asked; the plain ones where it is absent. */
  readonly endpoints?: AwsEndpoints | undefined
}

/** A push that takes longer than the shortest session obtains another. */
const sessionSeconds = 900

/**
 * Projected token → Entra token → AWS session, or without Entra; then the next role's session from it. Throws TOKEN_*, AWS_TOKEN_FILE_MISSING,
 * ENTRA_*, AWS_*, NETWORK_*.
 */
export async function awsSession(federation: Federation, target: AwsTarget): Promise<AwsSession> {
  return await lastSession(federation, target).catch((error: unknown) => {
    throw spelled(error, federation.services.spelling)
  })
}

async function lastSession(federation: Federation, target: AwsTarget): Promise<AwsSession> {
  const { chain, durationSeconds = sessionSeconds, policy, policyArns } = target
  if (chain === undefined) return await firstSession(federation, target, { durationSeconds, policy, policyArns })
  const { chainOnlyPolicy } = await import('../aws/session-policies.ts')
  // Good for one call: as short and as narrow as STS makes it.
  const first = await firstSession(federation, target, {
    durationSeconds: sessionSeconds,
    policy: chainOnlyPolicy(chain),
    policyArns: undefined,
  })
  const { assumeChainedRole } = await import('../aws/chained-session.ts')
  const { http, patience, record } = federation.services
  record.identity({ awsChainRole: chain.arn })
  const session = await assumeChainedRole({
    session: first,
    from: target.role,
    role: chain,
    durationSeconds,
    policy,
    policyArns,
    sessionName: sessionName(target.context.podNamespace, target.context.taskRun),
    endpoints: target.endpoints,
    appId: awsAppId(target.context),
    http,
    patience,
  })
  bookSession(federation, chain, session)
  return session
}

type SessionLimits = Required<Pick<AwsTarget, 'policy' | 'policyArns'>> & { readonly durationSeconds: number }

async function firstSession(federation: Federation, target: AwsTarget, limits: SessionLimits): Promise<AwsSession> {
  const { record, http, patience } = federation.services
  const { context, role } = target
  record.identity({ awsIdentity: target.proof ?? 'entra', awsRole: role.arn })
  let sent: WebIdentityToken | undefined
  const nextToken = tokens(federation, target)
  // Loaded while Entra is asked: it is most of what is left to load.
  const { assumeRoleWithWebIdentity } = await import('../aws/web-identity.ts')
  const session = await assumeRoleWithWebIdentity({
    role,
    region: target.region,
    sessionName: sessionName(context.podNamespace, context.taskRun),
    token: async () => (sent = await nextToken()),
    ...limits,
    endpoints: target.endpoints,
    appId: awsAppId(context),
    http,
    patience,
  }).catch(async (error: unknown) => {
    throw sent === undefined ? error : await explained(federation, error, { sent, proof: target.proof })
  })
  bookSession(federation, role, session)
  return session
}

function bookSession({ services: { record } }: Federation, role: RoleArn, session: AwsSession): void {
  record.identity({ awsSession: session.arn })
  record.token('aws-session', {
    secret: session.sessionToken,
    id: session.accessKeyId,
    audience: role.arn,
    expiresAt: session.expiresAt,
  })
  record.request('STS', session.requestId)
}

/** Tokens for STS, each asked for or read anew; the first one at once. */
function tokens(federation: Federation, target: AwsTarget): () => Promise<WebIdentityToken> {
  const next = tokenSource(federation, target)
  let first: Promise<WebIdentityToken> | undefined = next()
  // Its error is thrown where it is waited for.
  first.catch(() => undefined)
  return async () => {
    const token = first ?? next()
    first = undefined
    return await token
  }
}

function tokenSource(federation: Federation, { proof, tokenResource }: AwsTarget): () => Promise<WebIdentityToken> {
  if (proof === 'cluster') return async () => await readClusterToken(federation)
  if (tokenResource === undefined) throw new TypeError('an AWS target without an Entra resource passed the checks')
  return async () => await federation.entraToken(tokenResource)
}

/** STS has one text for several causes: the issuer's own keys tell whether the signature is one of them. Other errors pass unchanged. */
async function explained(
  { services }: Federation,
  error: unknown,
  { sent, proof }: { sent: WebIdentityToken; proof: AwsProof | undefined },
): Promise<unknown> {
  if (!mayBeSignature(error)) return error
  const { http, patience } = services
  const { secret: token, issuer } = sent
  return explainRefusal(error, await checkSignature({ token, issuer, http, signal: patience.signal }), proof)
}

/** Gives the session of a target; targets that ask for the same one share it, and its renewal. */
export type SharedAwsSessions = (target: AwsTarget) => Expiring<AwsSession>

/**
 * Sessions of one run: one for all targets of the same roles, region, endpoints, proof, duration and policies. The sessions
 * throw TOKEN_*, ENTRA_*, AWS_*, NETWORK_*.
 */
export function sharedAwsSessions(federation: Federation): SharedAwsSessions {
  const held = new Map<string, Expiring<AwsSession>>()
  return (target) => {
    const key = keyOf(target)
    const known = held.get(key)
    if (known !== undefined) return known
    const made = expiring(federation.services.patience.clock, async () => await awsSession(federation, target))
    held.set(key, made)
    return made
  }
}

function keyOf({
  role,
  chain,
  region,
  proof,
  tokenResource,
  durationSeconds,
  policy,
  policyArns,
  endpoints,
}: AwsTarget) {
  const { fips = false, dualStack = false } = endpoints ?? {}
  const who = [role.arn, chain?.arn, region, proof ?? 'entra', tokenResource]
  return JSON.stringify([who, durationSeconds, policy, policyArns, fips, dualStack])
}

/** What the AWS SDK appends to its User-Agent as `app/…`: 50 characters, for CloudTrail. */
export function awsAppId(context: RunContext): string {
  return `tekton-entra-${context.taskRun || 'local'}`.replace(/[^\w.-]/g, '-').slice(0, 50)
}
