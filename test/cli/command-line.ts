import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SandboxDescription } from '../sandbox/control/description.ts'
import { root } from '../contract/repository.ts'

/** How a call of the command line ended. */
export type Called = {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A call that still runs. */
export type Running = {
  readonly child: ChildProcess
  readonly ended: Promise<Called>
  /** Resolves when what has come on standard output or error fits; rejects when the program ends before. */
  until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string>
}

/** How a call differs from the usual one. */
export type CallOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly cwd?: string
  /** Arguments of Node itself, before the bin. */
  readonly nodeArgs?: readonly string[]
  /** Another bin than the checkout's. */
  readonly bin?: string
}

/** The bin. */
export const bin = `${root}/steps/cli/tekton-entra.mjs`

/** Starts the real bin as a child process, with an environment made from nothing. */
export function start(args: readonly string[], options: CallOptions = {}): Running {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), options.bin ?? bin, ...args], {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...options.env },
    cwd: options.cwd ?? root,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
      child.emit('text')
    })
  }
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const ended = once(child, 'close').then(([code, signal]): Called => ({ code, signal, ...texts }))
  const until = (stream: 'stdout' | 'stderr', pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = (): void => void (pattern.test(texts[stream]) && resolve(texts[stream]))
      child.on('text', look)
      void ended.then((called) => reject(new Error(`ended before ${pattern}: ${JSON.stringify(called)}`)))
      look()
    })
  return { child, ended, until }
}

/** Calls the real bin and waits for its end. */
export async function call(args: readonly string[], options: CallOptions = {}): Promise<Called> {
  return await start(args, options).ended
}

/** A sandbox that the command has brought up. */
export type CliSandbox = AsyncDisposable & {
  readonly running: Running
  readonly description: SandboxDescription
  /** Calls a command on this sandbox's state folder. */
  call(args: readonly string[], options?: CallOptions): Promise<Called>
  start(args: readonly string[]): Running
  /** A scratch folder beside the state folder. */
  readonly scratch: string
}

/** Brings a sandbox up by the command; at the end it is asked to end, and must do so cleanly. */
export async function startCliSandbox(args: readonly string[] = [], options: CallOptions = {}): Promise<CliSandbox> {
  const scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
  const state = join(scratch, 'state')
  const running = start(['sandbox', '--state', state, ...args], options)
  const line = await running.until('stdout', /\n$/)
  return {
    running,
    description: JSON.parse(line) as SandboxDescription,
    scratch,
    call: async (words, more) => await call([...words, '--state', state], more),
    start: (words) => start([...words, '--state', state]),
    [Symbol.asyncDispose]: async () => {
      running.child.kill('SIGTERM')
      const { code, stderr } = await running.ended
      await rm(scratch, { recursive: true, force: true })
      if (code !== 0) throw new Error(`the sandbox ended with ${String(code)}: ${stderr}`)
    },
  }
}

/** Standard output as the one JSON value that it must be. */
export function jsonOf(called: Called): unknown {
  const lines = called.stdout.split('\n')
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`expected one line, got ${JSON.stringify(called)}`)
  return JSON.parse(lines[0] ?? '')
}

/** Whether a process is at work: one that has ended and that nobody has waited for is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
