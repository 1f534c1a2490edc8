import { parsePolicyArn, parseRoleArn } from '../aws/role-arn.ts'
import type { Fault } from '../core/errors.ts'

type PolicyInputs = {
  readonly 'aws-role-arn'?: string | undefined
  readonly 'aws-chain-role-arn'?: string | undefined
  readonly 'aws-session-policy'?: string | undefined
  readonly 'aws-session-policy-arns'?: readonly string[] | undefined
}

/** An inline session policy that is no JSON: it may have been changed on its way. Said whatever the run needs, as it is never what was meant. */
export function policyTextFaults({ 'aws-session-policy': policy }: PolicyInputs): Fault[] {
  if (policy === undefined || isJson(policy)) return []
  const expected = 'an IAM policy in JSON; in a param Tekton changes $$ and $(…), in the profile it does not'
  return [{ param: 'aws-session-policy', got: policy.slice(0, 100), expected }]
}

/** AWS takes ten (AWS STS API reference). */
const mostPolicies = 10

/** Managed session policies are AWS's own, or of the account whose role works. */
export function policyArnFaults(inputs: PolicyInputs): Fault[] {
  const param = 'aws-session-policy-arns'
  const { [param]: arns = [] } = inputs
  const role = parseRoleArn(inputs['aws-chain-role-arn'] ?? inputs['aws-role-arn'] ?? '')
  const foreign = arns.filter((arn) => {
    const parsed = parsePolicyArn(arn)
    if (role === undefined || parsed === undefined) return false
    return parsed.partition !== role.partition || !['aws', role.accountId].includes(parsed.account)
  })
  const expected = `policies of AWS or of the account ${role?.accountId}, the session’s own`
  const tooMany = { param, got: `${arns.length} ARNs`, expected: `${mostPolicies} at most: STS takes no more` }
  return [...(arns.length > mostPolicies ? [tooMany] : []), ...foreign.map((got) => ({ param, got, expected }))]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
