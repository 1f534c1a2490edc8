import { AwsFault } from './aws-fault.ts'
import { refusal } from './sts-errors.ts'

/** What the API reference says of one text parameter; `min` and `max` count characters. */
export type Rule = {
  readonly name: string
  readonly required?: true
  /** Its value is never echoed. */
  readonly sensitive?: true
  readonly min: number
  readonly max: number
  readonly pattern?: string
}

/** A whole number with its limits. */
export type NumberRule = { readonly name: string; readonly min: number; readonly max: number }

/** A form or query by parameter name. */
export type Form = ReadonlyMap<string, string>

const memberName = (name: string): string =>
  (name.charAt(0).toLowerCase() + name.slice(1)).replace(
    /\.([A-Z])/g,
    (_, letter: string) => `.${letter.toLowerCase()}`,
  )

const at = (name: string): string => `at '${memberName(name)}' failed to satisfy constraint:`

const lengthViolations = (rule: Rule, value: string): string[] => {
  const found: string[] = []
  if (rule.pattern !== undefined && !new RegExp(`^(?:${rule.pattern})$`, 'u').test(value))
    found.push(`Member must satisfy regular expression pattern: ${rule.pattern}`)
  if (value.length < rule.min) found.push(`Member must have length greater than or equal to ${rule.min}`)
  if (value.length > rule.max) found.push(`Member must have length less than or equal to ${rule.max}`)
  return found
}

/** What is wrong with a text parameter, as AWS words it. */
export const textViolations = (rule: Rule, value: string | undefined): string[] => {
  if (value === undefined) return rule.required ? [`Value null ${at(rule.name)} Member must not be null`] : []
  // [K] assumption: AWS leaves out the value of a member marked sensitive.
  const subject = rule.sensitive ? `Value ${at(rule.name)}` : `Value '${value}' ${at(rule.name)}`
  return lengthViolations(rule, value).map((constraint) => `${subject} ${constraint}`)
}

/** What is wrong with a number; text that is no number is refused at once. */
export const numberViolations = (rule: NumberRule, value: string | undefined): string[] => {
  if (value === undefined) return []
  if (!/^-?\d{1,9}$/.test(value)) throw refusal('badNumber')
  const limit = `Value '${value}' ${at(rule.name)} Member must have value`
  if (Number(value) < rule.min) return [`${limit} greater than or equal to ${rule.min}`]
  return Number(value) > rule.max ? [`${limit} less than or equal to ${rule.max}`] : []
}

/** What is wrong with the length of a list. */
export const listViolations = (rule: NumberRule, list: readonly string[]): string[] => {
  const limit = `Value '[${list.join(', ')}]' ${at(rule.name)} Member must have length`
  if (list.length < rule.min) return [`${limit} greater than or equal to ${rule.min}`]
  return list.length > rule.max ? [`${limit} less than or equal to ${rule.max}`] : []
}

/** Refuses the request with all its faulty members counted in one text, as AWS does. */
export const refuseViolations = (violations: readonly string[]): void => {
  if (violations.length === 0) return
  const counted = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`
  throw new AwsFault('ValidationError', `${counted}: ${violations.join('; ')}`)
}

/** The values of `<name>.member.N<suffix>`, in the order of N. */
export const members = (form: Form, name: string, suffix = ''): readonly string[] =>
  [...form]
    .flatMap(([key, value]): [number, string][] => {
      const prefix = `${name}.member.`
      const number = key.slice(prefix.length, key.length - suffix.length)
      return key === prefix + number + suffix && /^\d+$/.test(number) ? [[Number(number), value]] : []
    })
    .toSorted(([a], [b]) => a - b)
    .map(([, value]) => value)
