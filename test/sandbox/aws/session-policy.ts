import type { AwsAccount } from '../config.ts'
import { AwsFault } from './aws-fault.ts'
import { parsePolicy, PolicyInvalid } from './policy-document.ts'
import { refusal } from './sts-errors.ts'
import type { SessionParams } from './sts-params.ts'

/** Wire text for a policy that is JSON and yet no policy. [K] assumption: the real service's wording differs by fault. */
const malformed = (error: PolicyInvalid): AwsFault => new AwsFault('MalformedPolicyDocument', error.message)

const checkPolicy = (document: unknown): void => {
  try {
    parsePolicy(document, 'identity')
  } catch (error) {
    throw error instanceof PolicyInvalid ? malformed(error) : error
  }
}

const parseInline = (policy: string): unknown => {
  try {
    return JSON.parse(policy)
  } catch {
    throw refusal('badPolicyJson')
  }
}

/** Checks the inline session policy as soon as the parameters are read: its faults need no token to be seen. */
export const readInlinePolicy = (params: SessionParams): unknown => {
  if (params.policy === undefined) return undefined
  const document = parseInline(params.policy)
  checkPolicy(document)
  return document
}

const managedPolicy = (account: AwsAccount, arn: string): unknown => {
  const document = Object.entries(account.managedPolicies ?? {}).find(([name]) => name === arn)?.[1]
  // [K] assumption: code and text for a managed policy that the account does not have. It must never be ignored:
  // the session would be wider than what was asked for.
  if (document === undefined) throw new AwsFault('ValidationError', `ARN ${arn} does not exist or is not attachable.`)
  checkPolicy(document)
  return document
}

const statementsOf = (document: unknown): readonly unknown[] => {
  const statement: unknown =
    typeof document === 'object' && document !== null && 'Statement' in document ? document.Statement : []
  return Array.isArray(statement) ? statement : [statement]
}

/** Joins inline and managed session policies to one document (IAM takes them as one set); undefined when none is given. */
export const joinSessionPolicies = (
  account: AwsAccount,
  params: SessionParams,
  inline: unknown,
): string | undefined => {
  const documents = [
    ...(inline === undefined ? [] : [inline]),
    ...params.policyArns.map((arn) => managedPolicy(account, arn)),
  ]
  if (documents.length === 0) return undefined
  return JSON.stringify({ Version: '2012-10-17', Statement: documents.flatMap(statementsOf) })
}
