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

/** A field of a fault, or of the rule that says which requests it befalls. */
type Field = { readonly name: string; readonly schema: JsonSchema; readonly kinds: readonly string[] }

const ruleFields: readonly Field[] = Object.entries(rule)
  .filter(([name]) => name !== 'fault')
  .map(([name, schema]) => ({ name, schema, kinds: [] }))

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
  return [...Map.groupBy(all, ({ name }) => name)].map(([name, same]) => {
    return { name, schema: same[0]?.schema ?? {}, kinds: same.map(({ kind }) => kind) }
  })
}

function optionOf({ schema, kinds }: Field): Option {
  const words = schema.description ?? expected(schema, root)
  return {
    takes: isText(schema) ? 'TEXT' : 'N',
    summary: kinds.length === 0 ? words : `For ${kinds.join(', ')}: ${words}.`,
  }
}

function valuesOf(given: Given, fields: readonly Field[]): Record<string, unknown> {
  const entries = fields.map(({ name, schema }) => [name, valueOf(given.text(kebab(name)), schema)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** A number where the schema takes one and the text is one; the text as it is otherwise, for the sandbox to refuse. */
function valueOf(text: string | undefined, schema: JsonSchema): unknown {
  return text !== undefined && !isText(schema) && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

function isText(schema: JsonSchema): boolean {
  const { type, enum: values, anyOf } = resolve(schema, root)
  if (anyOf !== undefined) return anyOf.every((form) => isText(form) || form.type === 'object')
  return type === 'string' || values?.every((value) => typeof value === 'string') === true
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
