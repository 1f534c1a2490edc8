import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { toolPath } from './tools.ts'

/** Debian's `docker-registry` (CNCF distribution) on loopback, which wants a password. */
export type DockerRegistry = AsyncDisposable & {
  readonly origin: URL
  /** Methods and paths that it was asked since the last call, as its own access log has them. */
  requests(): Promise<readonly string[]>
}

/** What the registry takes: `user:password`. */
export const goodLogin = 'someone:right'

// bcrypt of that password, at the lowest cost: it is checked at each request.
const htpasswd = 'someone:$2b$04$Ud8B9B18vocquRPVQYZLg.8tLOOwMVYyf3E0gDepbTzYoHAM44X/q\n'

type Program = ChildProcessByStdio<null, Readable, Readable>

/** What it logs: each request as an event of that name, and `port` once it listens. */
type Log = { readonly events: EventEmitter; readonly seen: string[] }

/** Starts it with an empty store, on a port of its own choice. */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-registry-'))
  await writeFile(join(folder, 'htpasswd'), htpasswd)
  // YAML takes JSON.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(configIn(folder)))
  const program = spawn(toolPath('docker-registry'), ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  })
  const stop = async (): Promise<void> => {
    if (program.exitCode === null && program.kill('SIGKILL')) await once(program, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const log = readLog(program)
    const [port] = await once(log.events, 'port', { signal: AbortSignal.timeout(20_000) })
    const origin = new URL(`http://127.0.0.1:${port}`)
    return { origin, requests: () => takeRequests(origin, log), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function configIn(folder: string): object {
  return {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    auth: { htpasswd: { realm: 'foreign', path: join(folder, 'htpasswd') } },
    http: { addr: '127.0.0.1:0', secret: 'only for this test' },
  }
}

function readLog(program: Program): Log {
  const log: Log = { events: new EventEmitter(), seen: [] }
  const end = (reason: unknown): void => {
    if (log.events.listenerCount('error') > 0) log.events.emit('error', reason)
  }
  program.once('error', end)
  program.once('exit', (code) => end(new Error(`docker-registry ended with ${code}`)))
  for (const stream of [program.stdout, program.stderr]) {
    createInterface(stream).on('line', (line) => readLine(line, log))
  }
  return log
}

function readLine(line: string, { events, seen }: Log): void {
  const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(line) ?? []
  if (port !== undefined) events.emit('port', port)
  // The access log has Apache's form.
  const [, request] = /^127\.0\.0\.1 .*"([A-Z]+ \S+) HTTP\/1\.1"/.exec(line) ?? []
  if (request === undefined) return
  seen.push(request)
  events.emit(request)
}

/** The log comes through a pipe: a request of our own marks how far it must be read. */
async function takeRequests(origin: URL, { events, seen }: Log): Promise<readonly string[]> {
  const mark = `/v2/mark-${randomUUID()}`
  const signal = AbortSignal.timeout(10_000)
  const ask = async (): Promise<void> => {
    const answer = await fetch(new URL(mark, origin), { signal })
    await answer.arrayBuffer()
  }
  await Promise.all([once(events, `GET ${mark}`, { signal }), ask()])
  return seen.splice(0).filter((request) => request !== `GET ${mark}`)
}
