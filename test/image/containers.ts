import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../../images/steps/run-program.ts'
import { toolPath } from '../foreign/tools.ts'
import type { LocalTaskRun } from '../sandbox/local-run/run-task.ts'
import type { MemoryUse } from './cgroup.ts'
import type { Unpacked } from './built.ts'
import { runtimeConfig, type ContainerSpec } from './runtime-config.ts'

const wrapper = fileURLToPath(new URL('./run-in-container.ts', import.meta.url))
/** What a container may hold, in bytes: what the Task requests. */
export const memoryLimit = 128 * 1024 * 1024

/** Who runs in the container. Group 0 is what OpenShift gives to the uids that it assigns. */
export type User = { readonly uid: number; readonly gid: number }

/** The image's step program in a container, for the local run. */
export type ContainerProgram = Pick<LocalTaskRun, 'program'> & {
  /** The memory of the container in its last run; `anonymous` is the most that was seen, every 20 ms. */
  readonly memory: () => MemoryUse
}

/** What takes the place of `/nodejs/bin/node /app/main.js`: the same, from the image, in a container with 128 MiB, or as many bytes as it is told. */
export async function containerProgram(
  image: Unpacked,
  user: User,
  { folder, memory = memoryLimit }: { readonly folder: string; readonly memory?: number },
): Promise<ContainerProgram> {
  const state = await mkdtemp(join(folder, 'state-'))
  const command = ['/nodejs/bin/node', '/app/main.js']
  const spec: ContainerSpec = { ...common(image), memoryLimit: memory, state, ...user, command }
  const file = join(state, 'spec.json')
  writeFileSync(file, JSON.stringify(spec))
  return {
    program: [process.execPath, wrapper, file],
    memory: () => {
      const seen: MemoryUse = JSON.parse(readFileSync(join(state, 'memory'), 'utf8'))
      return seen
    },
  }
}

/** Forgets the files of a folder that the machine has in memory: who reads them next is charged for them, as the first pod of a node is. */
export async function forgetCached(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = `if=${join(entry.parentPath, entry.name)}`
    if (entry.isFile()) await runProgram('dd', [file, 'iflag=nocache', 'count=0', 'status=none'])
  }
}

/** An image's files and configuration. */
export type Image = Pick<Unpacked, 'rootfs' | 'config'>

/** Runs a piece of JavaScript on the image's Node in a container and gives what it printed. */
export async function evaluate(image: Image, user: User, script: string): Promise<string> {
  const command = ['/nodejs/bin/node', '--input-type=module', '--eval', script]
  const [runc = '', ...args] = await containerCall(image, user, { command })
  return await runProgram(runc, args)
}

/** What a container starts, and what it gets of this machine. */
export type ContainerStart = {
  /** The image's entry point with its arguments, or something else. */
  readonly command: readonly string[]
  /** Folder that it may write to, at its own path; nothing when absent. */
  readonly writable?: string
  readonly env?: readonly string[]
  /** In bytes; what the Task requests when absent. */
  readonly memory?: number
}

/** The call of runc that runs a container to its end. Its root is read-only, and signals are passed on to it. */
export async function containerCall(image: Image, user: User, start: ContainerStart): Promise<readonly string[]> {
  const state = await mkdtemp(join(image.rootfs, '../container-'))
  const { command, writable, env = [], memory = memoryLimit } = start
  const spec: ContainerSpec = { ...common(image), memoryLimit: memory, state, ...user, command }
  const inside = { args: [], env, binds: { writable: writable === undefined ? [] : [writable], readOnly: [] } }
  const id = `tekton-entra-${state.slice(-6)}`
  mkdirSync(join(state, 'runc'))
  writeFileSync(join(state, 'config.json'), JSON.stringify(runtimeConfig(spec, inside, `/${id}`)))
  return [spec.runc, '--root', join(state, 'runc'), 'run', '--bundle', state, id]
}

function common({ rootfs, config }: Image) {
  return { runc: toolPath('runc'), rootfs, memoryLimit, env: config.config.Env }
}
