import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callCommand } from '../../cluster/own-cluster.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-command-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Calls the command with an empty cache, so that nothing of this machine's is found. */
const call = (...args: readonly string[]) => {
  // Port 9 is closed: the project's own server is never asked.
  const env = {
    PATH: process.env['PATH'],
    XDG_CACHE_HOME: join(folder, 'cache'),
    TEKTON_RELEASES: 'http://127.0.0.1:9',
  }
  return callCommand([...args, '--state', join(folder, 'state')], env)
}

test('help says what the command takes', async () => {
  const { status, stdout } = await call('--help')
  expect(stdout).toContain('npm run cluster -- up|down|status')
  expect(stdout).toContain('--tekton-dir DIR')
  expect(status).toBe(0)
})

test.each([
  [['sideways'], 'unknown word "sideways"'],
  [[], 'an argument is missing'],
  [['up', '--tekton-folder', 'x'], 'unknown option --tekton-folder'],
  [['up', '--tekton', 'none', '--tekton-dir', '/x'], '--tekton none and --tekton-dir contradict each other'],
])('refuses %j and starts nothing', async (args, words) => {
  const { status, stderr, stdout } = await call(...args)
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain(words)
  expect(stdout).toBe('')
  expect(status).toBe(64)
})

test('up without a release of Tekton says where it looked and what to put there, before anything is built', async () => {
  const { status, stderr } = await call('up', '--tekton', 'v1.0.0')
  const text = stderr.replaceAll(/\s+/g, ' ')
  expect(text).toContain(`no release of Tekton in ${join(folder, 'cache/tekton-entra/tekton-v1.0.0')}`)
  expect(text).toContain('http://127.0.0.1:9/v1.0.0/release.yaml: ')
  expect(text).toContain('--tekton none')
  expect(text).not.toContain('building Kubernetes')
  expect(status).toBe(75)
})

test('down and status without a cluster say that there is none', async () => {
  expect(await call('status')).toMatchObject({ status: 75, stdout: expect.stringMatching(/^no cluster in/) })
  expect(await call('down')).toMatchObject({ status: 0, stderr: expect.stringContaining('there was none') })
})

test('down deletes no folder that is not a state folder', async () => {
  const state = join(folder, 'mine')
  mkdirSync(state)
  writeFileSync(join(state, 'letter'), 'kept')
  const { status } = await callCommand(['down', '--state', state])
  expect(status).toBe(0)
  expect(existsSync(join(state, 'letter'))).toBe(true)
})
