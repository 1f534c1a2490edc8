import { createHash } from 'node:crypto'
import type { AwsAccount, AwsRole, AwsUser } from '../config.ts'
import type { AwsSession, World } from '../world.ts'

/** The parts of `arn:<partition>:iam::<account>:role/<path><name>`. */
export type RoleArn = {
  readonly partition: string
  readonly accountId: string
  readonly path: string
  readonly name: string
}

const ROLE_ARN = /^arn:(aws|aws-us-gov|aws-cn|aws-eusc):iam::(\d{12}):role(\/(?:[!-~]+\/)?)([\w+=,.@-]{1,64})$/

/** Takes a role ARN apart; undefined when it has another form. */
export const parseRoleArn = (arn: string): RoleArn | undefined => {
  const [, partition, accountId, path, name] = ROLE_ARN.exec(arn) ?? []
  if (partition === undefined || accountId === undefined || path === undefined || name === undefined) return undefined
  return { partition, accountId, path, name }
}

/** The partition that an account is written down for. */
export const accountPartition = (account: AwsAccount): string => account.partition ?? 'aws'

/** The ARN of a role as IAM prints it. */
export const roleArnOf = (account: AwsAccount, role: AwsRole): string =>
  `arn:${accountPartition(account)}:iam::${account.id}:role${role.path ?? '/'}${role.name}`

/** The ARN of the IAM provider for an issuer, its trailing slash kept. */
export const providerArnOf = (account: AwsAccount, issuer: string): string =>
  `arn:${accountPartition(account)}:iam::${account.id}:oidc-provider/${issuer.replace(/^https:\/\//, '')}`

/** The ARN of a user as IAM prints it. */
export const userArnOf = (account: AwsAccount, user: AwsUser): string =>
  `arn:${accountPartition(account)}:iam::${account.id}:user${user.path ?? '/'}${user.name}`

/** The caller's ARN: of a role session without the role's path, of a user (whose path is in the session's name) the user's. */
export const assumedRoleArn = (
  session: Pick<AwsSession, 'partition' | 'accountId' | 'roleName' | 'sessionName' | 'userName'>,
): string =>
  session.userName === undefined
    ? `arn:${session.partition}:sts::${session.accountId}:assumed-role/${session.roleName}/${session.sessionName}`
    : `arn:${session.partition}:iam::${session.accountId}:user/${session.sessionName}`

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A role's unique id, `AROA` and 17 characters: the same for the same account and name in every run. */
export const roleIdOf = (accountId: string, roleName: string): string => uniqueId('AROA', `${accountId}/${roleName}`)

/** A user's unique id, `AIDA` and 17 characters. */
export const userIdOf = (accountId: string, userName: string): string => uniqueId('AIDA', `${accountId}/${userName}`)

const uniqueId = (prefix: string, name: string): string => {
  const digest = createHash('sha256').update(name).digest()
  return `${prefix}${Array.from(digest.subarray(0, 17), (byte) => BASE32[byte % 32]).join('')}`
}

/** The role that a session was made from, as the configuration has it now. */
export const roleOfSession = (world: World, session: AwsSession): AwsRole | undefined =>
  world.config.accounts
    .find((account) => account.id === session.accountId && accountPartition(account) === session.partition)
    ?.roles.find((role) => role.name === session.roleName)
