import { posix } from 'node:path'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { StepError } from '../../steps/lib/core/errors.ts'
import { defineStep } from '../../steps/lib/step/define-step.ts'
import { parseDuration } from '../../steps/lib/step/duration.ts'
import type { RawInputs } from '../../steps/lib/step/find-value.ts'
import { parseInputs, type EffectiveInput } from '../../steps/lib/step/inputs.ts'
import { parseValue } from '../../steps/lib/step/parse-value.ts'
import { step as pushImage } from '../../steps/push-image/step.ts'
import { durationCorpus, listCorpus, pathCorpus, webhookCorpus } from './corpus/inputs.ts'
import { almost, anyText, fuzz, inherited } from './fuzz.ts'
import { expectTold } from './told-error.ts'

const step = defineStep({
  name: 'fuzz',
  summary: '',
  params: {
    first: { kind: 'list', description: '', default: [] },
    'second-one': { kind: 'list', description: '', default: [] },
    accounts: { kind: 'list', description: '', default: [], profile: true, narrows: true, pattern: /^\d{12}$/ },
    cloud: {
      kind: 'text',
      description: '',
      default: 'a',
      webhook: 'HOOK',
      webhookValues: { 'https://a': 'a' },
      oneOf: ['a', 'b'],
    },
  },
  workspaces: {},
  results: {},
  token: false,
})

const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const
const amounts = fc.array(fc.tuple(fc.nat(100_000), fc.constantFrom('h', 'm', 's', 'ms')), {
  minLength: 1,
  maxLength: 4,
})

fuzz('a duration is the sum of its parts', { from: amounts }, (parts) => {
  const sum = parts.reduce((total, [amount, unit]) => total + amount * units[unit], 0)
  expect(parseDuration(parts.map((part) => part.join('')).join(''))).toBe(sum)
})

fuzz(
  'a duration is a time that can be waited for, or none; what is left over makes it none',
  {
    from: fc.oneof(anyText('0123456789.hms'), almost(fc.constant('1h30m5.5s20ms'), '0123456789.hms-+')),
    corpus: durationCorpus,
    runs: 1000,
  },
  (text) => {
    const ms = parseDuration(text)
    expect(ms ?? 0).toSatisfy((value) => Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER)
    if (ms !== undefined) expect(text.replace(/\d+(\.\d+)?(h|ms|m|s)/g, '')).toMatch(/^0?$/)
  },
)

const word = fc.oneof(
  anyText('-=,'),
  fc.constantFrom('--first', '--second-one', '--other', '--', '-', '--first=a', ...inherited),
)

fuzz(
  'each argument is in its list, in its order, or reported',
  { from: fc.array(word, { maxLength: 8 }), corpus: listCorpus },
  (args) => {
    const { inputs, faults } = read({ env: {}, args })
    const wanted: Record<string, string[]> = { first: [], 'second-one': [] }
    let list: string[] | undefined
    let wrong = false
    for (const arg of args) {
      if (arg.startsWith('--')) {
        list = arg === '--first' ? wanted['first'] : arg === '--second-one' ? wanted['second-one'] : undefined
        wrong ||= list === undefined
      } else if (list === undefined) wrong = true
      else if (arg.trim() !== '') list.push(arg.trim())
    }
    expect(faults.length > 0).toBe(wrong)
    expect(inputs ?? wanted).toMatchObject(wanted)
  },
)

const accounts = fc.subarray(['111111111111', '222222222222', '333333333333', '12', 'x'])

fuzz(
  'a param never widens a guard of the profile',
  { from: fc.tuple(accounts, accounts, fc.constantFrom(' ', ',', '\n', ', ')) },
  ([param, profile, gap]) => {
    const { inputs, faults } = read({ env: { PROFILE_ACCOUNTS: profile.join(gap) }, args: ['--accounts', ...param] })
    const effective = param.length > 0 ? param : profile
    const narrower = profile.length === 0 || param.every((entry) => profile.includes(entry))
    const good = narrower && effective.every((entry) => entry.length === 12)
    expect(faults.length === 0).toBe(good)
    expect(inputs?.accounts ?? effective).toEqual(effective)
  },
)

fuzz(
  'a value of the webhook means what the table says, or stays itself',
  { from: fc.oneof(anyText('https://a'), fc.constantFrom('https://a', 'b')), corpus: webhookCorpus },
  (text) => {
    const { inputs, faults } = read({ env: { HOOK: text }, args: [] })
    const bare = text.trim()
    const good = { '': 'a', a: 'a', b: 'b' }
    const meant = /^https:\/\/a\/*$/.test(bare) ? 'a' : Object.hasOwn(good, bare) ? Reflect.get(good, bare) : undefined
    expect(inputs?.cloud).toBe(meant)
    expect(faults.map(({ got }) => got)).toEqual(meant === undefined ? [bare] : [])
  },
)

const segment = fc.oneof(fc.constantFrom('..', '.', '', 'a', '...', ' ', '..a', 'a..'), anyText('./'))

fuzz(
  'a path that is taken stays inside the workspace',
  {
    from: fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
    corpus: pathCorpus,
    runs: 1000,
  },
  (path) => {
    const taken = 'value' in parseValue(pushImage.params.path, [path])
    const place = posix.join('/workspace/source', path)
    const inside = place === '/workspace/source' || place.startsWith('/workspace/source/')
    expect(taken && !inside).toBe(false)
  },
)

/** The inputs, or the faults. Faults must be told well, and must be of a declared input. */
function read(raw: RawInputs) {
  const shown: EffectiveInput[] = []
  try {
    const { inputs } = parseInputs(step, raw, (effective) => shown.push(...effective))
    expect(shown.every(({ value }) => typeof value === 'string')).toBe(true)
    return { inputs, faults: [] }
  } catch (error) {
    if (!(error instanceof StepError)) throw error
    expect(error.code).toBe('INPUT_INVALID')
    expectTold(error)
    return { inputs: undefined, faults: error.faults }
  }
}
