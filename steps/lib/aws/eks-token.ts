import { stepError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { stsHost, type AwsEndpoints } from './partitions.ts'
import { presignCallerIdentity } from './presign.ts'
import type { AwsSession } from './session.ts'

/** A bearer token for the API server of one EKS cluster. `expiresAt` in epoch milliseconds. */
export type EksToken = { readonly secret: Secret; readonly expiresAt: number }

/** EKS takes a URL that is no older (aws-iam-authenticator). */
const lifeMs = 15 * 60_000

/** EKS reads no longer token (aws-iam-authenticator). */
const longest = 4096

/**
 * The token that EKS takes: a presigned GetCallerIdentity for exactly this cluster, whose name is a signed header. Nothing is asked for it; whether
 * the cluster lets the role in, it says itself. EKS makes the call, and takes the plain hosts of STS and those of FIPS, none of dual-stack [K]. Throws EKS_TOKEN_TOO_LONG.
 */
export function eksToken(
  cluster: string,
  session: AwsSession,
  { now, endpoints }: { readonly now: number; readonly endpoints: AwsEndpoints | undefined },
): EksToken {
  const { region } = session
  const url = presignCallerIdentity({
    host: stsHost(region, { fips: endpoints?.fips ?? false, dualStack: false }),
    region,
    session,
    headers: { 'x-k8s-aws-id': cluster },
    now,
  })
  const secret = new Secret(`k8s-aws-v1.${Buffer.from(url.reveal()).toString('base64url')}`)
  const { length } = secret.reveal()
  if (length > longest) throw stepError('EKS_TOKEN_TOO_LONG', { length: String(length), role: session.arn })
  return { secret, expiresAt: Math.min(now + lifeMs, session.expiresAt) }
}
