import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { call } from './command-line.ts'

const commands = [
  'sandbox',
  'token',
  'task',
  'lint',
  'check-trust',
  'print-trust',
  'fault add',
  'fault list',
  'fault clear',
  'log',
]

describe('help', () => {
  test('of the program names every command, on standard output, with exit status 0', async () => {
    const { code, stdout, stderr } = await call(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect((await call(['help'])).stdout).toBe(stdout)
  })

  test.each(commands)(
    'of %s has usage, options and examples, whatever else is wrong with the call',
    async (command) => {
      const { code, stdout, stderr } = await call([...command.split(' '), '--nonsense', '--help'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(new RegExp(`^Usage: tekton-entra ${command} `))
      expect(stdout).toContain('\nOptions:\n')
      expect(stdout).toContain('\n  -h, --help ')
      expect(stdout).toContain('\nExamples:\n  npx tekton-entra ')
      // What people read in a terminal is not broken by it; lines to paste are their own matter.
      const prose = stdout.split('\nExamples:\n')[0] ?? ''
      expect(prose.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([])
    },
  )

  test('of a group names its commands', async () => {
    const { code, stdout } = await call(['fault', '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: tekton-entra fault <command>/)
  })

  test('of a Task names its params, workspaces and results', async () => {
    const { code, stdout } = await call(['task', 'push-image', '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}image=VALUE .*\n(.*\n)*.*Required\.$/m)
    expect(stdout).toContain('  allowed-accounts=ENTRY ')
    expect(stdout).toContain('  source=DIR ')
    expect(stdout).toContain('  IMAGE_DIGEST ')
  })
})

test('the version is that of the package', async () => {
  expect(await call(['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' })
})

describe('a wrong call ends with 64, nothing on standard output, and the nearest name', () => {
  test.each<[args: string, told: readonly string[]]>([
    ['', ['Usage: tekton-entra <command>']],
    ['sandbx', ['unknown command "sandbx"; did you mean "sandbox"?', 'npx tekton-entra --help']],
    ['constructor', ['unknown command "constructor"']],
    ['fault', ['fault needs one of: add, list, clear']],
    ['fault lst', ['unknown command "fault lst"; did you mean "list"?']],
    ['sandbox --prot 1', ['unknown option --prot; did you mean "--port"?', 'npx tekton-entra sandbox --help']],
    ['sandbox --port x', ['--port: got "x", expected a number from 0 to 65535']],
    ['sandbox --port 70000', ['--port: got "70000"']],
    ['sandbox --port', ['--port needs a value: --port N']],
    ['sandbox --port --state x', ['--port needs a value']],
    ['sandbox --port 1 --port 2', ['--port is given 2 times, expected once']],
    ['sandbox now', ['unexpected argument "now"']],
    ['log --follow=yes', ['--follow takes no value, got "yes"']],
    ['log -x', ['unknown option -x']],
    ['token --key wrong', ['--key: got "wrong", expected one of right, other, forged']],
    ['token --service-account builder', ['--service-account: got "builder", expected a namespace and a name']],
    ['token --expires-in soon', ['--expires-in: got "soon", expected a duration']],
    ['token --not-before soon', ['--not-before: got "soon", expected a time such as']],
    ['token --expired --expires-in 1h', ['--expired sets all times: it does not go with --expires-in']],
    ['token --claim aud', ['--claim: got "aud", expected NAME=VALUE']],
    ['token --subject a --service-account a/b', ['say the same: give one']],
    ['fault add', ['nothing says which fault: --kind, --json or --file']],
    ['fault add --kind status --json {}', ['give one']],
    ['fault add --times 2', ['--kind is missing']],
    ['fault add --json {', ['--json: no JSON']],
    ['task', ['an argument is missing: NAME']],
    ['lint', ['an argument is missing: FILE…']],
    ['lnt', ['did you mean "lint"?']],
    ['task push-imag', ['there is no Task "push-imag"; did you mean "push-image"?']],
    ['task ../lib', ['there is no Task "../lib"']],
    ['sandbox --config /nonexistent.yaml', ['/nonexistent.yaml cannot be read']],
  ])('%s', async (args, told) => {
    const { code, stdout, stderr } = await call(args === '' ? [] : args.split(' '))
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    for (const text of told) expect(stderr.replace(/\n {9}/g, ' ')).toContain(text)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('all faults of a call are told at once', async () => {
    const { code, stderr } = await call(['sandbox', '--prot', '1', '--config', '--staet', 'x', 'now'])
    expect(code).toBe(64)
    expect(stderr.match(/^error /gm)).toHaveLength(4)
  })
})
