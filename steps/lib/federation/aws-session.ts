import type { RoleArn } from '../aws/role-arn.ts'
import { sessionName } from '../aws/session-name.ts'
import { assumeRoleWithWebIdentity, type AwsSession } from '../aws/web-identity.ts'
import type { RunContext } from '../audit/record.ts'
import type { Federation } from './federation.ts'

/** Which AWS role is assumed, with a token for which Entra resource. */
export type AwsTarget = {
  readonly role: RoleArn
  readonly region: string
  /** The Entra resource whose token is sent to STS (`aws-token-resource`). */
  readonly tokenResource: string
  readonly context: RunContext
}

/** Sessions last as short as STS allows; a push that takes longer obtains another. */
const sessionSeconds = 900

/** Projected token → Entra token → AWS session. Throws TOKEN_*, ENTRA_*, AWS_*, NETWORK_*. */
export async function awsSession(federation: Federation, target: AwsTarget): Promise<AwsSession> {
  const { record, http, patience } = federation.services
  const { context, role } = target
  record.identity({ awsRole: role.arn })
  const session = await assumeRoleWithWebIdentity({
    role,
    region: target.region,
    sessionName: sessionName(context.podNamespace, context.taskRun),
    durationSeconds: sessionSeconds,
    token: async () => await federation.entraToken(target.tokenResource),
    appId: awsAppId(context),
    http,
    patience,
  })
  record.identity({ awsSession: session.arn })
  record.token('aws-session', {
    secret: session.sessionToken,
    id: session.accessKeyId,
    audience: role.arn,
    expiresAt: session.expiresAt,
  })
  record.request('STS', session.requestId)
  return session
}

/** What the AWS SDK appends to its User-Agent as `app/…`: 50 characters, for CloudTrail. */
export function awsAppId(context: RunContext): string {
  return `tekton-entra-${context.taskRun || 'local'}`.replace(/[^\w.-]/g, '-').slice(0, 50)
}
