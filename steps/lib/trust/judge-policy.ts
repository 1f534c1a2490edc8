import type { PolicyStatement, ReadPolicy } from '../aws/policy-statement.ts'
import type { RoleArn } from '../aws/role-arn.ts'
import { bindingOf, evaluateTrust, statementsFor, type TrustObstacle } from '../aws/trust-evaluation.ts'
import { withoutScheme, type TrustedToken } from '../aws/trust-policy.ts'
import type { AwsFindings, PolicySource } from './findings.ts'
import { followsRow, type Row } from './row.ts'
import { roleTrust } from './set-up/aws-role.ts'

type Place = Pick<Row, 'check' | 'about'>

/** A trust policy that could be read, and where. */
type Seen = { readonly policy: ReadPolicy; readonly from: PolicySource }

/** What the role's trust policy lets in: by iam:GetRole where the session may, else by the file, else it was not seen. */
export function judgePolicy(aws: AwsFindings): readonly Row[] {
  const place = { check: 'trust-policy', about: aws.role.arn } as const
  const seen = seenPolicy(aws)
  if (seen === undefined) {
    const reason = 'unseen' in aws.seenRole ? aws.seenRole.unseen : ''
    const text = `${reason}; trust-policy can name a file that holds it`
    return [{ ...place, standing: 'not seen', cause: 'trust-policy-not-seen', text }]
  }
  if ('fault' in seen.policy) {
    const text = `What was read as the trust policy cannot be understood: ${seen.policy.fault}.`
    const advice = `aws iam get-role --role-name ${aws.role.name} --query Role.AssumeRolePolicyDocument`
    return [{ ...place, standing: 'failed', cause: 'trust-policy-unreadable', text, advice }]
  }
  const { statements } = seen.policy
  return aws.sent === undefined
    ? judgeWithoutToken(place, statements)
    : judgeFor(aws, aws.sent, { statements, from: seen.from })
}

function seenPolicy({ seenRole, filePolicy }: AwsFindings): Seen | undefined {
  if ('policy' in seenRole) return { policy: seenRole.policy, from: 'iam' }
  return filePolicy === undefined ? undefined : { policy: filePolicy, from: 'file' }
}

type Read = { readonly statements: readonly PolicyStatement[]; readonly from: PolicySource }

function judgeFor(aws: AwsFindings, token: TrustedToken, { statements, from }: Read): readonly Row[] {
  const { role, sessionName, session } = aws
  const place = { check: 'trust-policy', about: role.arn } as const
  const create = [roleTrust(role, token, false)]
  const verdict = evaluateTrust(statements, { role, token, sessionName })
  if (verdict.admits === 'no' && !aws.letIn) return [obstacleRow(place, verdict.obstacles, create)]
  if (verdict.admits === 'no' && from === 'file') {
    const text = 'The file does not let this token in, and STS does: AWS has another policy.'
    return [{ ...place, standing: 'weak', cause: 'trust-policy-differs', text, create }]
  }
  if (verdict.admits !== 'yes') {
    const conditions =
      verdict.admits === 'unknown' ? verdict.conditions.map(({ operator, key }) => `${operator} ${key}`) : []
    const text = `It looks at what is not known here: ${conditions.join(', ') || 'something in its statements'}`
    return [
      { ...place, standing: 'not seen', cause: 'trust-policy-not-judged', text },
      ...bindingRows(role, token, statementsFor(statements, { role, token })),
    ]
  }
  if ('error' in session && session.error.code === 'AWS_NOT_AUTHORIZED') {
    const text =
      'This policy lets the token in, and STS does not: the role does not exist, or AWS has another policy for it.'
    return [
      {
        ...place,
        standing: 'failed',
        cause: 'role-missing-or-policy-differs',
        text,
        create: [roleTrust(role, token, true)],
      },
    ]
  }
  const bindings = bindingRows(role, token, verdict.statements)
  if (bindings.length > 0) return bindings
  const text =
    token.authorizedParty === '' ? 'aud and sub are those of the token' : 'aud, oaud and sub are those of the token'
  return [{ ...place, standing: 'ok', cause: 'ok', text: `${text} (${from === 'iam' ? 'iam:GetRole' : 'file'})` }]
}

function obstacleRow(place: Place, obstacles: readonly TrustObstacle[], create: Row['create']): Row {
  const texts = obstacles.map(({ wanted, found }) => `it has ${found}; the token needs ${wanted}`)
  const cause = `trust-policy-${obstacles[0]?.part ?? 'no-statement'}`
  return {
    ...place,
    standing: 'failed',
    cause,
    text: `The policy keeps this token out: ${texts.join('; ')}.`,
    ...(create === undefined ? {} : { create }),
  }
}

/** What works, and lets more in than this token: `oaud` of v2 tokens is no matter of taste, any API of the client could replay its tokens. */
function bindingRows(role: RoleArn, token: TrustedToken, statements: readonly PolicyStatement[]): readonly Row[] {
  const place = { check: 'trust-policy', about: role.arn } as const
  const create = [roleTrust(role, token, false)]
  return statements.flatMap((statement) =>
    bindingFaults(statement, token.issuer, token.authorizedParty !== '').map((fault) => ({
      ...place,
      ...fault,
      create,
    })),
  )
}

type BindingFault = Pick<Row, 'standing' | 'cause' | 'text'>

function bindingFaults(statement: PolicyStatement, issuer: string, isV2: boolean): readonly BindingFault[] {
  const key = withoutScheme(issuer)
  const [aud, oaud, sub] = (['aud', 'oaud', 'sub'] as const).map((claim) => bindingOf(statement, issuer, claim))
  return [
    ...(isV2 && oaud !== 'exact'
      ? [
          {
            standing: 'failed',
            cause: 'trust-policy-without-oaud',
            text: `A statement does not pin ${key}:oaud: every v2 token of the client, for whatever API, is let in, and that API could replay it.`,
          } as const,
        ]
      : []),
    ...(sub === 'none'
      ? [
          {
            standing: 'weak',
            cause: 'trust-policy-without-sub',
            text: `A statement does not pin ${key}:sub: whoever gets a token with this audience may be let in.`,
          } as const,
        ]
      : []),
    ...(sub === 'pattern'
      ? [
          {
            standing: 'weak',
            cause: 'trust-policy-wide-sub',
            text: `A statement lets in a pattern of ${key}:sub.`,
          } as const,
        ]
      : []),
    ...(aud === 'none'
      ? [
          {
            standing: 'weak',
            cause: 'trust-policy-without-aud',
            text: `A statement does not pin ${key}:aud: every audience in the provider's client-ID list is let in.`,
          } as const,
        ]
      : []),
  ]
}

/** Issuers of v2 tokens, as provider ARNs end in them. */
const v2Provider = /:oidc-provider\/(login\.[a-z.]+\/[0-9a-f-]{36}\/v2\.0)$/i

/** Without a token it cannot be said whom the policy lets in, but whether it binds a v2 issuer as it must. */
function judgeWithoutToken(place: Place, statements: readonly PolicyStatement[]): readonly Row[] {
  const faults = statements.flatMap((statement) => {
    const [, issuer] = statement.federated.map((arn) => v2Provider.exec(arn)).find((match) => match !== null) ?? []
    if (issuer === undefined || statement.effect !== 'Allow') return []
    return bindingFaults(statement, `https://${issuer}`, true).map((fault): Row => ({ ...place, ...fault }))
  })
  return faults.length > 0 ? faults : [followsRow(place, 'There is no token yet to compare it with.')]
}
