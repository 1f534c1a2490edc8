import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { retry } from '../core/retry.ts'
import { stsHost } from './partitions.ts'
import { sdkSettings } from './sdk.ts'
import { sessionOf, type AwsSession } from './session.ts'
import { sessionPolicies } from './session-policies.ts'
import { stsError } from './sts-error.ts'
import type { WebIdentityRequest } from './web-identity-request.ts'

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
        ...sessionPolicies(request),
      }),
      { abortSignal: request.patience.signal },
    )
    return sessionOf({ ...request, host }, answer)
  } catch (error) {
    throw stsError(error, request, token)
  }
}

/** The operation is unsigned; should the SDK ever look for credentials, it must not find the node's. */
async function refuseAmbientCredentials(): Promise<never> {
  throw new TypeError('AssumeRoleWithWebIdentity must not be signed')
}
