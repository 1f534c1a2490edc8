import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'

/** A role that trusts the same tokens as the example's, and may do nothing at all. */
export const idleRoleArn = `arn:aws:iam::${example.accountId}:role/ci-idle`

const listReferrers = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ecr:ListImageReferrers', Resource: '*' }],
} as const

/** The example with a second role, and with a first one that may list referrers: pushing alone does not take that. */
export function cloudOfTwoRoles(): SandboxConfig {
  const cloud = exampleCloud()
  const accounts = cloud.accounts.map((account) => ({
    ...account,
    roles: account.roles.flatMap((role) => [
      { ...role, policies: [...(role.policies ?? []), listReferrers] },
      { ...role, name: 'ci-idle', policies: [] },
    ]),
  }))
  return { ...cloud, accounts }
}
