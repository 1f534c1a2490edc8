import type { RoleArn } from '../aws/role-arn.ts'
import { sessionName } from '../aws/session-name.ts'
import { explainRefusal, mayBeSignature } from '../aws/sts-error.ts'
import { assumeRoleWithWebIdentity, type AwsSession } from '../aws/web-identity.ts'
import type { RunContext } from '../audit/record.ts'
import type { EntraToken } from '../azure/entra-token.ts'
import { checkSignature } from '../token/issuer-keys.ts'
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
  let sent: EntraToken | undefined
  const session = await assumeRoleWithWebIdentity({
    role,
    region: target.region,
    sessionName: sessionName(context.podNamespace, context.taskRun),
    durationSeconds: sessionSeconds,
    token: async () => (sent = await federation.entraToken(target.tokenResource)),
    appId: awsAppId(context),
    http,
    patience,
  }).catch(async (error: unknown) => {
    throw sent === undefined ? error : await explained(federation, error, sent)
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

/** STS has one text for several causes: the issuer's own keys tell whether the signature is one of them. Other errors pass unchanged. */
async function explained({ services }: Federation, error: unknown, sent: EntraToken): Promise<unknown> {
  if (!mayBeSignature(error)) return error
  const { http, patience } = services
  const { secret: token, issuer } = sent
  return explainRefusal(error, await checkSignature({ token, issuer, http, signal: patience.signal }))
}

/** What the AWS SDK appends to its User-Agent as `app/…`: 50 characters, for CloudTrail. */
export function awsAppId(context: RunContext): string {
  return `tekton-entra-${context.taskRun || 'local'}`.replace(/[^\w.-]/g, '-').slice(0, 50)
}
