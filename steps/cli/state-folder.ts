import { link, mkdir, readFile, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { SandboxDescription } from '../../test/sandbox/control/description.ts'
import { CliError, exits } from './cli-error.ts'
import { ask } from './control-client.ts'

/** What the state file says: the sandbox, and the token of its control address. Mode 0600. */
export type StateFile = SandboxDescription & { readonly controlToken: string }

/** A state folder as its sandbox holds it. */
export type ClaimedFolder = {
  /** Puts the state file and other files there, for this sandbox alone. Throws when another one was faster. */
  announce(state: StateFile, files: Readonly<Record<string, string>>): Promise<void>
  /** Removes all that this sandbox has put there, and the folder when it made it. */
  leave(): Promise<void>
}

const stateName = 'sandbox.json'

/** Path of the state folder: the option, the variable, or a folder that is this user's. */
export function stateFolder(option: string | undefined, env: NodeJS.ProcessEnv): string {
  const asked = option ?? env['TEKTON_ENTRA_STATE']
  if (asked !== undefined && asked !== '') return resolve(asked)
  const runtime = env['XDG_RUNTIME_DIR']
  if (runtime !== undefined && runtime !== '') return join(runtime, 'tekton-entra')
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tekton-entra', 'sandbox')
}

/** The state file's path. */
export function stateFileOf(folder: string): string {
  return join(folder, stateName)
}

/** The sandbox of the folder when it lives: its control address answers as the one that the state file names. */
export async function runningSandbox(folder: string): Promise<StateFile | undefined> {
  const state = await readState(folder)
  return state !== undefined && (await isRunning(state)) ? state : undefined
}

async function isRunning(state: StateFile): Promise<boolean> {
  const answer = await ask(state, { method: 'GET', path: '/sandbox' }).catch(() => undefined)
  const { json, status } = answer ?? { json: undefined, status: 0 }
  return status === 200 && typeof json === 'object' && json !== null && 'pid' in json && json.pid === state.pid
}

/** The same, for commands that need one. */
export async function requireSandbox(folder: string): Promise<StateFile> {
  const state = await runningSandbox(folder)
  if (state !== undefined) return state
  throw new CliError([`no sandbox is running in ${folder}`], {
    exit: exits.unavailable,
    remedy: 'npx tekton-entra sandbox',
  })
}

/** Makes the folder ready for a sandbox, unless one lives there. What a dead one has left is cleared away. */
export async function claimFolder(folder: string): Promise<ClaimedFolder> {
  // Read once: what is cleared away below is what was found dead here, not what another one has put there since.
  const stale = await readState(folder)
  if (stale !== undefined && (await isRunning(stale))) throw occupied(folder, stale.pid)
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  await refuseForeignFolder(folder)
  const path = stateFileOf(folder)
  const placed: string[] = []
  return {
    announce: async (state, files) => {
      await place(path, state, stale)
      placed.push(path)
      // Only now: before, they might have been those of another sandbox that was faster.
      for (const [name, text] of Object.entries(files)) {
        placed.push(join(folder, name))
        await writeFile(join(folder, name), text, { mode: 0o600 })
      }
    },
    leave: async () => {
      for (const file of placed.toReversed()) await rm(file, { force: true })
      // Not empty: somebody keeps something there, and the folder stays.
      if (made !== undefined) await rmdir(folder).catch(() => {})
    },
  }
}

/** A link is made whole or not at all, so of two sandboxes that start at once one is refused. */
async function place(path: string, state: StateFile, stale: StateFile | undefined): Promise<void> {
  const own = `${path}.${randomUUID()}`
  await writeFile(own, JSON.stringify(state), { mode: 0o600 })
  try {
    if (stale !== undefined) await removeStale(path, stale)
    await link(own, path)
  } catch (error) {
    if (error instanceof CliError) throw error
    throw occupied(path, (await readStateFile(path))?.pid)
  } finally {
    await unlink(own)
  }
}

/**
 * Takes the dead sandbox's file away, unless another starting one has put its own there. A mark that only one can make keeps
 * the file as it is between the look and the removal.
 */
async function removeStale(path: string, stale: StateFile): Promise<void> {
  const mark = `${path}.removal`
  await writeFile(mark, '', { flag: 'wx', mode: 0o600 }).catch(() => {
    throw new CliError([`another sandbox is starting in the place of ${path}`], {
      exit: exits.unavailable,
      remedy: `if none is: rm ${mark}`,
    })
  })
  try {
    const there = await readStateFile(path)
    if (there === undefined) return
    if (there.controlToken !== stale.controlToken) throw occupied(path, there.pid)
    await unlink(path)
  } finally {
    await unlink(mark)
  }
}

function occupied(where: string, pid: number | undefined): CliError {
  const who = pid === undefined ? 'another sandbox' : `the sandbox with process id ${pid}`
  return new CliError([`${where} belongs to ${who}, which is running`], {
    exit: exits.unavailable,
    remedy: 'end that one, or give this one a folder of its own: --state DIR',
  })
}

/** Whoever may write there could put a CA of their own in the place of the sandbox's. */
async function refuseForeignFolder(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder)
  const isOwn = process.getuid === undefined || uid === process.getuid()
  if (!isOwn) throw new CliError([`${folder} belongs to another user`], { remedy: '--state DIR' })
  if ((mode & 0o022) !== 0) throw new CliError([`others may write to ${folder}`], { remedy: `chmod go-w ${folder}` })
}

async function readState(folder: string): Promise<StateFile | undefined> {
  return await readStateFile(stateFileOf(folder))
}

async function readStateFile(path: string): Promise<StateFile | undefined> {
  try {
    const state: unknown = JSON.parse(await readFile(path, 'utf8'))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return typeof state === 'object' && state !== null && 'controlToken' in state ? (state as StateFile) : undefined
  } catch {
    return undefined
  }
}
