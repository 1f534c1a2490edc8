import type { TSSignature, TSType, TSTypeReference } from 'oxc-parser'
import type { JsonScalar, JsonSchema } from '../../sandbox/config-schema/json-schema.ts'
import { readSource, type Declaration, type Source } from './declarations.ts'

/** What a type cannot say of a field, by `Type.field`; of a list's entries by `Type.field[]`. */
export type Refinements = Readonly<Record<string, JsonSchema>>

type Generation = {
  readonly refinements: Refinements
  /** Names in `$defs`, with where each was declared. */
  readonly defs: Map<string, JsonSchema>
  readonly declared: Map<string, Declaration>
  readonly used: Set<string>
  readonly sources: Map<string, Source>
}

type Here = { readonly source: Source; readonly owner: string; readonly made: Generation }

/**
 * JSON Schema of a TypeScript type alias and of all that it names: the type stays the one place where a field is declared.
 * Throws at a form of type that it does not know, and for a refinement of a field that there is not.
 */
export function schemaOfType(file: string, name: string, refinements: Refinements = {}): JsonSchema {
  const made = { refinements, defs: new Map(), declared: new Map(), used: new Set<string>(), sources: new Map() }
  const source = readOnce(file, made)
  define(found(source, name, made), made)
  const dead = Object.keys(refinements).filter((path) => !made.used.has(path))
  if (dead.length > 0) throw new Error(`refinements of fields that there are not: ${dead.join(', ')}`)
  const { [name]: root = {}, ...others } = Object.fromEntries(made.defs)
  return { ...root, $defs: others }
}

function readOnce(file: string, made: Generation): Source {
  const source = made.sources.get(file) ?? readSource(file)
  made.sources.set(file, source)
  return source
}

function found(source: Source, name: string, made: Generation): Declaration {
  const own = source.types.get(name)
  if (own !== undefined) return own
  const imported = source.imports.get(name)
  if (imported === undefined) throw new Error(`${source.file}: no type alias ${name}`)
  return found(readOnce(imported.file, made), imported.name, made)
}

function define(declaration: Declaration, made: Generation): void {
  const { name, source, type, start } = declaration
  const earlier = made.declared.get(name)
  if (earlier !== undefined && earlier !== declaration) throw new Error(`two types are named ${name}`)
  if (earlier !== undefined) return
  made.declared.set(name, declaration)
  made.defs.set(name, {})
  const schema = schemaOf(type, { source, owner: name, made })
  made.defs.set(name, { ...described(source.docBefore(start)), ...schema })
}

function described(text: string): JsonSchema {
  return text === '' ? {} : { description: text }
}

type Form<K extends TSType['type']> = (type: Extract<TSType, { type: K }>, here: Here) => JsonSchema

/** The forms of type that have a schema; every other one is refused by its name. */
const schemasByForm: { readonly [K in TSType['type']]?: Form<K> } = {
  TSStringKeyword: () => ({ type: 'string' }),
  TSNumberKeyword: () => ({ type: 'number' }),
  TSBooleanKeyword: () => ({ type: 'boolean' }),
  TSNullKeyword: () => ({ type: 'null' }),
  TSUnknownKeyword: () => ({}),
  TSLiteralType: ({ literal }) => ({ enum: [literalOf(literal)] }),
  TSParenthesizedType: ({ typeAnnotation }, here) => schemaOf(typeAnnotation, here),
  TSTypeOperator: ({ typeAnnotation }, here) => schemaOf(typeAnnotation, here),
  TSArrayType: ({ elementType }, here) => ({ type: 'array', items: schemaOf(elementType, here) }),
  TSTupleType: ({ elementTypes }, here) => tupleOf(elementTypes, here),
  TSTypeLiteral: ({ members }, here) => objectOf(members, here),
  TSUnionType: ({ types }, here) =>
    unionOf(types.map((one) => ({ ...schemaOf(one, here), ...described(here.source.docBefore(one.start)) }))),
  TSIntersectionType: ({ types }, here) =>
    intersectionOf(
      types.map((one) => schemaOf(one, here)),
      here,
    ),
  TSTypeReference: referenceOf,
}

function schemaOf(type: TSType, here: Here): JsonSchema {
  const form = schemasByForm[type.type] as Form<TSType['type']> | undefined
  if (form === undefined) {
    throw new Error(`${here.source.file}: ${here.owner} has a ${type.type}, which type-schema.ts does not know`)
  }
  return form(type, here)
}

