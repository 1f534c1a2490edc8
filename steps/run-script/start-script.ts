import { spawn, type ChildProcess } from 'node:child_process'
import { dirname } from 'node:path'
import type { Said, Start, Told } from './wire.ts'

/** The process of a script. */
export type ScriptProcess = {
  readonly child: ChildProcess
  say(told: Told): void
  /** Resolves when it has ended and all that it said was heard. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

type Opening = {
  readonly start: Start
  /** Folders that it may read and write. */
  readonly folders: readonly string[]
  readonly signal: AbortSignal
  readonly onSaid: (said: Said) => void
  readonly onText: (piece: string) => void
}

/**
 * Starts a process of this same program for a script: with an environment of its own, that holds nothing, and Node's permissions closed but for the
 * workspaces. That keeps a script from reading the projected tokens, and from our standard output, which is the record's, by mistake or by a package's
 * cleverness; Node itself says that it is no wall against malice. It is killed when the run has to stop.
 */
export function startScript({ start, folders, signal, onSaid, onText }: Opening): ScriptProcess {
  const program = process.argv[1] ?? ''
  const read = [dirname(program), ...folders].map((folder) => `--allow-fs-read=${folder}`)
  const write = folders.map((folder) => `--allow-fs-write=${folder}`)
  const flags = ['--permission', ...read, ...write, '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, program, 'run-script/process'], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onText)
  child.on('message', (said: Said) => onSaid(said))
  const kill = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  const ended = endOf(child).finally(() => signal.removeEventListener('abort', kill))
  const say = (told: Told) => {
    // One that has just ended hears nothing any more; how it ended says the rest.
    if (child.connected) child.send(told, () => {})
  }
  say({ kind: 'start', script: start })
  return { child, say, ended }
}

/** What a process has said may still be on its way when it is gone. */
async function endOf(child: ChildProcess): ScriptProcess['ended'] {
  const disconnected = new Promise((resolve) => child.once('disconnect', resolve))
  const closed = new Promise<Awaited<ScriptProcess['ended']>>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const end = await closed
  await disconnected
  return end
}
