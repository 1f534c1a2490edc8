import type { ErrorCode } from '../core/error-table.ts'
import { rfc3339 } from '../core/instant.ts'
import type { AwsFindings } from './findings.ts'
import { judgePolicy } from './judge-policy.ts'
import { failedRow, followsRow, type Row } from './row.ts'
import { oidcProvider, providerClientId, roleTrust } from './set-up/aws-role.ts'
import type { SetUp } from './set-up/set-up.ts'

/** A session that is used up in an hour need not be longer: a push that takes longer obtains another. */
const longSeconds = 3600

/** The role's trust policy, and the session by it. `issuerFailed`: rows of the issuer whose tokens STS is shown name a fault already. */
export function judgeAws(aws: AwsFindings, issuerFailed: boolean): readonly Row[] {
  const policy = judgePolicy(aws)
  return [...policy, ...sessionRows(aws, { policy, issuerFailed })]
}

/** What STS says of a token whose issuer it cannot verify tokens of; a role that it does not let in is another matter. */
const ofIssuer: ReadonlySet<ErrorCode> = new Set([
  'AWS_TOKEN_NOT_ACCEPTED',
  'AWS_TOKEN_NOT_TRUSTED',
  'AWS_PROVIDER_MISSING',
  'AWS_KEYS_UNREACHABLE',
  'AWS_CLUSTER_TOKEN_SIGNATURE_BAD',
])

type AroundSession = { readonly policy: readonly Row[]; readonly issuerFailed: boolean }

function sessionRows(aws: AwsFindings, { policy, issuerFailed }: AroundSession): readonly Row[] {
  const { worker, session } = aws
  const place = { check: 'session', about: worker.arn } as const
  if ('got' in session) {
    const text = `${session.got.arn} until ${rfc3339(session.got.expiresAt)}`
    return [{ ...place, standing: 'ok', cause: 'ok', text }, ...lengthRows(aws)]
  }
  const { error } = session
  if (isOfOthers(error.code)) return [followsRow(place, 'There is no token to show to STS.')]
  if (issuerFailed && ofIssuer.has(error.code)) return [followsRow(place, 'STS cannot verify tokens of that issuer.')]
  const isExplained = error.code === 'AWS_NOT_AUTHORIZED' && policy.some(({ standing }) => standing === 'failed')
  if (isExplained) return [followsRow(place, 'STS refused it, as the row above says.')]
  return [failedRow(place, error, missing(aws, error.code))]
}

/** Errors of the way to the token, which rows of their own tell. */
export function isOfOthers(code: ErrorCode): boolean {
  return /^(TOKEN|ENTRA|AKS)_/.test(code) || code === 'AWS_TOKEN_FILE_MISSING' || code === 'AWS_TOKEN_AUDIENCE_MISMATCH'
}

function missing({ role, sent }: AwsFindings, code: ErrorCode): readonly SetUp[] {
  if (sent === undefined) return []
  if (code === 'AWS_NOT_AUTHORIZED') return [roleTrust(role, sent, false)]
  const provider = { role, issuer: sent.issuer, clientId: sent.authorizedParty || sent.audience }
  // Which of the two it is STS does not say; the signature was looked at already.
  if (code === 'AWS_TOKEN_NOT_TRUSTED' || code === 'AWS_TOKEN_NOT_ACCEPTED')
    return [oidcProvider(provider), providerClientId(provider)]
  if (code === 'AWS_PROVIDER_MISSING') return [oidcProvider(provider)]
  return code === 'AWS_AUDIENCE_MISMATCH' ? [providerClientId(provider)] : []
}

function lengthRows({ role, durationSeconds, seenRole }: AwsFindings): readonly Row[] {
  const place = { check: 'session', about: role.arn } as const
  const allowed = 'policy' in seenRole ? (seenRole.maxSessionSeconds ?? 0) : 0
  return [
    ...(durationSeconds > longSeconds
      ? [
          {
            ...place,
            standing: 'weak',
            cause: 'session-longer-than-needed',
            text: `Sessions of ${hours(durationSeconds)} are asked for; what holds one keeps it to its end.`,
            advice: 'Give aws-session-duration: 15m. What takes longer obtains another session by itself.',
          } as const,
        ]
      : []),
    ...(allowed > longSeconds
      ? [
          {
            ...place,
            standing: 'weak',
            cause: 'role-allows-long-sessions',
            text: `The role gives sessions of up to ${hours(allowed)} to whoever asks with such a token.`,
            advice: `aws iam update-role --role-name ${role.name} --max-session-duration ${longSeconds}`,
          } as const,
        ]
      : []),
  ]
}

function hours(seconds: number): string {
  return `${Math.round(seconds / 360) / 10} h`
}
