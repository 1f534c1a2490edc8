import { GetWebIdentityTokenCommand, STSClient } from '@aws-sdk/client-sts'
import type { ErrorCode } from '../core/error-table.ts'
import { audiencesOf, decodeToken, textClaim, timeClaim } from '../core/jwt.ts'
import { Secret } from '../core/secret.ts'
import { stsHost } from './partitions.ts'
import type { RoleArn } from './role-arn.ts'
import { answerLacks, type AwsAnswer } from './sdk-error.ts'
import { callSigned, signedSettings, type SignedRequest } from './signed-request.ts'
import { outboundPolicy } from './trust-policy.ts'

/** A token by which AWS says outside of AWS who the role is (outbound web identity federation). */
export type OutboundToken = {
  readonly secret: Secret
  readonly issuer: string
  /** ARN of the role. */
  readonly subject: string
  readonly audiences: readonly string[]
  readonly kid: string
  readonly id: string
  readonly notBefore: number | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
  readonly requestId: string
}

export type OutboundRequest = SignedRequest & {
  /** The role that `session` is of. */
  readonly role: RoleArn
  /** The one audience of the token: that of the federated credential. */
  readonly audience: string
}

/** AWS's own default. Shorter ones are allowed (60 s), but would not outlive a clock that is a little wrong. */
const lifeSeconds = 300

/** The only algorithm that Entra says it verifies; AWS has ES384 beside it. */
const algorithm = 'RS256'

const codes: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'AWS_OUTBOUND_NOT_AUTHORIZED',
  OutboundWebIdentityFederationDisabled: 'AWS_OUTBOUND_DISABLED',
}

/**
 * GetWebIdentityToken at the regional endpoint; the legacy global one lacks it. Throws AWS_OUTBOUND_NOT_AUTHORIZED, AWS_OUTBOUND_DISABLED, AWS_OUTBOUND_REFUSED,
 * AWS_SESSION_NOT_ACCEPTED, AWS_*, NETWORK_*.
 */
export async function outboundToken(request: OutboundRequest): Promise<OutboundToken> {
  const { session, role, audience, endpoints, patience } = request
  const client = new STSClient(signedSettings(request))
  const asked = { Audience: [audience], SigningAlgorithm: algorithm, DurationSeconds: lifeSeconds }
  return await callSigned(request, {
    codeOf,
    values: () => ({
      role: role.arn,
      'role name': role.name,
      account: role.accountId,
      audience,
      'identity policy': outboundPolicy(audience),
    }),
    use: async () => {
      const answer = await client.send(new GetWebIdentityTokenCommand(asked), { abortSignal: patience.signal })
      const token = answer.WebIdentityToken ?? ''
      const decoded = decodeToken(token)
      if (decoded === undefined) {
        throw answerLacks('a token', { service: 'STS', host: stsHost(session.region, endpoints) })
      }
      const { claims, header } = decoded
      return {
        secret: new Secret(token),
        issuer: textClaim(claims, 'iss'),
        subject: textClaim(claims, 'sub'),
        audiences: audiencesOf(claims),
        kid: textClaim(header, 'kid'),
        id: textClaim(claims, 'jti'),
        notBefore: timeClaim(claims, 'nbf'),
        expiresAt: timeClaim(claims, 'exp') ?? 0,
        requestId: answer.$metadata.requestId ?? '',
      }
    },
  })
}

/** What only this call can answer: what is left over of `ValidationError` and its kin has no other reader. */
function codeOf(answer: AwsAnswer): ErrorCode | undefined {
  if (Object.hasOwn(codes, answer.code)) return codes[answer.code]
  const own = ['ValidationError', 'JWTPayloadSizeExceeded', 'SessionDurationEscalation']
  return own.includes(answer.code) ? 'AWS_OUTBOUND_REFUSED' : undefined
}
