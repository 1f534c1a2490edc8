import { stepError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { RoleArn } from './role-arn.ts'
import { answerLacks } from './sdk-error.ts'

/** Credentials of a role that was assumed. */
export type AwsSession = {
  /** No secret: CloudTrail shows it. */
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  /** ARN of the assumed role, with the session's name. */
  readonly arn: string
  readonly accountId: string
  readonly region: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  readonly requestId: string
}

/** What was asked for, as far as an answer must agree with it. */
export type AskedSession = {
  readonly role: RoleArn
  readonly sessionName: string
  readonly region: string
  /** Of the endpoint that was asked. */
  readonly host: string
}

/** What both ways to assume a role answer. */
type RoleAnswer = {
  readonly Credentials?:
    | {
        readonly AccessKeyId: string | undefined
        readonly SecretAccessKey: string | undefined
        readonly SessionToken: string | undefined
        readonly Expiration: Date | undefined
      }
    | undefined
  readonly AssumedRoleUser?: { readonly Arn: string | undefined } | undefined
  readonly $metadata: { readonly requestId?: string | undefined }
}

/** The session of an answer. Throws AWS_UNAVAILABLE when it lacks one, AWS_ACCOUNT_DIFFERS when it is of another role. */
export function sessionOf({ role, sessionName, region, host }: AskedSession, answer: RoleAnswer): AwsSession {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {}
  const arn = answer.AssumedRoleUser?.Arn
  if (arn === undefined || AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw answerLacks('a session', { service: 'STS', host })
  }
  const [, , , , accountId = '', resource = ''] = arn.split(':')
  if (accountId !== role.accountId || resource !== `assumed-role/${role.name}/${sessionName}`) {
    throw stepError('AWS_ACCOUNT_DIFFERS', { 'asked role': role.arn, 'answered role': arn })
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    sessionToken: new Secret(SessionToken),
    arn,
    accountId,
    region,
    expiresAt: Expiration?.getTime() ?? 0,
    requestId: answer.$metadata.requestId ?? '',
  }
}
