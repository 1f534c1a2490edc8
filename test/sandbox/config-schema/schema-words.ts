import type { JsonSchema, JsonType } from './json-schema.ts'

const TYPE_WORDS: Readonly<Record<JsonType, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  object: 'a mapping',
  array: 'a list',
}

const LONGEST_SHOWN = 80

/** What a schema wants, as a noun phrase. */
export function expected(schema: JsonSchema, root: JsonSchema): string {
  if (schema.title !== undefined) return schema.title
  if (schema.$ref !== undefined) return expected(root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {}, root)
  if (schema.anyOf !== undefined) return alternatives(schema.anyOf.map((form) => expected(form, root)))
  if (schema.enum !== undefined) return alternatives(schema.enum.map((one) => JSON.stringify(one)))
  if (schema.type === undefined) return 'any value'
  return `${TYPE_WORDS[schema.type]}${limits(schema)}${entries(schema, root)}`
}

function alternatives(words: readonly string[]): string {
  const unique = [...new Set(words)]
  return unique.length < 2 ? (unique[0] ?? '') : `${unique.slice(0, -1).join(', ')} or ${unique.at(-1) ?? ''}`
}

function limits({ pattern, minimum, maximum }: JsonSchema): string {
  if (pattern !== undefined) return ` like ${pattern}`
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return ` of at least ${minimum}`
  return ''
}

function entries({ items, additionalProperties, minItems, maxItems }: JsonSchema, root: JsonSchema): string {
  if (typeof additionalProperties === 'object') return ' by name'
  const exactly = minItems !== undefined && minItems === maxItems ? ` of exactly ${minItems}` : ''
  const isWorthSaying = items?.type === 'string' || items?.title !== undefined
  return isWorthSaying ? `${exactly}, each ${expected(items, root)}` : exactly
}

/** A value as fault texts show it. */
export function shown(value: unknown): string {
  if (value === null) return 'nothing (null)'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object') return 'a mapping'
  const text = JSON.stringify(value)
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`
}
