import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts'
import type { AwsAccount, AwsRole, PolicyDocument } from '../config.ts'
import { policy } from './test-cloud.ts'
import { account, HOME, role, roleArn } from './test-front.ts'
import type { Front } from './test-front.ts'

/** A policy that lets nobody do anything that these tests ask for. */
export const NOTHING: PolicyDocument = policy({ Effect: 'Allow', Action: 'ecr:BatchDeleteImage', Resource: '*' })

/** The session of the first role, from which the second is assumed. */
export const SESSION_ARN = `arn:aws:sts::${HOME}:assumed-role/first/run-1`

/** STS's text for an action that the first role's session may not do. */
export const deniedText = (action: string, target = roleArn('second')): string =>
  `AccessDenied 403: User: ${SESSION_ARN} is not authorized to perform: ${action} on resource: ${target}`

/** Assumes the first role as the administrator, and the second as the first. */
export const assumeSecond = async (
  front: Front,
  change: Partial<AssumeRoleCommandInput> = {},
  first: object = {},
): Promise<AssumeRoleCommandOutput> => {
  const keys = await front.assume({ RoleArn: roleArn('first'), ...first })
  const RoleArn = change.RoleArn ?? roleArn('second')
  return front.sts(keys).send(new AssumeRoleCommand({ RoleSessionName: 'run-2', ...change, RoleArn }))
}

/** An account with the two roles. */
export const twoRoles = (second: Partial<AwsRole>, first: Partial<AwsRole> = {}): AwsAccount =>
  account({ roles: [role('first', { maxSessionDuration: 43_200, ...first }), role('second', second)] })
