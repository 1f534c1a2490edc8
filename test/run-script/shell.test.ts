import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { skipWithout } from '../foreign/tools.ts'
import { expectEnd, told, toldProse } from '../push-image/told.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

// What stands for the image with a shell here is this machine's own.
const shell = { 'step-image': 'registry.example/tekton/steps-shell:0.1.0' }

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
beforeEach(() => {
  door.recorder.fresh()
  door.recorder.answer()
  door.requests()
})
afterAll(async () => await door[Symbol.asyncDispose]())

describe('$ where there is a shell', () => {
  test('runs programs, quotes what is put in, and pipes', async () => {
    const { step, results } = await door.script(
      `cd(workspace('source'))
       await $\`printf '%s\\n' \${["it's", '$(id)', 'c d']} > words\`
       const { stdout } = await $\`sort words\`.pipe($\`tail -n 1\`)
       const none = await $({ nothrow: true })\`exit 3\`
       result.set('json', JSON.stringify([stdout.trim(), none.exitCode, $.sync\`pwd\`.text().trim() === workspace('source')]))
       result.set('value', await fs.readFile('words', 'utf8'))`,
      { params: shell },
    )
    expect(step.status, step.stderr).toBe(0)
    expect(JSON.parse(results['json'] ?? '')).toEqual(["it's", 3, true])
    expect(results['value']).toBe("it's\n$(id)\nc d\n")
    expect(told(step.stderr, 'programs')).toHaveLength(1)
  })

  test('git works in the workspace', async (context) => {
    skipWithout(context, 'git')
    const { step, results } = await door.call({ script: gitScript, ...shell }, { 'a.txt': 'one\n' })
    expect(step.status, step.stderr).toBe(0)
    expect(results['value']).toMatch(/^[0-9a-f]{40}$/)
    expect(results['json']).toBe('["a.txt"]')
  })

  test('a program has PATH, HOME, LANG and Node’s own restriction, and nothing of the step’s variables', async () => {
    const { step, results } = await door.script(
      `const names = (await $\`env\`).lines().map((line) => line.split('=')[0])
       result.set('json', JSON.stringify(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name!)).toSorted()))`,
      { params: shell },
    )
    expect(step.status, step.stderr).toBe(0)
    expect(results['json']).toBe('["HOME","LANG","NODE_OPTIONS","PATH"]')
  })

  test('what programs and zx itself print goes to stderr, masked, also word by word in colours', async () => {
    const { step, record } = await door.script(
      `const { secretAccessKey, sessionToken } = await aws.credentials()
       const token = await azure.token('https://graph.microsoft.com')
       chalk.level = 3
       $.verbose = true
       await $\`echo \${token} \${secretAccessKey} \${'key=' + sessionToken}\`
       await $\`echo \${token} >&2\`
       echo('done', sessionToken)`,
      { params: shell },
    )
    // The door has searched all that is left for every secret.
    expect(step.status, step.stderr).toBe(0)
    const said = told(step.stderr, 'script')
    expect(said.filter((line) => line.includes('[secret]')).length).toBeGreaterThanOrEqual(4)
    expect(said.some((line) => line.startsWith('$ echo [secret]'))).toBe(true)
    expect(said).toContain('done [secret]')
    expect(step.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(record.data.outcome).toBe('ok')
  })

  test('a program that fails ends the step, with its own words, the script’s line, and no secret', async () => {
    const outcome = await door.script(
      `const token = await azure.token('https://graph.microsoft.com')

       await $\`echo "no \${token}" >&2; false\``,
      { params: shell },
    )
    expectEnd(outcome, 'SCRIPT_FAILED', 70)
    expect(toldProse(outcome.step.stderr, 'what')).toMatch(/at script\.ts:3:\d+: .*no \[secret\]/)
    expect(outcome.step.stderr).toContain('exit code: 1')
  })

  test('a script catches it, and finds what it said', async () => {
    const { results } = await door.script(
      `try { await $\`echo out; exit 4\` } catch (error) {
         if (error instanceof ProcessOutput) result.set('json', JSON.stringify([error.exitCode, error.stdout]))
       }`,
      { params: shell },
    )
    expect(results['json']).toBe('[4,"out\\n"]')
  })

  test('the deadline ends the programs, too', async () => {
    const outcome = await door.script(`console.log('round'); await $\`sleep 300 | sleep 301\``, {
      params: { ...shell, timeout: '5s' },
    })
    expectEnd(outcome, 'DEADLINE_EXCEEDED', 75)
    expect(outcome.step.milliseconds).toBeLessThan(30_000)
  })

  test.each([
    ['in its group', '$`sleep 300`'],
    ['in one of its own, with our end of its output', '$({ detached: true })`sleep 20`'],
  ])('a program that the script leaves behind does not keep the step: %s', async (_, begin) => {
    const { step, results } = await door.script(
      `void ${begin}; await sleep('200ms'); result.set('id', '7'); process.exit(0)`,
      {
        params: shell,
      },
    )
    expect(step.status, step.stderr).toBe(0)
    expect(results['id']).toBe('7')
    expect(step.milliseconds).toBeLessThan(15_000)
  })

  test('a program that takes too long by the script’s own word is ended with what it has started', async () => {
    const { step, results } = await door.script(
      `const ended = await $\`sleep 300 | sleep 301\`.timeout('100ms').nothrow()
       result.set('value', [ended.ok, ended.stdout].join())`,
      { params: shell },
    )
    expect(step.status, step.stderr).toBe(0)
    expect(results['value']).toBe('false,')
    expect(step.milliseconds).toBeLessThan(30_000)
  })

  test('the script’s own code still reads the workspaces alone', async () => {
    const { results } = await door.script(
      `try { await fs.readFile('/proc/' + process.ppid + '/environ') } catch (error) { result.set('value', (error as { code: string }).code) }`,
      { params: shell },
    )
    expect(results['value']).toBe('ERR_ACCESS_DENIED')
  })
})

const gitScript = `
  cd(workspace('source'))
  $.env = { ...process.env, GIT_AUTHOR_NAME: 'ci', GIT_AUTHOR_EMAIL: 'ci@example', GIT_COMMITTER_NAME: 'ci', GIT_COMMITTER_EMAIL: 'ci@example' }
  await $\`git init --quiet\`
  await $\`git add a.txt\`
  await $\`git commit --quiet --message \${'first; $(rm)'}\`
  result.set('value', (await $\`git rev-parse HEAD\`).text().trim())
  result.set('json', JSON.stringify((await $\`git ls-files\`).lines()))`

describe('$ where there is none', () => {
  test.each([
    ['a command', '\nawait $`date`', 'script.ts:2:8'],
    ['with options', '\n\nawait $({ nothrow: true })`date`', 'script.ts:3:7'],
    ['at once', '$.sync`date`', 'script.ts:1:3'],
  ])('%s is refused with the name of the image that has one, and nothing is started', async (_, script, place) => {
    const outcome = await door.script(script)
    expectEnd(outcome, 'SCRIPT_SHELL_ABSENT', 64)
    expect(toldProse(outcome.step.stderr, 'what')).toContain(place)
    expect(toldProse(outcome.step.stderr, 'remedy')).toContain('ghcr.io/tekton-entra/steps-shell')
    expect(told(outcome.step.stderr, 'programs')).toEqual([])
  })

  test('a script may catch it and go on without', async () => {
    const { step, results } = await door.script(
      `try { await $\`date\` } catch (error) { result.set('value', (error as { code: string }).code) }`,
    )
    expect(step.status, step.stderr).toBe(0)
    expect(results['value']).toBe('SCRIPT_SHELL_ABSENT')
  })

  test('neither the variable alone nor a folder without a shell opens anything', async () => {
    const { results } = await door.script(
      `import { spawnSync } from 'node:child_process'
       try { spawnSync('/bin/true') } catch (error) { result.set('value', (error as { code: string }).code) }`,
      { run: { extraEnv: { PROGRAMS_PATH: '/proc/nothing:' } } },
    )
    expect(results['value']).toBe('ERR_ACCESS_DENIED')
  })
})
