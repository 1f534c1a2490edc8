import { spawn } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliError, exits } from '../../steps/cli/cli-error.ts'

export type Ran = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** What it reads from standard input. */
  readonly input?: string
}

/** Runs a program to its end and gives what it said. */
export async function runProgram(argv: readonly string[], { env, cwd, input }: RunOptions = {}): Promise<Ran> {
  const [program = '', ...args] = argv
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: env ?? process.env, cwd: cwd ?? '/', stdio: 'pipe' })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    // It may end before it has read all: what it says of it is told, not the broken pipe.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}

/** Runs a program that must succeed; throws a `CliError` with its last words else. Gives its standard output. */
export async function mustRun(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await runProgram(argv, options)
  if (status === 0) return stdout
  const words = `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n')
  throw new CliError([`${argv.join(' ')} ended with ${String(status)}: ${words}`], { exit: exits.unavailable })
}

/** A program that stays when this one has ended. */
export type Daemon = {
  readonly name: string
  readonly argv: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a program in a session of its own, its output in `<logs>/<name>.log`. Gives its process id on this machine. */
export function startDaemon({ name, argv, cwd = '/', env = {} }: Daemon, logs: string): number {
  mkdirSync(logs, { recursive: true })
  const log = openSync(logOf(name, logs), 'a')
  const [program = '', ...args] = argv
  const child = spawn(program, args, {
    cwd,
    env: { PATH: PATH, ...env },
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  // Who waits for the daemon sees in its log why it is not there.
  child.on('error', () => {})
  child.unref()
  return child.pid ?? 0
}

/** Debian's programs for the system are not on every root's path. */
export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The last lines that a daemon has written. */
export function lastWords(name: string, logs: string, lines = 8): string {
  try {
    return readFileSync(logOf(name, logs), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return ''
  }
}

function logOf(name: string, logs: string): string {
  return join(logs, `${name}.log`)
}
