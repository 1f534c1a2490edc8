import { partitionNames } from './partitions.ts'

/** The parts of an IAM role's ARN. */
export type RoleArn = {
  readonly arn: string
  readonly partition: string
  readonly accountId: string
  /** Without its path, as the assumed-role ARN shows it. */
  readonly name: string
}

/** What a role ARN looks like: `arn:<partition>:iam::<account>:role/<path><name>`. */
export const roleArnPattern = new RegExp(
  String.raw`^arn:(${partitionNames.join('|')}):iam::(\d{12}):role\/((?:[\w+=,.@-]+\/)*)([\w+=,.@-]{1,64})$`,
)

/** Reads a role's ARN; undefined when it is none. */
export function parseRoleArn(arn: string): RoleArn | undefined {
  const [, partition, accountId, , name] = roleArnPattern.exec(arn) ?? []
  if (partition === undefined || accountId === undefined || name === undefined) return undefined
  return { arn, partition, accountId, name }
}

/** What the ARN of a managed policy looks like: of an account, or `aws` for those of AWS itself. */
export const policyArnPattern = new RegExp(
  String.raw`^arn:(${partitionNames.join('|')}):iam::(aws|\d{12}):policy\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$`,
)

/** Partition and account of a managed policy's ARN; the account is `aws` for those of AWS itself. Undefined when it is none. */
export function parsePolicyArn(arn: string): { readonly partition: string; readonly account: string } | undefined {
  const [, partition, account] = policyArnPattern.exec(arn) ?? []
  return partition === undefined || account === undefined ? undefined : { partition, account }
}
