import type { AwsAccount, AwsRole } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import type { Trace } from './aws-fault.ts'
import { partitionOf } from './hosts.ts'
import { accountPartition, assumedRoleArn, parseRoleArn, roleArnOf, roleIdOf } from './role-arn.ts'
import { joinSessionPolicies } from './session-policy.ts'
import { mintSession, packedPolicySize } from './session.ts'
import { refusal } from './sts-errors.ts'
import type { SessionParams } from './sts-params.ts'
import type { XmlNode } from './sts-xml.ts'

const DEFAULT_LIFETIME = 3600
const CHAINED_LIFETIME = 3600

/** The account of the role's ARN, when the ARN has the right form and belongs to the endpoint's partition. */
export const findAccount = (world: World, roleArn: string, region: string): AwsAccount | undefined => {
  const arn = parseRoleArn(roleArn)
  // [K] assumption: a role of another partition is answered like an ARN of the wrong form.
  if (arn === undefined || arn.partition !== partitionOf(region)) throw refusal('badArn')
  return world.config.accounts.find(
    (account) => account.id === arn.accountId && accountPartition(account) === arn.partition,
  )
}

/** The role of that ARN in the account. */
export const findRole = (account: AwsAccount | undefined, roleArn: string, trace: Trace): AwsRole | undefined => {
  const role = account?.roles.find((candidate) => roleArnOf(account, candidate) === roleArn)
  trace.checks.push(`role ${roleArn}: ${role === undefined ? 'does not exist' : 'exists'}`)
  return role
}

/** What a session is opened with, once everything has been allowed. */
export type Opening = {
  readonly account: AwsAccount
  readonly role: AwsRole
  readonly params: SessionParams
  readonly inlinePolicy: unknown
  readonly trace: Trace
  /** Subject of the token, empty where there is none. */
  readonly sub: string
  readonly sourceIdentity: string | undefined
  readonly tags: ReadonlyMap<string, string>
  readonly transitiveTagKeys: readonly string[]
  readonly policyContext: Readonly<Record<string, string | readonly string[]>>
  /** Whether the caller is a role session itself: then an hour is the longest. */
  readonly chained: boolean
  readonly fromGlobalEndpoint: boolean
}

const lifetimeOf = ({ params, role, chained, trace }: Opening): number => {
  const longest = role.maxSessionDuration ?? DEFAULT_LIFETIME
  const asked = params.durationSeconds ?? DEFAULT_LIFETIME
  trace.checks.push(`duration ${asked} s, role allows ${longest} s${chained ? ', chaining 3600 s' : ''}`)
  if (chained && asked > CHAINED_LIFETIME) throw refusal('durationAboveChain')
  if (asked > longest) throw refusal('durationAboveRole')
  return asked
}

/** A session with the share of the allotted space that it takes. */
export type Opened = { readonly session: AwsSession; readonly packed: number }

/** Opens a session of the role, or refuses its length, its policies or its size. */
export const openRoleSession = (world: World, opening: Opening): Opened => {
  const { account, role, params, sourceIdentity, tags } = opening
  const lifetimeSeconds = lifetimeOf(opening)
  const sessionPolicy = joinSessionPolicies(account, params, opening.inlinePolicy)
  const packed = packedPolicySize({ sub: opening.sub, sourceIdentity, tags, policy: sessionPolicy })
  const session = mintSession(world, {
    accountId: account.id,
    partition: accountPartition(account),
    roleName: role.name,
    sessionName: params.roleSessionName,
    lifetimeSeconds,
    minimumTokenSize: params.minimumTokenSize,
    policyContext: opening.policyContext,
    tags: Object.fromEntries(tags),
    transitiveTagKeys: opening.transitiveTagKeys,
    fromGlobalEndpoint: opening.fromGlobalEndpoint,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
  })
  return { session, packed }
}

/** The two elements of every answer that hands out a role session. */
export const sessionXml = (session: AwsSession): { AssumedRoleUser: XmlNode; Credentials: XmlNode } => ({
  AssumedRoleUser: {
    AssumedRoleId: `${roleIdOf(session.accountId, session.roleName)}:${session.sessionName}`,
    Arn: assumedRoleArn(session),
  },
  Credentials: {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: xmlTime(session.expiresAt),
  },
})

/** A time as STS writes it: whole seconds. */
export const xmlTime = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
