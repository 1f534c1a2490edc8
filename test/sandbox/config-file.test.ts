import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readConfig } from './config-file.ts'
import configSchema from './config.schema.json' with { type: 'json' }
import { keywords, parsePath, showPath } from './config-schema/json-schema.ts'
import type { JsonSchema } from './config-schema/json-schema.ts'
import { schemaFaults } from './config-schema/schema-faults.ts'
import controlSchema from './control.schema.json' with { type: 'json' }
import { exampleCloud } from './example-cloud.ts'

const schema = configSchema as unknown as JsonSchema
const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true })
const byAjv = ajv.compile(schema)

/** A state that has every optional field of the schema at least once, so that each of them is spoilt below. */
function fullCloud(): unknown {
  const cloud = structuredClone(exampleCloud()) as unknown as Record<string, Record<string, unknown>[]>
  Object.assign(cloud['tenants']?.[0] ?? {}, { cloud: 'public', accessTokenLifetime: 3600 })
  const [account] = cloud['accounts'] ?? []
  const managedPolicies = { 'arn:aws:iam::aws:policy/X': { Version: '2012-10-17', Statement: [] } }
  Object.assign(account ?? {}, { partition: 'aws', managedPolicies })
  Object.assign((account?.['roles'] as object[] | undefined)?.[0] ?? {}, { path: '/ci/', maxSessionDuration: 3600 })
  return { $schema: './config.schema.json', ...cloud }
}

/** Every way into a value. */
function* ways(value: unknown, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, entry] of Object.entries(value))
    yield* ways(entry, [...path, Array.isArray(value) ? Number(key) : key])
}

