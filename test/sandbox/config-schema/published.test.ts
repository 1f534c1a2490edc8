import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import configSchema from '../config.schema.json' with { type: 'json' }
import controlSchema from '../control.schema.json' with { type: 'json' }
import { fabrikamCloud } from '../entra/fabrikam.ts'
import { exampleCloud } from '../example-cloud.ts'
import { fullCloud } from './full-cloud.ts'
import { jsonType, keywords } from './json-schema.ts'
import type { JsonSchema } from './json-schema.ts'
import { resolve, schemaFaults } from './schema-faults.ts'
import { changed, ways } from './spoilt.ts'

const schema = configSchema as unknown as JsonSchema
const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true })
const byAjv = ajv.compile(schema)

describe('the published schema', () => {
  test.each([
    ['the example', exampleCloud()],
    ['the state with people and subscriptions', fabrikamCloud()],
    ['the state with every field', { $schema: './config.schema.json', ...fullCloud() }],
  ])('takes %s, as ajv reads it and as the sandbox does', (_, cloud) => {
    expect(schemaFaults(schema, cloud)).toEqual([])
    expect(byAjv(cloud)).toBe(true)
  })

  test('has no field that is not spoilt below', () => {
    const used = new Set(usedFields(schema, { $schema: '', ...fullCloud() }))
    const unused = [...fieldsOf(schema)].filter(([, field]) => !used.has(field)).map(([name]) => name)
    expect(unused).toEqual([])
  })

  test('uses no keyword that the sandbox does not obey', () => {
    const used = [configSchema, controlSchema].flatMap((one) => [...usedKeywords(one)])
    expect(used.filter((keyword) => !keywords.has(keyword))).toEqual([])
  })

  test('is read by the sandbox as ajv reads it, whatever is spoilt', () => {
    const values = [undefined, null, '', 'x', 0, 1.5, -1, true, [], ['a', 'b'], [1], {}, { unknown: 1 }, '*']
    const cloud = { $schema: './config.schema.json', ...fullCloud() }
    let compared = 0
    for (const way of ways(cloud)) {
      for (const value of values) {
        const spoilt = changed(cloud, way, value)
        const faults = schemaFaults(schema, spoilt)
        expect({ way, value, fits: faults.length === 0 }).toEqual({ way, value, fits: byAjv(spoilt) })
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(4000)
  })
})

/** Keywords by where schemas may stand, so that a property that is named like one does not count. */
function* usedKeywords(one: unknown): Generator<string> {
  for (const [keyword, value] of Object.entries(one as object) as [string, unknown][]) {
    yield keyword
    if (['properties', '$defs'].includes(keyword))
      for (const entry of Object.values(value as object)) yield* usedKeywords(entry)
    if (keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object'))
      yield* usedKeywords(value)
    if (keyword === 'anyOf') for (const form of value as unknown[]) yield* usedKeywords(form)
  }
}

/** Every field that the schema declares, by its place in the schema. */
function* fieldsOf(one: JsonSchema, place = ''): Generator<readonly [string, JsonSchema]> {
  for (const [name, field] of Object.entries(one.properties ?? {})) {
    yield [`${place}.${name}`, field]
    yield* fieldsOf(field, `${place}.${name}`)
  }
  for (const [name, type] of Object.entries(one.$defs ?? {})) yield* fieldsOf(type, name)
  for (const form of formsBelow(one)) yield* fieldsOf(form, place)
}

/** The fields that a value has, as the schema itself holds them. */
function* usedFields(given: JsonSchema, value: unknown): Generator<JsonSchema> {
  const one = resolve(given, schema)
  for (const form of one.anyOf ?? []) yield* usedFields(form, value)
  if (Array.isArray(value) && one.items !== undefined) for (const entry of value) yield* usedFields(one.items, entry)
  if (jsonType(value) !== 'object') return
  for (const [name, entry] of Object.entries(value as object) as [string, unknown][]) {
    const field = one.properties?.[name]
    if (field !== undefined) yield field
    const below = field ?? one.additionalProperties
    if (typeof below === 'object') yield* usedFields(below, entry)
  }
}

function formsBelow({ anyOf = [], items, additionalProperties }: JsonSchema): readonly JsonSchema[] {
  const byName = typeof additionalProperties === 'object' ? [additionalProperties] : []
  return [...anyOf, ...(items === undefined ? [] : [items]), ...byName]
}
