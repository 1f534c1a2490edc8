import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './contract/repository.ts'

let folder: string
beforeAll(() => {
  // Inside the repository, so that vitest is found from there.
  mkdirSync(join(root, 'build'), { recursive: true })
  folder = mkdtempSync(join(root, 'build/reporter-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

type Run = { readonly status: number | null; readonly lines: readonly string[] }

const reporter = JSON.stringify(join(root, 'test/reporter.ts'))
const config = `import { countingReporter } from ${reporter}
export default { test: { include: ['*.test.ts'], reporters: ['default', countingReporter()] } }`

/** Runs these test files with the reporter, in a process and a folder of their own. */
function runVitest(files: Readonly<Record<string, string>>, noSkips = '', ...args: readonly string[]): Run {
  const project = mkdtempSync(join(folder, 'project-'))
  writeFileSync(join(project, 'vitest.config.ts'), config)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(project, name), `import { beforeAll, describe, expect, test } from 'vitest'\n${text}`)
  }
  const program = join(root, 'node_modules/vitest/vitest.mjs')
  const env = { PATH: process.env['PATH'] ?? '', HOME: project, CI: 'true', TEKTON_ENTRA_NO_SKIPS: noSkips }
  const { status, stdout } = spawnSync(process.execPath, [program, 'run', ...args], {
    cwd: project,
    env,
    encoding: 'utf8',
  })
  return { status, lines: stdout.trimEnd().split('\n') }
}

const passes = `test('passes', () => { expect(1).toBe(1) })\n`
const skips = `describe('group', () => { test('skips', ({ skip }) => { skip('no crane here: build it') }) })\n`
const skipsSilently = `test.skip('skips without a word', () => {})\n`

test('names each skipped test with its reason, and ends with the count alone', () => {
  const { status, lines } = runVitest({ 'a.test.ts': passes + skips + skipsSilently })
  expect(status).toBe(0)
  expect(lines.slice(-3)).toEqual([
    'skipped  a.test.ts > group > skips: no crane here: build it',
    'skipped  a.test.ts > skips without a word',
    '1 passed, 0 failed, 2 skipped',
  ])
})

test('fails a run that may skip nothing, and says by which list', () => {
  const { status, lines } = runVitest({ 'a.test.ts': passes + skips }, 'nothing')
  expect(status).toBe(1)
  expect(lines.slice(-2)).toEqual([
    'failed   a skipped test is not in the list nothing of test/reporter.ts',
    '1 passed, 0 failed, 1 skipped',
  ])
})

test('passes a run that may skip nothing and skips nothing', () => {
  const { status, lines } = runVitest({ 'a.test.ts': passes }, 'nothing')
  expect([status, lines.at(-1)]).toEqual([0, '1 passed, 0 failed, 0 skipped'])
})

test('refuses the name of a list that there is not, and counts nothing', () => {
  const { status, lines } = runVitest({ 'a.test.ts': passes }, 'everything')
  expect([status, lines.at(-1)?.includes('passed')]).toEqual([1, false])
})

test('counts as failed, and names at the end: a failing test, a file that cannot be loaded, a hook that throws', () => {
  const { status, lines } = runVitest({
    'a.test.ts': `${passes}test('fails', () => { expect(1).toBe(2) })\n`,
    'b.test.ts': `throw new Error('not loaded')\n`,
    'c.test.ts': `describe('group', () => { beforeAll(() => { throw new Error('hook') })\n${passes} })\n`,
  })
  expect(status).toBe(1)
  expect(lines.at(-1)).toMatch(/^1 passed, 3 failed, \d skipped$/)
  expect(lines.slice(-4, -1)).toEqual([
    'failed   a.test.ts > fails: expected 1 to be 2 // Object.is equality',
    'failed   b.test.ts: not loaded',
    'failed   c.test.ts > group: hook',
  ])
})

test('does not count what a name filter leaves out', () => {
  const { status, lines } = runVitest({ 'a.test.ts': passes + skips + skipsSilently }, 'nothing', '-t', 'passes')
  expect([status, lines.at(-1)]).toEqual([0, '1 passed, 0 failed, 0 skipped'])
})

test('fails a run whose name filter leaves nothing', () => {
  const { status, lines } = runVitest({ 'a.test.ts': passes }, '', '-t', 'misspelt')
  expect(status).toBe(1)
  expect(lines.slice(-2)).toEqual(['failed   no test has such a name', '0 passed, 0 failed, 0 skipped'])
})