/** The value with another one at the end of the way; `undefined` takes it away. */
function changed(value: unknown, [first, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (first === undefined) return to
  const copy = structuredClone(value) as Record<string | number, unknown>
  const next = rest.length === 0 ? to : changed(copy[first], rest, to)
  if (next === undefined && Array.isArray(copy)) copy.splice(Number(first), 1)
  else if (next === undefined) Reflect.deleteProperty(copy, first)
  else copy[first] = next
  return copy
}

describe('the published schema', () => {
  test('takes the example, as ajv reads it and as the sandbox does', () => {
    expect(byAjv(exampleCloud())).toBe(true)
    expect(schemaFaults(schema, exampleCloud())).toEqual([])
    expect(byAjv(fullCloud())).toBe(true)
    expect(schemaFaults(schema, fullCloud())).toEqual([])
  })

  test('uses no keyword that the sandbox does not obey', () => {
    const used = [configSchema, controlSchema].flatMap((one) => [...usedKeywords(one)])
    expect(used.filter((keyword) => !keywords.has(keyword))).toEqual([])
  })

  test('is read by the sandbox as ajv reads it, whatever is spoilt', () => {
    const values = [undefined, null, '', 'x', 0, 1.5, -1, true, [], ['a', 'b'], [1], {}, { unknown: 1 }, '*']
    const cloud = fullCloud()
    let compared = 0
    for (const way of ways(cloud)) {
      for (const value of values) {
        const spoilt = changed(cloud, way, value)
        const faults = schemaFaults(schema, spoilt)
        expect({ way, value, fits: faults.length === 0 }).toEqual({ way, value, fits: byAjv(spoilt) })
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(1000)
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

describe('a file with a state of the clouds', () => {
  const faultsOf = (text: string): readonly string[] => {
    const read = readConfig('clouds.yaml', text)
    return 'faults' in read ? read.faults : []
  }

  test.each([
    ['YAML', stringify(fullCloud())],
    ['JSON', JSON.stringify(fullCloud(), null, '\t')],
  ])('is read as %s', (_, text) => {
    const { $schema: _schema, ...config } = fullCloud() as { $schema: string }
    expect(readConfig('clouds', text)).toEqual({ config })
  })

  test('that is no YAML is refused with the place', () => {
    expect(faultsOf('issuers: []\nissuers: []\n')).toEqual(['clouds.yaml: Map keys must be unique at line 2, column 1'])
    expect(faultsOf('')).toEqual([expect.stringContaining('the whole: got nothing (null)')])
  })

  test.each<[what: string, way: readonly (string | number)[], value: unknown, fault: string]>([
    [
      'a misspelt key',
      ['tenants', 0, 'apps', 0, 'federatedCredential'],
      [],
      'unknown key; did you mean "federatedCredentials"?',
    ],
    ['a key in other case', ['accounts', 0, 'oidcproviders'], [], 'unknown key; did you mean "oidcProviders"?'],
    [
      'a GUID that is none',
      ['tenants', 0, 'apps', 1, 'clientId'],
      'abc',
      'tenants[0].apps[1].clientId: got "abc", expected a GUID',
    ],
    [
      'two audiences',
      ['tenants', 0, 'apps', 0, 'federatedCredentials', 0, 'audiences'],
      ['a', 'b'],
      'got a list of 2, expected a list of exactly 1, each a text',
    ],
    [
      'a word that is not allowed',
      ['acrRegistries', 0, 'roleAssignments', 0, 'role'],
      'Owner',
      'got "Owner", expected "AcrPull"',
    ],
    [
      'an old policy version',
      ['accounts', 0, 'roles', 0, 'trustPolicy', 'Version'],
      '2008-10-17',
      'got "2008-10-17", expected "2012-10-17"',
    ],
    [
      'an ARN as principal',
      ['accounts', 0, 'roles', 0, 'trustPolicy', 'Statement', 0, 'Principal'],
      'arn:x',
      'expected "*" or a mapping by name',
    ],
    [
      'a session of a day',
      ['accounts', 0, 'roles', 0, 'maxSessionDuration'],
      86_400,
      'got 86400, expected seconds from 3600 to 43200',
    ],
    [
      'a missing name',
      ['accounts', 0, 'roles', 0, 'name'],
      undefined,
      'accounts[0].roles[0].name: missing, expected a role’s name',
    ],
  ])('is refused with the path: %s', (_, way, value, fault) => {
    const faults = faultsOf(stringify(changed(fullCloud(), way, value)))
    expect(faults.join('\n').replaceAll("'", '’')).toContain(fault)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^clouds\.yaml:\d+:\d+ /)
  })

  test('that no cloud would hold is refused with the path of each fault', () => {
    const cloud = exampleCloud()
    const [tenant] = cloud.tenants
    const [app] = tenant?.apps ?? []
    const [credential] = app?.federatedCredentials ?? []
    const twice = {
      ...app,
      federatedCredentials: [credential, { ...credential, name: '-' }, { ...credential, subject: '' }],
    }
    const text = stringify(
      { ...cloud, tenants: [{ ...tenant, apps: [...(tenant?.apps ?? []), twice] }] },
      { aliasDuplicateObjects: false },
    )
    expect(faultsOf(text).map((fault) => fault.replace(/^clouds\.yaml:\d+:\d+ /, ''))).toEqual([
      expect.stringMatching(/^tenants\[0\]\.apps\[2\]\.clientId: two apps have the client id /),
      expect.stringMatching(
        /^tenants\[0\]\.apps\[2\]\.federatedCredentials\[2\]\.name: two federated credentials named /,
      ),
      expect.stringMatching(/^tenants\[0\]\.apps\[2\]\.federatedCredentials\[1\]: two federated credentials for /),
      'tenants[0].apps[2].federatedCredentials[1].name: the name - is not allowed',
      'tenants[0].apps[2].federatedCredentials[2].subject: empty or longer than 600',
    ])
  })
})

test('a path is read back from the text that shows it', () => {
  for (const path of [[], ['a'], ['a', 0, 'b-c', 'with space', 1, 'q"uote', 'login.example/x:aud', '\\']]) {
    expect(parsePath(`${showPath(path)}: text: more`)).toEqual(path)
  }
  expect(parsePath('account 123456789012: a text')).toBeUndefined()
})
