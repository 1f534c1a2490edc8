import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SandboxDescription } from '../sandbox/control/description.ts'
import { bin, call, isAlive, start } from './command-line.ts'

/** Lets the launcher believe that it runs on another Node or machine than it does. */
const pretend = (code: string): readonly string[] => ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
const oldNode = pretend(
  `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`,
)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
})
afterEach(async () => await rm(folder, { recursive: true, force: true }))

async function up(): Promise<{ running: ReturnType<typeof start>; pid: number }> {
  const running = start(['sandbox', '--state', join(folder, 'state')], { nodeArgs: oldNode })
  const { pid } = JSON.parse(await running.until('stdout', /\n$/)) as SandboxDescription
  expect(pid).not.toBe(running.child.pid)
  return { running, pid }
}

/** Whether the process ends soon. Nobody here is its parent, so nobody is told. */
async function isGoneSoon(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && isAlive(pid); tries += 1) await sleep(50)
  return !isAlive(pid)
}

test('an old Node starts the one that the package brings, and adds nothing to what that says', async () => {
  const [here, there] = await Promise.all([call(['fault', 'lst']), call(['fault', 'lst'], { nodeArgs: oldNode })])
  expect(there).toEqual(here)
  const input = '{"fault":{"kind":"nonsense"}}'
  const read = await call(['fault', 'add', '--file', '-', '--state', folder], { nodeArgs: oldNode, input: `${input}}` })
  expect(read).toMatchObject({ code: 64, stdout: '' })
  expect(read.stderr).toContain('-: no JSON')
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s reaches the program, and its exit status comes back',
  async (signal) => {
    const { running, pid } = await up()
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code: 0, signal: null })
    expect(isAlive(pid)).toBe(false)
    expect(await readdir(folder)).toEqual([])
  },
)

test('a launcher that is killed outright leaves no orphan', async () => {
  const { running, pid } = await up()
  running.child.kill('SIGKILL')
  expect(await isGoneSoon(pid)).toBe(true)
  expect(await readdir(folder)).toEqual([])
})

test('a program that is killed by a signal is seen so by whoever waits for the launcher', async () => {
  const { running, pid } = await up()
  process.kill(pid, 'SIGKILL')
  expect(await running.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('npm that ends without a word to its child leaves no orphan', async () => {
  // As `npx` does: a shell between, which dies with npm.
  const shell = spawn(
    '/bin/sh',
    ['-c', `"$0" "$1" sandbox --state "$2"; exit`, process.execPath, bin, join(folder, 'state')],
    {
      env: { PATH: '/usr/bin:/bin', npm_execpath: '/usr/lib/npm' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const line = await new Promise<string>((resolve) =>
    shell.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  )
  const { pid } = JSON.parse(line) as SandboxDescription
  expect(pid).not.toBe(shell.pid)
  shell.kill('SIGKILL')
  expect(await isGoneSoon(pid)).toBe(true)
  expect(await readdir(folder)).toEqual([])
})

test('without a Node that is new enough it says so, and starts nothing', async () => {
  const nowhere = pretend(
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });Object.defineProperty(process, 'arch', { value: 'riscv64' })`,
  )
  const { code, stdout, stderr } = await call(['--version'], { nodeArgs: nowhere })
  expect({ code, stdout }).toEqual({ code: 69, stdout: '' })
  expect(stderr).toMatch(
    /^tekton-entra needs Node 24 or newer: .* no Node for linux-riscv64\. Install it, then try again\.\n$/,
  )
})
