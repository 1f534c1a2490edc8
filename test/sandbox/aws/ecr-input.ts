import { AwsFault } from './aws-fault.ts'
import { isObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'

/** A parameter that breaks a constraint of the API reference. */
export const invalidParameter = (name: string, constraint: string): AwsFault =>
  new AwsFault(
    'InvalidParameterException',
    `Invalid parameter at '${name}' failed to satisfy constraint: '${constraint}'`,
  )

/** A form that a text has to have: publicly reported in this wording, with the pattern in quotes of its own. */
export type TextForm = {
  readonly pattern: RegExp
  readonly shown: string
  readonly min?: number
  readonly max?: number
}

const form = (shown: string, limits: { readonly min?: number; readonly max?: number } = {}): TextForm => ({
  pattern: new RegExp(`^(?:${shown})$`, 'u'),
  shown,
  ...limits,
})

/** Recorded 2026 from CreateRepository by a public test suite. */
export const REPOSITORY_NAME = form(
  String.raw`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`,
  { min: 2, max: 256 },
)
export const ACCOUNT_ID = form('[0-9]{12}')
export const DIGEST = form('[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+')
export const TAG = form('[a-zA-Z0-9-_.]+', { min: 1, max: 300 })

/** What is wrong with a text; undefined when nothing is. */
const textFault = ({ pattern, shown, min = 0, max = Infinity }: TextForm, value: string): string | undefined => {
  if (!pattern.test(value)) return `must satisfy regular expression '${shown}'`
  if (value.length < min) return `must have length greater than or equal to ${min}`
  return value.length > max ? `must have length less than or equal to ${max}` : undefined
}

/** A text of the input; undefined when it is not given. */
export const optionalText = (input: JsonObject, name: string, wanted?: TextForm): string | undefined => {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new AwsFault('SerializationException', `${name} is no text.`)
  const fault = wanted === undefined ? undefined : textFault(wanted, value)
  if (fault !== undefined) throw invalidParameter(name, fault)
  return value
}

/** A text of the input that must be there. */
export const requiredText = (input: JsonObject, name: string, wanted?: TextForm): string => {
  const value = optionalText(input, name, wanted)
  if (value === undefined) throw invalidParameter(name, 'must not be null')
  return value
}

/** A list of texts; empty when it is not given. */
export const textList = (input: JsonObject, name: string, wanted: TextForm, max = 100): readonly string[] => {
  const list: unknown = input[name] ?? []
  if (!Array.isArray(list)) throw new AwsFault('SerializationException', `${name} is no list.`)
  if (list.length > max) throw invalidParameter(name, `must have length less than or equal to ${max}`)
  return list.map((item: unknown) => {
    if (typeof item !== 'string')
      throw new AwsFault('SerializationException', `${name} holds something that is no text.`)
    const fault = textFault(wanted, item)
    if (fault !== undefined) throw invalidParameter(name, fault)
    return item
  })
}

/** A list of objects; empty when it is not given. */
export const objectList = (input: JsonObject, name: string): readonly JsonObject[] => {
  const list: unknown = input[name] ?? []
  if (Array.isArray(list) && list.every(isObject)) return list
  throw new AwsFault('SerializationException', `${name} is no list of objects.`)
}

/** An object of the input; undefined when it is not given. */
export const optionalObject = (input: JsonObject, name: string): JsonObject | undefined => {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw new AwsFault('SerializationException', `${name} is no object.`)
  return value
}

/** One of a few words; undefined when it is not given. */
export const optionalWord = <Word extends string>(
  input: JsonObject,
  name: string,
  words: readonly Word[],
): Word | undefined => {
  const value = optionalText(input, name)
  if (value === undefined) return undefined
  const found = words.find((word) => word === value)
  if (found === undefined) throw invalidParameter(name, `must satisfy enum value set: [${words.join(', ')}]`)
  return found
}

/** A whole number within limits; undefined when it is not given. */
export const optionalNumber = (
  input: JsonObject,
  name: string,
  limits: { readonly min: number; readonly max: number },
): number | undefined => {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new AwsFault('SerializationException', `${name} is no whole number.`)
  if (value < limits.min) throw invalidParameter(name, `must be greater than or equal to ${limits.min}`)
  if (value > limits.max) throw invalidParameter(name, `must be less than or equal to ${limits.max}`)
  return value
}
