import type { AwsAccount, AwsUser, PolicyDocument } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import {
  accountPartition,
  assumedRoleArn,
  roleArnOf,
  roleIdOf,
  roleOfSession,
  userArnOf,
  userIdOf,
} from './role-arn.ts'

/** The account that a session belongs to. */
export const accountOf = (world: World, session: Pick<AwsSession, 'accountId' | 'partition'>): AwsAccount | undefined =>
  world.config.accounts.find(
    (account) => account.id === session.accountId && accountPartition(account) === session.partition,
  )

const userOf = (world: World, session: AwsSession): AwsUser | undefined =>
  accountOf(world, session)?.users?.find(({ name }) => name === session.userName)

/** The role's or the user's own ARN, path included: `aws:PrincipalArn`, and what a policy's Principal names. */
export const principalArn = (world: World, session: AwsSession): string => {
  const account = accountOf(world, session)
  const role = roleOfSession(world, session)
  if (account === undefined || session.userName !== undefined || role === undefined) return assumedRoleArn(session)
  return roleArnOf(account, role)
}

/** `AROA…:<session name>` of a role session, `AIDA…` of a user: `aws:userid`. */
export const userId = (session: AwsSession): string =>
  session.userName === undefined
    ? `${roleIdOf(session.accountId, session.roleName)}:${session.sessionName}`
    : userIdOf(session.accountId, session.userName)

/** Identity policies of the role or user, as the configuration has them now. */
export const identityPolicies = (world: World, session: AwsSession): readonly PolicyDocument[] =>
  (session.userName === undefined ? roleOfSession(world, session)?.policies : userOf(world, session)?.policies) ?? []

/** Tags of the principal: the role's or user's own, replaced by session tags of the same key in any letters. */
export const principalTags = (world: World, session: AwsSession): ReadonlyMap<string, string> => {
  const own = (session.userName === undefined ? roleOfSession(world, session) : userOf(world, session))?.tags ?? {}
  const taken = new Set(Object.keys(session.tags ?? {}).map((key) => key.toLowerCase()))
  const kept = Object.entries(own).filter(([key]) => !taken.has(key.toLowerCase()))
  return new Map([...kept, ...Object.entries(session.tags ?? {})])
}

/** The names under which policies with a Principal may mean a caller, from the narrowest to the widest. */
export type CallerNames = {
  /** The role session itself; undefined for a user, who has no session. */
  readonly session: string | undefined
  readonly principal: string
  /** The account, as root ARN and as bare number. */
  readonly account: readonly string[]
}

/** How policies can name a caller. */
export const callerNames = (world: World, session: AwsSession): CallerNames => ({
  session: session.userName === undefined ? assumedRoleArn(session) : undefined,
  principal: principalArn(world, session),
  account: [`arn:${session.partition}:iam::${session.accountId}:root`, session.accountId],
})

/** The long-lived key of a user as a session that never ends; undefined when no user has it. */
export const userSession = (world: World, accessKeyId: string): AwsSession | undefined => {
  for (const account of world.config.accounts) {
    const user = account.users?.find((candidate) => candidate.accessKeyId === accessKeyId)
    if (user === undefined) continue
    const { secretAccessKey, name: userName } = user
    return {
      accessKeyId,
      secretAccessKey,
      sessionToken: '',
      accountId: account.id,
      partition: accountPartition(account),
      roleName: '',
      sessionName: userArnOf(account, user).replace(/^.*:user\//, ''),
      userName,
      expiresAt: Number.MAX_SAFE_INTEGER,
    }
  }
  return undefined
}
