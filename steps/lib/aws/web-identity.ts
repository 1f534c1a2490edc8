import {
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type AssumeRoleWithWebIdentityCommandOutput,
} from '@aws-sdk/client-sts'
import { stepError } from '../core/errors.ts'
import { retry } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import { stsHost } from './partitions.ts'
import { answerLacks } from './sdk-error.ts'
import { sdkSettings } from './sdk.ts'
import { stsError } from './sts-error.ts'
import type { WebIdentityRequest } from './web-identity-request.ts'

/** Credentials of AssumeRoleWithWebIdentity. */
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

/**
 * AssumeRoleWithWebIdentity at the regional endpoint, unsigned, without any other credential (AWS STS API reference).
 * Throws AWS_*, NETWORK_*, and what `token` throws.
 */
export async function assumeRoleWithWebIdentity(request: WebIdentityRequest): Promise<AwsSession> {
  try {
    return await retry(request.patience, () => assumeOnce(request))
  } catch (error) {
    throw error instanceof TokenFailure ? error.cause : error
  }
}

/** A failure to get the token on its way through `retry`, which must not retry what was retried already. */
class TokenFailure extends Error {
  override readonly name = 'TokenFailure'
}

async function assumeOnce(request: WebIdentityRequest): Promise<AwsSession> {
  const token = await request.token().catch((cause: unknown) => {
    throw new TokenFailure('no token for STS', { cause })
  })
  const host = stsHost(request.region, request.endpoints)
  const client = new STSClient({
    ...sdkSettings({ region: request.region, host, http: request.http, appId: request.appId }),
    credentials: refuseAmbientCredentials,
  })
  try {
    const answer = await client.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: request.role.arn,
        RoleSessionName: request.sessionName,
        WebIdentityToken: token.secret.reveal(),
        DurationSeconds: request.durationSeconds,
        ...(request.policy === undefined ? {} : { Policy: request.policy }),
      }),
      { abortSignal: request.patience.signal },
    )
    return sessionOf(request, answer)
  } catch (error) {
    throw stsError(error, request, token)
  }
}

function sessionOf(request: WebIdentityRequest, answer: AssumeRoleWithWebIdentityCommandOutput): AwsSession {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {}
  const arn = answer.AssumedRoleUser?.Arn
  if (arn === undefined || AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw answerLacks('a session', { service: 'STS', host: stsHost(request.region, request.endpoints) })
  }
  const [, , , , accountId = '', resource = ''] = arn.split(':')
  const asked = `assumed-role/${request.role.name}/${request.sessionName}`
  if (accountId !== request.role.accountId || resource !== asked) {
    throw stepError('AWS_ACCOUNT_DIFFERS', { 'asked role': request.role.arn, 'answered role': arn })
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    sessionToken: new Secret(SessionToken),
    arn,
    accountId,
    region: request.region,
    expiresAt: Expiration?.getTime() ?? 0,
    requestId: answer.$metadata.requestId ?? '',
  }
}

/** The operation is unsigned; should the SDK ever look for credentials, it must not find the node's. */
async function refuseAmbientCredentials(): Promise<never> {
  throw new TypeError('AssumeRoleWithWebIdentity must not be signed')
}
