import { AwsFault } from './aws-fault.ts'
import { refusal } from './sts-errors.ts'

/** Parameters of AssumeRoleWithWebIdentity after validation. */
export type AssumeParams = {
  readonly roleArn: string
  readonly roleSessionName: string
  readonly webIdentityToken: string
  readonly providerId: string | undefined
  readonly policy: string | undefined
  readonly policyArns: readonly string[]
  readonly durationSeconds: number | undefined
}

type Rule = {
  readonly name: string
  readonly required?: true
  /** Its value is never echoed. */
  readonly sensitive?: true
  readonly min: number
  readonly max: number
  readonly pattern?: string
}

/** Limits of the API reference (protocols.md §5.1); `min` and `max` count characters, for the duration seconds. */
const RULES: readonly Rule[] = [
  {
    name: 'RoleArn',
    required: true,
    min: 20,
    max: 2048,
    pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD]+',
  },
  { name: 'RoleSessionName', required: true, min: 2, max: 64, pattern: String.raw`[\w+=,.@-]*` },
  { name: 'WebIdentityToken', required: true, sensitive: true, min: 4, max: 20_000 },
  { name: 'ProviderId', min: 4, max: 2048 },
  { name: 'Policy', min: 1, max: 2048 },
]
const DURATION = { min: 900, max: 43_200 }
const MAX_POLICY_ARNS = 10

const memberName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const lengthViolations = (rule: Rule, value: string): string[] => {
  const found: string[] = []
  if (rule.pattern !== undefined && !new RegExp(`^(?:${rule.pattern})$`).test(value))
    found.push(`Member must satisfy regular expression pattern: ${rule.pattern}`)
  if (value.length < rule.min) found.push(`Member must have length greater than or equal to ${rule.min}`)
  if (value.length > rule.max) found.push(`Member must have length less than or equal to ${rule.max}`)
  return found
}

const violationsOf = (rule: Rule, value: string | undefined): string[] => {
  const at = `at '${memberName(rule.name)}' failed to satisfy constraint:`
  if (value === undefined) return rule.required ? [`Value null ${at} Member must not be null`] : []
  // [K] assumption: AWS leaves out the value of a member marked sensitive.
  const subject = rule.sensitive ? `Value ${at}` : `Value '${value}' ${at}`
  return lengthViolations(rule, value).map((constraint) => `${subject} ${constraint}`)
}

const durationViolations = (value: string | undefined): string[] => {
  if (value === undefined) return []
  if (!/^-?\d{1,9}$/.test(value)) throw refusal('badDuration')
  const at = `Value '${value}' at 'durationSeconds' failed to satisfy constraint: Member must have value`
  if (Number(value) < DURATION.min) return [`${at} greater than or equal to ${DURATION.min}`]
  return Number(value) > DURATION.max ? [`${at} less than or equal to ${DURATION.max}`] : []
}

const listOf = (form: ReadonlyMap<string, string>): readonly string[] =>
  [...form].filter(([name]) => /^PolicyArns\.member\.\d+\.arn$/.test(name)).map(([, value]) => value)

const listViolations = (arns: readonly string[]): string[] =>
  arns.length <= MAX_POLICY_ARNS
    ? []
    : [
        `Value '[${arns.join(', ')}]' at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${MAX_POLICY_ARNS}`,
      ]

/** Refuses the request with all its faulty members counted in one text, as AWS does. */
const refuseViolations = (violations: readonly string[]): void => {
  if (violations.length === 0) return
  const counted = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`
  throw new AwsFault('ValidationError', `${counted}: ${violations.join('; ')}`)
}

/** Validates the parameters of AssumeRoleWithWebIdentity, before anything else is looked at. */
export const readAssumeParams = (form: ReadonlyMap<string, string>): AssumeParams => {
  const duration = form.get('DurationSeconds')
  const policyArns = listOf(form)
  refuseViolations([
    ...RULES.flatMap((rule) => violationsOf(rule, form.get(rule.name))),
    ...durationViolations(duration),
    ...listViolations(policyArns),
  ])
  return {
    roleArn: form.get('RoleArn') ?? '',
    roleSessionName: form.get('RoleSessionName') ?? '',
    webIdentityToken: form.get('WebIdentityToken') ?? '',
    providerId: form.get('ProviderId'),
    policy: form.get('Policy'),
    policyArns,
    durationSeconds: duration === undefined ? undefined : Number(duration),
  }
}

/** The parameters of a form or query; a name that comes twice is refused, since which one counts is not documented. */
export const readForm = (text: string): ReadonlyMap<string, string> => {
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) throw refusal('repeatedParameter')
    form.set(name, value)
  }
  return form
}