function literalOf(literal: { readonly type: string }): JsonScalar {
  if ('value' in literal && ['string', 'number', 'boolean'].includes(typeof literal.value)) {
    return literal.value as JsonScalar
  }
  throw new Error(`type-schema.ts does not know the literal ${literal.type}`)
}

/** Tuples of one kind of entry are lists of a fixed length. */
function tupleOf(elements: readonly unknown[], here: Here): JsonSchema {
  const entries = elements.map((element) => schemaOf(element as TSType, here))
  const [first = {}] = entries
  if (entries.some((entry) => JSON.stringify(entry) !== JSON.stringify(first))) {
    throw new Error(`${here.owner} has a tuple of several types, which type-schema.ts does not know`)
  }
  return { type: 'array', items: first, minItems: entries.length, maxItems: entries.length }
}

function objectOf(members: readonly TSSignature[], here: Here): JsonSchema {
  const fields = members.map((member) => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier' || member.typeAnnotation === null) {
      throw new Error(`${here.owner} has a ${member.type}, which type-schema.ts does not know`)
    }
    const { name } = member.key
    const plain = schemaOf(member.typeAnnotation.typeAnnotation, { ...here, owner: `${here.owner}.${name}` })
    const schema = refined(plain, `${here.owner}.${name}`, here.made)
    return { name, optional: member.optional, schema: { ...described(here.source.docBefore(member.start)), ...schema } }
  })
  const required = fields.filter(({ optional }) => !optional).map(({ name }) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ name, schema }) => [name, schema])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
}

function refined(schema: JsonSchema, path: string, made: Generation): JsonSchema {
  const own = take(path, made)
  const ofEntries = take(`${path}[]`, made)
  const items = ofEntries === undefined ? {} : { items: { ...schema.items, ...ofEntries } }
  return { ...schema, ...own, ...items }
}

function take(path: string, made: Generation): JsonSchema | undefined {
  if (Object.hasOwn(made.refinements, path)) made.used.add(path)
  return made.refinements[path]
}

/** Literals become one `enum`. */
function unionOf(forms: readonly JsonSchema[]): JsonSchema {
  const scalars = forms.flatMap((form) => form.enum ?? (form.type === 'null' ? [null] : []))
  const others = forms.filter((form) => form.enum === undefined && form.type !== 'null')
  const literal = scalars.length === 0 ? [] : [{ enum: scalars }]
  const [only, ...more] = [...literal, ...others]
  return more.length === 0 ? (only ?? {}) : { anyOf: [...literal, ...others] }
}

function intersectionOf(forms: readonly JsonSchema[], here: Here): JsonSchema {
  const objects = forms.map((form) => objectBehind(form, here))
  return {
    type: 'object',
    properties: Object.assign({}, ...objects.map(({ properties }) => properties)) as Record<string, JsonSchema>,
    required: objects.flatMap(({ required = [] }) => required),
    additionalProperties: false,
  }
}

function pickOf(from: TSType, keys: TSType, here: Here): JsonSchema {
  const { properties = {}, required = [] } = objectBehind(schemaOf(from, here), here)
  const picked = schemaOf(keys, here).enum?.map(String) ?? []
  return {
    type: 'object',
    properties: Object.fromEntries(picked.map((key) => [key, properties[key] ?? {}])),
    required: required.filter((key) => picked.includes(key)),
    additionalProperties: false,
  }
}

function objectBehind(form: JsonSchema, { owner, made }: Here): JsonSchema {
  const object = form.$ref === undefined ? form : made.defs.get(form.$ref.replace('#/$defs/', ''))
  if (object?.type !== 'object') throw new Error(`${owner} is made of something else than an object`)
  return object
}

function referenceOf(type: TSTypeReference, here: Here): JsonSchema {
  const name = type.typeName.type === 'Identifier' ? type.typeName.name : ''
  const [first, second] = type.typeArguments?.params ?? []
  if (name === 'Readonly' && first !== undefined) return schemaOf(first, here)
  if (/^(Readonly)?Array$/.test(name) && first !== undefined) return { type: 'array', items: schemaOf(first, here) }
  if (name === 'Record' && second !== undefined) return { type: 'object', additionalProperties: schemaOf(second, here) }
  if (name === 'Pick' && first !== undefined && second !== undefined) return pickOf(first, second, here)
  // JSON has no patterns: it says them so.
  if (name === 'RegExp') return regExpSchema
  define(found(here.source, name, here.made), here.made)
  return { $ref: `#/$defs/${name}` }
}

const regExpSchema: JsonSchema = {
  title: 'a mapping with a regular expression as "pattern"',
  type: 'object',
  properties: { pattern: { type: 'string' } },
  required: ['pattern'],
  additionalProperties: false,
}
