import type { Patience } from '../core/retry.ts'
import type { Secret } from '../core/secret.ts'
import type { HttpClient } from '../http/client.ts'
import type { AwsEndpoints } from './partitions.ts'
import type { RoleArn } from './role-arn.ts'

/** The token that goes to STS, with the values that AWS compares. An Entra token is one. */
export type WebIdentityToken = {
  readonly secret: Secret
  readonly issuer: string
  readonly audience: string
  /** `azp`, `''` where the token has none. */
  readonly authorizedParty: string
  readonly subject: string
  readonly kid: string
}

/** One call of AssumeRoleWithWebIdentity. */
export type WebIdentityRequest = {
  readonly role: RoleArn
  readonly region: string
  readonly sessionName: string
  /** Seconds, 900 to 43,200. */
  readonly durationSeconds: number
  /** Inline session policy, JSON text of at most 2,048 characters; the session may do only what role and policy both allow. */
  readonly policy?: string | undefined
  /** Managed session policies, ten at most. What they and `policy` allow adds up, and narrows the role. */
  readonly policyArns?: readonly string[] | undefined
  /** Which endpoint of the region's STS is asked; the plain one where it is absent. */
  readonly endpoints?: AwsEndpoints | undefined
  /** Gives the token for one attempt, so that a retry after expiry sends a new one. */
  readonly token: () => Promise<WebIdentityToken>
  readonly appId: string
  readonly http: HttpClient
  readonly patience: Patience
}
