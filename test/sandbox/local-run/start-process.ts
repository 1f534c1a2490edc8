import { spawn } from 'node:child_process'
import type { Container } from './container.ts'
import type { LocalTaskRun } from './run-task.ts'

/** What is started in the place of `/nodejs/bin/node /app/main.js`. */
export type Program = readonly string[]

/** What a process could have let slip. */
export type Traces = {
  readonly stdout: string
  readonly stderr: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly milliseconds: number
}

export type Ended = {
  /** `null` when a signal has ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly traces: Traces
}

export type Process = {
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Ended>
}

/** Starts a container's program in the scratch folder, with an environment made from nothing. */
export function startProcess({ program, args, env: declared }: Container, run: LocalTaskRun, scratch: string): Process {
  const [command = '', ...before] = program
  const argv = [command, ...before, ...args]
  const env = { ...Object.fromEntries(declared), ...run.extraEnv }
  const started = performance.now()
  const child = spawn(command, argv.slice(1), {
    env,
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: run.signal,
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk)
    run.onStderr?.(chunk.toString('utf8'))
  })
  const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8')
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const milliseconds = performance.now() - started
      resolve({ code, signal, traces: { stdout: text(stdout), stderr: text(stderr), argv, env, milliseconds } })
    })
  })
  return { kill: (signal) => void child.kill(signal), ended }
}
