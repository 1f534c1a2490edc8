import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Pki } from '../sandbox/pki.ts'
import { toolPath } from './tools.ts'

/** CNCF distribution on loopback, which wants a password. */
export type DockerRegistry = AsyncDisposable & {
  readonly origin: URL
  /** Methods and paths that it was asked since the last call, as its own access log has them. */
  requests(): Promise<readonly string[]>
}

/** Which of the two programs, and whether it speaks TLS. */
export type DockerRegistryOptions = {
  /** Debian's `docker-registry` (2.8, the default), or `distribution` (3). */
  readonly program?: 'docker-registry' | 'distribution'
  /** Plain HTTP when absent; else HTTPS at `localhost`, under a certificate of this authority. */
  readonly pki?: Pki
}

/** What the registry takes: `user:password`. */
export const goodLogin = 'someone:right'

// bcrypt of that password, at the lowest cost: it is checked at each request.
const htpasswd = 'someone:$2b$04$Ud8B9B18vocquRPVQYZLg.8tLOOwMVYyf3E0gDepbTzYoHAM44X/q\n'

type Program = ChildProcessByStdio<null, Readable, Readable>

/** What it logs: each request as an event of that name, and `port` once it listens. */
type Log = { readonly events: EventEmitter; readonly seen: string[] }

/** Starts it with an empty store, on a port of its own choice. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-registry-'))
  const file = await writeConfig(folder, options.pki)
  const program = spawn(toolPath(options.program ?? 'docker-registry'), ['serve', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Else version 3 looks for a collector of traces.
    env: { PATH: '/usr/bin:/bin', OTEL_TRACES_EXPORTER: 'none' },
  })
  const stop = async (): Promise<void> => {
    if (program.exitCode === null && program.kill('SIGKILL')) await once(program, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const log = readLog(program)
    const [port] = await once(log.events, 'port', { signal: AbortSignal.timeout(20_000) })
    const origin = new URL(options.pki === undefined ? `http://127.0.0.1:${port}` : `https://${tlsHost}:${port}`)
    const ask = askWith(options.pki?.caPem)
    return { origin, requests: () => takeRequests(origin, log, ask), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A name and not an address: the certificates of the tests' authority are for names. */
const tlsHost = 'localhost'

async function writeConfig(folder: string, pki: Pki | undefined): Promise<string> {
  await writeFile(join(folder, 'htpasswd'), htpasswd)
  const tls = pki === undefined ? {} : { tls: await writeCertificate(folder, pki) }
  const config = {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    auth: { htpasswd: { realm: 'foreign', path: join(folder, 'htpasswd') } },
    http: { addr: '127.0.0.1:0', secret: 'only for this test', ...tls },
  }
  const file = join(folder, 'config.yml')
  // YAML takes JSON.
  await writeFile(file, JSON.stringify(config))
  return file
}

async function writeCertificate(folder: string, pki: Pki): Promise<{ certificate: string; key: string }> {
  const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  await writeFile(files.certificate, await pki.leafPem(tlsHost))
  await writeFile(files.key, await pki.leafKeyPem(tlsHost), { mode: 0o600 })
  return files
}

function readLog(program: Program): Log {
  const log: Log = { events: new EventEmitter(), seen: [] }
  const end = (reason: unknown): void => {
    if (log.events.listenerCount('error') > 0) log.events.emit('error', reason)
  }
  program.once('error', end)
  program.once('exit', (code) => end(new Error(`the registry ended with ${code}`)))
  for (const stream of [program.stdout, program.stderr]) {
    createInterface(stream).on('line', (line) => readLine(line, log))
  }
  return log
}

function readLine(line: string, { events, seen }: Log): void {
  const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(line) ?? []
  if (port !== undefined) events.emit('port', port)
  // The access log has Apache's form.
  const [, request] = /^127\.0\.0\.1 .*"([A-Z]+ \S+) HTTP\/[\d.]+"/.exec(line) ?? []
  if (request === undefined) return
  seen.push(request)
  events.emit(request)
}

/** Sends a GET and waits until it is answered, whatever the answer. */
type Ask = (url: URL, signal: AbortSignal) => Promise<void>

function askWith(ca: string | undefined): Ask {
  return (url, signal) =>
    new Promise((resolve, reject) => {
      const answered = (response: IncomingMessage): void => void response.resume().once('end', resolve)
      const request = ca === undefined ? http.get(url, { signal }, answered) : https.get(url, { ca, signal }, answered)
      request.once('error', reject)
    })
}

/** The log comes through a pipe: a request of our own marks how far it must be read. */
async function takeRequests(origin: URL, { events, seen }: Log, ask: Ask): Promise<readonly string[]> {
  const mark = `/v2/mark-${randomUUID()}`
  const signal = AbortSignal.timeout(10_000)
  await Promise.all([once(events, `GET ${mark}`, { signal }), ask(new URL(mark, origin), signal)])
  return seen.splice(0).filter((request) => request !== `GET ${mark}`)
}
