import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readConfig } from './config-file.ts'
import { fullCloud } from './config-schema/full-cloud.ts'
import { parsePath, showPath } from './config-schema/json-schema.ts'
import { changed } from './config-schema/spoilt.ts'
import { exampleCloud } from './example-cloud.ts'

const withSchema = { $schema: './config.schema.json', ...fullCloud() }

describe('a file with a state of the clouds', () => {
  const faultsOf = (text: string): readonly string[] => {
    const read = readConfig('clouds.yaml', text)
    return 'faults' in read ? read.faults : []
  }

  test.each([
    ['YAML', stringify(withSchema)],
    ['JSON', JSON.stringify(withSchema, null, '\t')],
  ])('is read as %s', (_, text) => {
    expect(readConfig('clouds', text)).toEqual({ config: fullCloud() })
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
      'Reader',
      'got "Reader", expected "AcrPull", "AcrPush"',
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
    const faults = faultsOf(stringify(changed(withSchema, way, value)))
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
      expect.stringMatching(/^tenants\[0\]\.apps: two apps have the client id /),
      expect.stringMatching(/^tenants\[0\]\.apps\[2\]\.federatedCredentials: two federated credentials named /),
      expect.stringMatching(/^tenants\[0\]\.apps\[2\]\.federatedCredentials: two federated credentials for /),
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
