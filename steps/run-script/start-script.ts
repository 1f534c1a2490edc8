import { spawn, type ChildProcess } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import type { Shell } from './shell.ts'
import type { Said, Start, Told } from './wire.ts'

/** The process of a script. */
export type ScriptProcess = {
  say(told: Told): void
  /** Ends it at once, and the programs that it has started. */
  kill(): void
  /** Resolves when it has ended and all that it said was heard. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

type Opening = {
  readonly start: Omit<Start, 'hasShell'>
  /** Folders that it may read and write. */
  readonly folders: readonly string[]
  /** With one it may start programs, too. */
  readonly shell: Shell | undefined
  readonly signal: AbortSignal
  readonly onSaid: (said: Said) => void
  readonly onText: (piece: string) => void
}

/**
 * Starts a process of this same program for a script: with an environment of its own, and Node's permissions closed but for the workspaces. That
 * keeps a script from reading the projected tokens, and from our standard output, which is the record's, by mistake or by a package's cleverness; Node
 * itself says that it is no wall against malice, and the programs that a script may start where there is a shell are not held by it at all. It is
 * killed when the run has to stop.
 */
export function startScript({ start, folders, shell, signal, onSaid, onText }: Opening): ScriptProcess {
  const program = process.argv[1] ?? ''
  const child = spawn(
    process.execPath,
    [...permissions(dirname(program), folders, shell), program, 'run-script/process'],
    {
      env: shell === undefined ? {} : { PATH: shell.path, HOME: shell.home, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      // A group of its own, which its programs are in, too.
      detached: true,
    },
  )
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onText)
  child.on('message', (said: Said) => onSaid(said))
  const kill = () => killGroup(child)
  signal.addEventListener('abort', kill, { once: true })
  const ended = endOf(child).finally(() => signal.removeEventListener('abort', kill))
  const say = (told: Told) => {
    // One that has just ended hears nothing any more; how it ended says the rest.
    if (child.connected) child.send(told, () => {})
  }
  say({ kind: 'start', script: { ...start, hasShell: shell !== undefined } })
  return { say, kill, ended }
}

function permissions(application: string, folders: readonly string[], shell: Shell | undefined): string[] {
  const programs = shell === undefined ? [] : shell.path.split(delimiter).filter((folder) => folder !== '')
  const read = [application, ...folders, ...programs].map((folder) => `--allow-fs-read=${folder}`)
  const write = folders.map((folder) => `--allow-fs-write=${folder}`)
  const start =
    shell === undefined
      ? []
      : ['--allow-child-process', '--disable-warning=SecurityWarning', '--disable-warning=DEP0190']
  return ['--permission', ...read, ...write, ...start, '--disable-warning=ExperimentalWarning']
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

/** How long what was printed may take to arrive when the process is gone. */
const farewellMs = 1000

/**
 * What a process has said may still be on its way when it is gone. A program that it has left behind is ended, too; one that has left the group as well
 * would hold our end of its output open for as long as it likes.
 */
async function endOf(child: ChildProcess): ScriptProcess['ended'] {
  child.once('exit', () => {
    killGroup(child)
    setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()), farewellMs).unref()
  })
  const disconnected = new Promise((resolve) => child.once('disconnect', resolve))
  const closed = new Promise<Awaited<ScriptProcess['ended']>>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const end = await closed
  await disconnected
  return end
}
