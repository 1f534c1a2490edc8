import schemaFile from '../../test/sandbox/control.schema.json' with { type: 'json' }
import type { JsonSchema } from '../../test/sandbox/config-schema/json-schema.ts'
import { resolve } from '../../test/sandbox/config-schema/schema-faults.ts'
import { expected } from '../../test/sandbox/config-schema/schema-words.ts'
import type { Given, Option } from './command.ts'
import { table } from './help.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const root = schemaFile as unknown as JsonSchema
const rule = definition('FaultRule').properties ?? {}
const forms = (definition('Fault').anyOf ?? []).map((form) => resolve(form, root))

/** What a field holds; `kind` is the fault's that has it so. */
type Form = { readonly kind?: string; readonly schema: JsonSchema }

/** A field of a fault, or of the rule that says which requests it befalls. Kinds of fault may have fields of one name. */
type Field = { readonly name: string; readonly forms: readonly Form[] }

const ruleFields: readonly Field[] = Object.entries(rule)
  .filter(([name]) => name !== 'fault')
  .map(([name, schema]) => ({ name, forms: [{ schema }] }))

const faultFields: readonly Field[] = fieldsOfKinds()

/** Kinds of fault that there are. */
export const faultKinds: readonly string[] = forms.map(kindOf)

/** Options of `fault add`: one for each field that the published schema has, so that a new kind of fault needs nothing here. */
export const faultOptions: Readonly<Record<string, Option>> = {
  kind: { takes: 'KIND', oneOf: faultKinds, summary: 'What goes wrong.' },
  ...Object.fromEntries(faultFields.map((field) => [kebab(field.name), optionOf(field)])),
  ...Object.fromEntries(ruleFields.map((field) => [kebab(field.name), optionOf(field)])),
  'path-pattern': { takes: 'REGEXP', summary: 'A pattern for the path instead of its beginning.' },
}

/** The kinds, for the help. */
export function kindTable(): string {
  return ['Kinds:', ...table(forms.map((form) => [kindOf(form), form.description ?? '']))].join('\n')
}

/** The rule that the options say; the sandbox checks it against the schema. */
export function ruleOf(given: Given): Readonly<Record<string, unknown>> {
  const pattern = given.text('path-pattern')
  const path = pattern === undefined ? {} : { path: { pattern } }
  const kind = given.text('kind')
  return { ...valuesOf(given, ruleFields), ...path, fault: { kind, ...valuesOf(given, faultFields) } }
}

/** Whether any option says something of a rule. */
export function saysRule(given: Given): boolean {
  return Object.keys(faultOptions).some((option) => given.text(option) !== undefined)
}

function definition(name: string): JsonSchema {
  return resolve({ $ref: `#/$defs/${name}` }, root)
}

function kindOf(form: JsonSchema): string {
  return String(form.properties?.['kind']?.enum?.[0])
}

function fieldsOfKinds(): readonly Field[] {
  const all = forms.flatMap((form) => {
    const fields = Object.entries(form.properties ?? {}).filter(([name]) => name !== 'kind')
    return fields.map(([name, schema]) => ({ name, schema, kind: kindOf(form) }))
  })
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, same]) => ({ name, forms: same }))
}

function optionOf({ forms: ways }: Field): Option {
  const [first] = ways
  const isOfRule = first?.kind === undefined
  const takes = ways.some(({ schema }) => isList(schema))
    ? 'LIST'
    : ways.every(({ schema }) => isText(schema))
      ? 'TEXT'
      : 'N'
  const listed = takes === 'LIST' ? ' Separated by commas.' : ''
  return { takes, summary: isOfRule ? `${wordsOf(first?.schema ?? {})}${listed}` : kindsSummary(ways) }
}

/** `For delay, clock-skew: a number.`, and what the other kinds take where they take something else. */
function kindsSummary(ways: readonly Form[]): string {
  const byWords = Map.groupBy(ways, ({ schema }) => wordsOf(schema))
  const parts = [...byWords].map(([words, same]) => `${same.map(({ kind }) => kind).join(', ')}: ${words}`)
  return `For ${parts.join('; for ')}.`
}

function wordsOf(schema: JsonSchema): string {
  return schema.description ?? expected(schema, root)
}

function valuesOf(given: Given, fields: readonly Field[]): Record<string, unknown> {
  const entries = fields.map(({ name, forms: ways }) => [name, valueOf(given.text(kebab(name)), ways)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** A list or a number where the schema takes one and the text is one; the text as it is otherwise, for the sandbox to refuse. */
function valueOf(text: string | undefined, ways: readonly Form[]): unknown {
  if (text === undefined) return undefined
  if (ways.some(({ schema }) => isList(schema))) return text.split(',')
  return !ways.every(({ schema }) => isText(schema)) && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function isList(schema: JsonSchema): boolean {
  return resolve(schema, root).type === 'array'
}

function isText(schema: JsonSchema): boolean {
  const { type, enum: values, anyOf } = resolve(schema, root)
  if (anyOf !== undefined) return anyOf.every((form) => isText(form) || form.type === 'object')
  return type === 'string' || values?.every((value) => typeof value === 'string') === true
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
