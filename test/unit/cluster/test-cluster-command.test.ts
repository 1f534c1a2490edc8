import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runProgram } from '../../cluster/run-program.ts'
import { readOptions, withOptions } from '../../cluster/suite/options.ts'

const program = fileURLToPath(new URL('../../cluster/suite/test-cluster.ts', import.meta.url))
const call = async (...args: readonly string[]) => await runProgram([process.execPath, program, ...args])

test('help says what the command takes', async () => {
  const { status, stdout } = await call('--help')
  expect(stdout).toContain('npm run test:cluster -- [options]')
  for (const option of ['context NAME', 'image REF', 'suite-image REF', 'only TEXT', 'keep', 'tekton VERSION']) {
    expect(stdout).toContain(`--${option}`)
  }
  expect(status).toBe(0)
})

test.each([
  [['--contxt', 'kind'], 'unknown option --contxt'],
  [['--image', 'x:1'], '--image and --suite-image are for --context'],
  [['--context', 'kind', '--tekton', 'none'], '--tekton is for a cluster of this machine'],
  [['everything'], 'unexpected argument "everything"'],
])('refuses %j and starts no test', async (args, words) => {
  const { status, stderr, stdout } = await call(...args)
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain(words)
  expect(stdout).toBe('')
  expect(status).toBe(64)
})

test('says that there is no kubectl, or no such context, before any test is started', async () => {
  const { status, stderr, stdout } = await call('--context', 'no-such-context')
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
    /kubectl cannot be started|--context no-such-context: .*does not exist/,
  )
  expect([status, stdout]).toEqual([75, ''])
})

test('the tests’ process gets what the command was given', () => {
  const options = { context: 'kind-kind', image: 'x:1', keep: true }
  expect(readOptions(withOptions({}, options))).toEqual(options)
  expect(readOptions({})).toEqual({ keep: false })
})
