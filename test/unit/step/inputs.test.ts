import { expect, test } from 'vitest'
import { defineStep } from '../../../steps/lib/step/define-step.ts'
import { parseInputs } from '../../../steps/lib/step/inputs.ts'

const step = defineStep({
  name: 'try-inputs',
  summary: 'A step with an input of every kind.',
  params: {
    identity: { kind: 'text', description: 'x', default: 'entra-identity' },
    plain: { kind: 'text', description: 'x', default: 'fallback' },
    id: {
      kind: 'text',
      description: 'x',
      profile: true,
      webhook: 'AZURE_CLIENT_ID',
      pattern: /^[a-z0-9-]+$/,
      expected: 'an id',
    },
    cloud: {
      kind: 'text',
      description: 'x',
      webhook: 'HOST',
      webhookValues: { 'https://h': 'B' },
      oneOf: ['A', 'B'],
      default: 'A',
    },
    maybe: { kind: 'text', description: 'x', optional: true },
    flag: { kind: 'flag', description: 'x', default: 'false' },
    wait: { kind: 'duration', description: 'x', default: '20s' },
    guard: {
      kind: 'list',
      description: 'x',
      profile: true,
      default: [],
      pattern: /^\d+$/,
      expected: 'numbers',
      narrows: true,
    },
    match: { kind: 'text', description: 'x', profile: true, oneOf: ['all', 'any'], default: 'all' },
    rule: { kind: 'list', description: 'x', profile: true, default: [], adds: { notWith: ['match', 'any'] } },
    always: { kind: 'list', description: 'x', profile: true, default: [], adds: {} },
  },
  workspaces: { source: { description: 'x' } },
  results: {},
  token: false,
})

const base = { WORKSPACE_SOURCE: '/w', PARAM_ID: 'one' }
const parse = (env: Record<string, string>, args: string[] = []) =>
  parseInputs(step, { env: { ...base, ...env }, args })

function faultsOf(env: Record<string, string>, args: string[] = []): string[] {
  try {
    parse(env, args)
  } catch (error) {
    const { faults } = error as { faults: { param: string; got: string; expected: string }[] }
    return faults.map(({ param, got, expected }) => `${param} | ${got} | ${expected}`)
  }
  return []
}

test('types every kind of value', () => {
  const { inputs, workspaces } = parse({ PARAM_FLAG: 'true', PARAM_WAIT: '1m', PARAM_PLAIN: ' trimmed\n' }, [
    '--guard',
    '1',
    '2',
  ])
  expect(inputs).toEqual({
    identity: 'entra-identity',
    plain: 'trimmed',
    id: 'one',
    cloud: 'A',
    maybe: undefined,
    flag: true,
    wait: 60_000,
    guard: ['1', '2'],
    match: 'all',
    rule: [],
    always: [],
  })
  expect(workspaces).toEqual({ source: '/w' })
  // The compiler knows them as well: an enumeration is its members, an optional value may be missing.
  const cloud: 'A' | 'B' = inputs.cloud
  const maybe: string | undefined = inputs.maybe
  expect([cloud, maybe]).toEqual(['A', undefined])
})

test('a param beats the profile, the profile the webhook, the webhook the default', () => {
  const from = (env: Record<string, string>, name: 'id' | 'cloud') => {
    const shown: string[] = []
    const { inputs } = parseInputs(step, { env: { ...base, ...env }, args: [] }, (effective) => {
      shown.push(...effective.filter((input) => input.name === name).map((input) => input.from))
    })
    return `${inputs[name]} ${shown.join()}`
  }
  expect(from({ PARAM_ID: 'p', PROFILE_ID: 'q', AZURE_CLIENT_ID: 'r' }, 'id')).toBe('p param')
  expect(from({ PARAM_ID: '', PROFILE_ID: 'q\n', AZURE_CLIENT_ID: 'r' }, 'id')).toBe('q profile')
  expect(from({ PARAM_ID: ' ', PROFILE_ID: '', AZURE_CLIENT_ID: 'r' }, 'id')).toBe('r webhook AZURE_CLIENT_ID')
  expect(from({ HOST: 'https://h/' }, 'cloud')).toBe('B webhook HOST')
  expect(from({}, 'cloud')).toBe('A default')
})

test('says of a missing value both ways to give it', () => {
  expect(faultsOf({ PARAM_ID: '' })).toEqual([
    'id | nothing | an id, by the param id or by the key id in the ConfigMap entra-identity of this namespace',
  ])
})

test('names all faults at once, each as the user spells it', () => {
  expect(
    faultsOf(
      { PARAM_ID: '', PROFILE_ID: 'NO', PARAM_FLAG: 'yes', PARAM_WAIT: 'soon', PARAM_CLOUD: 'C', WORKSPACE_SOURCE: '' },
      ['--guard', 'x', '--gard', '1', '--'],
    ),
  ).toEqual([
    '--gard | --gard | a list of this step; values may not begin with --',
    '-- | -- | a list of this step; values may not begin with --',
    'id (profile entra-identity) | NO | an id',
    'cloud | C | one of A, B',
    'flag | yes | "true" or "false"',
    'wait | soon | a duration such as 30s, 15m or 1h30m',
    'guard | x | numbers',
    'workspace source | nothing | a bound workspace',
  ])
})

test('a guard of the profile can be narrowed, never widened', () => {
  expect(parse({ PROFILE_GUARD: '1, 2\n3' }).inputs.guard).toEqual(['1', '2', '3'])
  expect(parse({ PROFILE_GUARD: '1,2' }, ['--guard', '2']).inputs.guard).toEqual(['2'])
  expect(faultsOf({ PROFILE_GUARD: '1,2' }, ['--guard', '2', '7'])).toEqual([
    "guard | 7 | entries of the profile's own list (1 2): a param can only narrow it",
  ])
})

test('a rule of the profile can be added to, never taken away, nor added to where one entry is enough', () => {
  expect(parse({ PROFILE_RULE: 'a b' }).inputs.rule).toEqual(['a', 'b'])
  expect(parse({ PROFILE_RULE: 'a b' }, ['--rule', 'b', 'c']).inputs.rule).toEqual(['a', 'b', 'c'])
  expect(parse({ PROFILE_ALWAYS: 'a', PROFILE_MATCH: 'any' }, ['--always', 'b']).inputs.always).toEqual(['a', 'b'])
  expect(parse({ PROFILE_MATCH: 'any' }, ['--rule', 'c']).inputs.rule).toEqual(['c'])
  expect(faultsOf({ PROFILE_RULE: 'a', PROFILE_MATCH: 'any' }, ['--rule', 'c'])).toEqual([
    'rule | a c | nothing: the profile sets rule, and with match: any each entry more would let more pass',
  ])
})
