import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { call, start } from './command-line.ts'
import type { CliSandbox, Running } from './command-line.ts'

const run = promisify(execFile)
const discovery = `https://login.microsoftonline.com/${example.tenantId}/v2.0/.well-known/openid-configuration`

describe('the end of a sandbox', () => {
  const folders: string[] = []
  const left: Running[] = []
  const scratch = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
    folders.push(folder)
    return folder
  }
  const bringUp = async (args: readonly string[]) => {
    const running = start(['sandbox', ...args])
    left.push(running)
    const description = JSON.parse(await running.until('stdout', /\n$/)) as CliSandbox['description']
    return { running, description }
  }
  afterEach(async () => {
    for (const { child } of left.splice(0)) child.kill('SIGKILL')
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s is clean: status 0, nothing left', async (signal) => {
    const folder = await scratch()
    const { running, description } = await bringUp(['--state', join(folder, 'state')])
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code: 0, signal: null })
    expect(await readdir(folder)).toEqual([])
    await expect(fetch(description.proxy)).rejects.toThrow('fetch failed')
    await expect(fetch(description.control.url)).rejects.toThrow('fetch failed')
  })

  test('cuts off a client that waits for an answer which never comes', async () => {
    const state = join(await scratch(), 'state')
    const { running, description } = await bringUp(['--state', state])
    await call(['fault', 'add', '--kind', 'stall', '--state', state])
    const caPem = await readFile(description.caFile, 'utf8')
    const log = start(['log', '--follow', '--state', state])
    const waiting = throughProxy({ proxyUrl: description.proxy, caPem }, { url: discovery })
    const lost = waiting.then(
      () => 'answered',
      () => 'cut off',
    )
    await log.until('stdout', /fault: stall/)
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    expect(await lost).toBe('cut off')
    // Whoever followed the log is told by its end.
    expect((await log.ended).code).toBe(0)
  })

  test('leaves a folder that was there before, with what others keep in it', async () => {
    const folder = await scratch()
    await writeFile(join(folder, 'notes'), 'mine')
    const { running } = await bringUp(['--state', folder])
    running.child.kill('SIGTERM')
    await running.ended
    expect(await readdir(folder)).toEqual(['notes'])
  })

  test('that came by SIGKILL leaves files which the next one takes over', async () => {
    const folder = await scratch()
    const first = await bringUp(['--state', folder])
    first.running.child.kill('SIGKILL')
    await first.running.ended
    expect(await readdir(folder)).toContain('sandbox.json')
    const refused = await call(['token', '--state', folder])
    expect(refused).toMatchObject({ code: 75, stdout: '' })
    expect(refused.stderr).toContain(`no sandbox is running in ${folder}`)
    const second = await bringUp(['--state', folder])
    expect((await call(['token', '--state', folder])).code).toBe(0)
    second.running.child.kill('SIGTERM')
    expect((await second.running.ended).code).toBe(0)
    expect(await readdir(folder)).toEqual([])
  })

  test('of all but one that start at once on what a dead one has left, and the one that stays can be reached', async () => {
    const folder = await scratch()
    const dead = await bringUp(['--state', folder])
    dead.running.child.kill('SIGKILL')
    await dead.running.ended
    const racers = [1, 2, 3].map(() => start(['sandbox', '--state', folder]))
    left.push(...racers)
    const outcomes = await Promise.all(
      racers.map(async (racer) => {
        const up = racer.until('stdout', /\n$/).then(() => 'up')
        return await up.catch(async () => (await racer.ended).code)
      }),
    )
    expect(outcomes.filter((outcome) => outcome === 75)).toHaveLength(2)
    expect(outcomes).toContain('up')
    expect((await call(['token', '--state', folder])).code).toBe(0)
  })

  test('comes at once when others may write to its folder', async () => {
    const folder = await scratch()
    const open = join(folder, 'open')
    await mkdir(open)
    await run('/bin/chmod', ['0777', open])
    expect(await call(['sandbox', '--state', open])).toMatchObject({ code: 64, stdout: '' })
    expect(await readdir(open)).toEqual([])
  })

  test('comes at once when its port is taken, and the folder is as before', async () => {
    const folder = await scratch()
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const taken = await call(['sandbox', '--state', join(folder, 'state'), '--port', String(port)])
    other.close()
    expect(taken).toMatchObject({ code: 75, stdout: '' })
    expect(taken.stderr).toContain(`--port: ${port} cannot be used (EADDRINUSE)`)
    expect(await readdir(folder)).toEqual([])
    const { description } = await bringUp(['--state', join(folder, 'state'), '--port', String(port)])
    expect(description.proxy).toBe(`http://127.0.0.1:${port}`)
  })
})
