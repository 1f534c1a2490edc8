import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectEnd, faultsOf, toldProse } from '../push-image/told.ts'
import { scriptAnnotation } from '../../steps/run-script/inputs.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
beforeEach(() => void door.requests())
afterAll(async () => await door[Symbol.asyncDispose]())

describe('bad inputs, before anything is asked', () => {
  const script = 'console.log(1)'
  test.each([
    [
      'no script',
      {},
      ['script-file: got nothing, expected one script: by script-file, by script-from, by script or by the annotation'],
    ],
    [
      'two scripts',
      { script, 'script-file': 'a.ts' },
      [
        'script-file: got "a.ts, and script", expected one script: by script-file, by script-from, by script or by the annotation',
      ],
    ],
    [
      'a script of more than 100 KB',
      { script: `//${'x'.repeat(102_399)}` },
      ['script: got "102401 bytes", expected at most 102400 bytes (100 KB)'],
    ],
    [
      'a ConfigMap that is not there',
      { 'script-from': 'nothing-here' },
      ['script-from: got "nothing-here", expected a ConfigMap of this namespace that has the key script.ts'],
    ],
    [
      'a path out of the workspace',
      { 'script-file': '../a.ts' },
      [expect.stringMatching(/^script-file: got "\.\.\/a\.ts", expected a relative path/)],
    ],
    ['a file that is no script', { 'script-file': 'a.sh' }, [expect.stringMatching(/^script-file: got "a\.sh"/)]],
    [
      'params without a key, and a cloud that is none',
      { script, params: ['web'], clouds: ['gcp'] },
      [expect.stringMatching(/^params: got "web"/), expect.stringMatching(/^clouds: got "gcp", expected azure or aws/)],
    ],
    ['a key twice', { script, params: ['a=1', 'a=2'] }, ['params: got "a", expected each key once']],
  ] as const)('%s', async (_, params, faults) => {
    const outcome = await door.call(params)
    expectEnd(outcome, 'INPUT_INVALID', 64)
    expect(faultsOf(outcome)).toEqual(faults)
    expect(door.requests()).toEqual([])
  })

  test('a script in a ConfigMap and another one as a param', async () => {
    const profiles = { restart: { 'script.ts': 'console.log(2)' } }
    const outcome = await door.script(script, { params: { 'script-from': 'restart' }, profiles })
    expectEnd(outcome, 'INPUT_INVALID', 64)
    expect(faultsOf(outcome)).toEqual([
      expect.stringMatching(/^script: got "14 bytes", expected nothing: the profile restart sets it/),
    ])
  })

  test.each([
    ['a param', { script }, '14 bytes, and script'],
    [
      'a file and a ConfigMap',
      { 'script-file': 'a.ts', 'script-from': 'restart' },
      '14 bytes, and script-file a.ts, and script-from restart',
    ],
  ])('a script in an annotation and another one by %s', async (_, params, got) => {
    const run = { annotations: { [scriptAnnotation]: 'console.log(3)' } }
    const outcome = await door.call(params, {}, { run, profiles: { restart: { 'script.ts': 'console.log(2)' } } })
    expectEnd(outcome, 'INPUT_INVALID', 64)
    expect(faultsOf(outcome)).toEqual([
      `annotation ${scriptAnnotation}: got "${got}", expected one script: by script-file, by script-from, by script or by the annotation`,
    ])
    expect(door.requests()).toEqual([])
  })

  test('a script of more than 100 KB in an annotation', async () => {
    const run = { annotations: { [scriptAnnotation]: `//${'x'.repeat(102_399)}` } }
    const outcome = await door.call({}, {}, { run })
    expectEnd(outcome, 'INPUT_INVALID', 64)
    expect(faultsOf(outcome)).toEqual([
      `annotation ${scriptAnnotation}: got "102401 bytes", expected at most 102400 bytes (100 KB)`,
    ])
  })

  test('a role that is asked for and not there', async () => {
    const outcome = await door.script(script, { params: { clouds: ['aws'] }, profile: { 'aws-role-arn': undefined } })
    expectEnd(outcome, 'INPUT_INVALID', 64)
    expect(faultsOf(outcome)).toEqual([expect.stringMatching(/^aws-role-arn: got nothing/)])
  })
})

describe('a file that cannot be taken', () => {
  test.each([
    ['too long', { 'a.ts': 'x'.repeat(102_401) }, '102401 bytes, more than 102400'],
    ['not there', {}, 'there is no such file'],
    ['not UTF-8', { 'a.ts': Buffer.from([0x2f, 0x2f, 0xff]) }, 'it is not UTF-8'],
  ])('%s', async (_, files, reason) => {
    const outcome = await door.call({ 'script-file': 'a.ts' }, files)
    expectEnd(outcome, 'SCRIPT_UNUSABLE', 64)
    expect(toldProse(outcome.step.stderr, 'what')).toContain(reason)
    expect(door.requests()).toEqual([])
  })
})
