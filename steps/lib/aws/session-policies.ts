import type { RoleArn } from './role-arn.ts'
import { chainActions } from './trust-policy.ts'

/** What narrows a session, as STS takes it. */
type SessionPolicies = { readonly policy?: string | undefined; readonly policyArns?: readonly string[] | undefined }

/** The members of a request for a session that narrow it; none when nothing does. */
export function sessionPolicies({ policy, policyArns = [] }: SessionPolicies): {
  Policy?: string
  PolicyArns?: { arn: string }[]
} {
  return {
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  }
}

/**
 * The policy of a session that is there for one thing, to assume the next role. Tags and a source identity that the token brings go on by
 * themselves, and need their own permission (IAM user guide, session tags and role chaining).
 */
export function chainOnlyPolicy(next: RoleArn): string {
  const statement = { Effect: 'Allow', Action: chainActions, Resource: next.arn }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
