import { refusal } from './sts-errors.ts'
import { listViolations, members, numberViolations, refuseViolations, textViolations } from './sts-validation.ts'
import type { Form, Rule } from './sts-validation.ts'

/** What both ways to assume a role are asked. */
export type SessionParams = {
  readonly roleArn: string
  readonly roleSessionName: string
  readonly policy: string | undefined
  readonly policyArns: readonly string[]
  readonly durationSeconds: number | undefined
  readonly minimumTokenSize: number
}

/** Parameters of AssumeRoleWithWebIdentity after validation. */
export type AssumeParams = SessionParams & {
  readonly webIdentityToken: string
  readonly providerId: string | undefined
}

/** Limits of the API reference (protocols.md §5.1). */
const SESSION_RULES = {
  arn: {
    name: 'RoleArn',
    required: true,
    min: 20,
    max: 2048,
    pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD]+',
  },
  sessionName: { name: 'RoleSessionName', required: true, min: 2, max: 64, pattern: String.raw`[\w+=,.@-]*` },
  policy: { name: 'Policy', min: 1, max: 2048 },
} as const satisfies Record<string, Rule>

const WEB_IDENTITY_RULES: readonly Rule[] = [
  SESSION_RULES.arn,
  SESSION_RULES.sessionName,
  { name: 'WebIdentityToken', required: true, sensitive: true, min: 4, max: 20_000 },
  { name: 'ProviderId', min: 4, max: 2048 },
  SESSION_RULES.policy,
]
const DURATION = { name: 'DurationSeconds', min: 900, max: 43_200 }
const TOKEN_SIZE = { name: 'MinimumSessionTokenSize', min: 0, max: 4096 }
const POLICY_ARNS = { name: 'PolicyArns', min: 0, max: 10 }

const policyArnsOf = (form: Form): readonly string[] => members(form, 'PolicyArns', '.arn')

/** What is wrong with the parameters that both ways share, those of the given rules in their order. */
export const sessionViolations = (form: Form, rules: readonly Rule[]): readonly string[] => [
  ...rules.flatMap((rule) => textViolations(rule, form.get(rule.name))),
  ...numberViolations(DURATION, form.get(DURATION.name)),
  ...numberViolations(TOKEN_SIZE, form.get(TOKEN_SIZE.name)),
  ...listViolations(POLICY_ARNS, policyArnsOf(form)),
]

/** The rules of the text parameters that both ways share. */
export const ROLE_RULES: readonly Rule[] = Object.values(SESSION_RULES)

/** Reads what both ways share, once it is validated. */
export const readSessionParams = (form: Form): SessionParams => {
  const duration = form.get(DURATION.name)
  return {
    roleArn: form.get('RoleArn') ?? '',
    roleSessionName: form.get('RoleSessionName') ?? '',
    policy: form.get('Policy'),
    policyArns: policyArnsOf(form),
    durationSeconds: duration === undefined ? undefined : Number(duration),
    minimumTokenSize: Number(form.get(TOKEN_SIZE.name) ?? 0),
  }
}

/** Validates the parameters of AssumeRoleWithWebIdentity, before anything else is looked at. */
export const readAssumeParams = (form: Form): AssumeParams => {
  refuseViolations(sessionViolations(form, WEB_IDENTITY_RULES))
  return {
    ...readSessionParams(form),
    webIdentityToken: form.get('WebIdentityToken') ?? '',
    providerId: form.get('ProviderId'),
  }
}

/** The parameters of a form or query; a name that comes twice is refused, since which one counts is not documented. */
export const readForm = (text: string): Form => {
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) throw refusal('repeatedParameter')
    form.set(name, value)
  }
  return form
}
