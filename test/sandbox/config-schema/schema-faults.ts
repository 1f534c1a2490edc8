import { suggestion } from '../nearest-name.ts'
import { jsonType } from './json-schema.ts'
import type { JsonPath, JsonSchema, PathFault } from './json-schema.ts'
import { expected, shown } from './schema-words.ts'

type Place = { readonly root: JsonSchema; readonly path: JsonPath }
type Check = (schema: JsonSchema, value: unknown, place: Place) => readonly PathFault[]

/**
 * Everything in the value that does not fit, each with its path. Own code, because the command line is packed without the tools
 * of the repository; a test holds it against ajv.
 */
export function schemaFaults(root: JsonSchema, value: unknown, schema: JsonSchema = root): readonly PathFault[] {
  return faultsAt(schema, value, { root, path: [] })
}

function faultsAt(given: JsonSchema, value: unknown, place: Place): readonly PathFault[] {
  const schema = resolve(given, place.root)
  if (schema.anyOf !== undefined) return anyOfFaults(schema, value, place)
  if (!hasType(schema, value)) return [misfit(schema, value, place)]
  return checks.flatMap((check) => check(schema, value, place))
}

/** A `$ref` stands alone or beside words; its target decides. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema
  const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')]
  if (target === undefined) throw new Error(`the schema has no ${schema.$ref}`)
  return resolve(target, root)
}

function hasType({ type }: JsonSchema, value: unknown): boolean {
  if (type === undefined) return true
  return type === 'integer' ? Number.isInteger(value) : jsonType(value) === type
}

const checks: readonly Check[] = [
  (schema, value, place) => {
    const isListed = schema.enum === undefined || schema.enum.some((one) => one === value)
    return isListed ? [] : [misfit(schema, value, place)]
  },
  (schema, value, place) => {
    if (typeof value !== 'string' || schema.pattern === undefined) return []
    return new RegExp(schema.pattern, 'u').test(value) ? [] : [misfit(schema, value, place)]
  },
  (schema, value, place) => {
    if (typeof value !== 'number') return []
    const { minimum = -Infinity, maximum = Infinity } = schema
    return value >= minimum && value <= maximum ? [] : [misfit(schema, value, place)]
  },
  (schema, value, place) => {
    if (!Array.isArray(value)) return []
    const { minItems = 0, maxItems = Infinity, items } = schema
    const length = value.length >= minItems && value.length <= maxItems ? [] : [misfit(schema, value, place)]
    if (items === undefined) return length
    return [...length, ...value.flatMap((entry, index) => faultsAt(items, entry, below(place, index)))]
  },
  (schema, value, place) => (isObject(value) ? objectFaults(schema, value, place) : []),
]

function objectFaults(schema: JsonSchema, value: Readonly<Record<string, unknown>>, place: Place): PathFault[] {
  const properties = schema.properties ?? {}
  const { additionalProperties: others = true, required = [] } = schema
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => ({
      path: [...place.path, name],
      text: `missing, expected ${expected(properties[name] ?? {}, place.root)}`,
    }))
  const inside = Object.entries(value).flatMap(([name, entry]) => {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (own !== undefined) return faultsAt(own, entry, below(place, name))
    if (others === true) return []
    if (others !== false) return faultsAt(others, entry, below(place, name))
    return [{ path: [...place.path, name], text: `unknown key; ${suggestion(name, Object.keys(properties))}` }]
  })
  return [...missing, ...inside]
}

/** The faults of the one form that the value is meant as, where that can be told: by its type, or by an `enum` of one such as `kind`. */
function anyOfFaults(schema: JsonSchema, value: unknown, place: Place): readonly PathFault[] {
  const forms = (schema.anyOf ?? []).map((form) => resolve(form, place.root))
  if (forms.some((form) => faultsAt(form, value, place).length === 0)) return []
  const typed = forms.filter((form) => hasType(form, value))
  const meant = typed.filter((form) => typed.length === 1 || isNamedBy(form, value, place.root))
  const only = meant.length === 1 ? meant[0] : undefined
  if (only?.type === 'object' || only?.type === 'array') return faultsAt(only, value, place)
  return tagFaults(typed, value, place) ?? [misfit(schema, value, place)]
}

function isNamedBy(form: JsonSchema, value: unknown, root: JsonSchema): boolean {
  const tags = tagsOf(form, root)
  return isObject(value) && tags.length > 0 && tags.every(([name, tag]) => value[name] === tag)
}

/** Properties that say which form an object is: those with exactly one value allowed. */
function tagsOf(form: JsonSchema, root: JsonSchema): readonly (readonly [string, unknown])[] {
  return Object.entries(form.properties ?? {}).flatMap(([name, property]) => {
    const { enum: allowed = [] } = resolve(property, root)
    return allowed.length === 1 && form.required?.includes(name) === true ? [[name, allowed[0]] as const] : []
  })
}

/** Forms that all are told apart by one property: then that property is what is wrong. */
function tagFaults(forms: readonly JsonSchema[], value: unknown, place: Place): readonly PathFault[] | undefined {
  const tags = forms.map((form) => tagsOf(form, place.root)[0])
  const name = tags[0]?.[0]
  if (name === undefined || !isObject(value) || tags.some((tag) => tag?.[0] !== name)) return undefined
  const known = tags.map((tag) => String(tag?.[1]))
  const got = value[name]
  const hint = typeof got === 'string' ? `; ${suggestion(got, known)}` : ''
  const text = got === undefined ? 'missing' : `got ${shown(got)}`
  return [{ path: [...place.path, name], text: `${text}, expected one of ${known.join(', ')}${hint}` }]
}

function misfit(schema: JsonSchema, value: unknown, { root, path }: Place): PathFault {
  return { path, text: `got ${shown(value)}, expected ${expected(schema, root)}${quoteHint(schema, value, root)}` }
}

/** An account id written without quotes is a number to YAML, and loses its leading zeros. */
function quoteHint(schema: JsonSchema, value: unknown, root: JsonSchema): string {
  const isScalar = typeof value === 'number' || typeof value === 'boolean'
  return isScalar && resolve(schema, root).type === 'string' ? ' (put it in quotes)' : ''
}

function below({ root, path }: Place, part: string | number): Place {
  return { root, path: [...path, part] }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return jsonType(value) === 'object'
}
