import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskEnv, TaskStep } from '../../../steps/lib/catalog/task.ts'
import { stepResultPath } from './results.ts'
import { taskRunName, UnsupportedTask, type LocalTaskRun } from './run-task.ts'
import { expandEnv, substitute, substituteArgs, type Variables } from './substitute.ts'
import type { Volumes } from './volumes.ts'

/** What is started in the place of `/nodejs/bin/node /app/main.js`. */
export type Program = readonly string[]

/** How one step ended, with everything that it could have let slip. */
export type StepExit = {
  readonly name: string
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly milliseconds: number
}

type Surroundings = {
  readonly run: LocalTaskRun
  readonly scratch: string
  readonly volumes: Volumes
  readonly variables: Variables
}

/** Starts one step with an environment made from nothing and waits for its end. */
export async function runStepProcess(step: TaskStep, around: Surroundings): Promise<StepExit> {
  await mkdir(join(around.scratch, 'steps', step.name), { recursive: true })
  const argv = argvOf(step, around)
  const env = { ...envOf(step, around), ...around.run.extraEnv }
  const [program = '', ...args] = argv
  const started = performance.now()
  const child = spawn(program, args, {
    env,
    cwd: around.scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: around.run.signal,
  })
  around.run.onSpawn?.((signal) => child.kill(signal))
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk)
    around.run.onStderr?.(chunk.toString('utf8'))
  })
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    // A shell's way to say which signal it was; Tekton shows the same number.
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 128)))
  })
  const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8')
  return {
    name: step.name,
    status,
    stdout: text(stdout),
    stderr: text(stderr),
    argv,
    env,
    milliseconds: performance.now() - started,
  }
}

function argvOf(step: TaskStep, around: Surroundings): string[] {
  const command = step.command ?? []
  if (command[0] !== '/nodejs/bin/node' || command[1] !== '/app/main.js') {
    throw new UnsupportedTask(`the local run has only the programs of our own step image, not ${command.join(' ')}`)
  }
  const args = substituteArgs([...command.slice(2), ...(step.args ?? [])], around.variables)
  return [...around.run.program, ...args.map((arg) => mapPaths(arg, step, around))]
}

function envOf(step: TaskStep, around: Surroundings): Record<string, string> {
  const env = new Map<string, string>()
  const results = (step.results ?? []).map(
    ({ name }) => [`step.results.${name}.path`, stepResultPath(around.scratch, step, name)] as const,
  )
  const variables = { ...around.variables, texts: new Map([...around.variables.texts, ...results]) }
  for (const entry of step.env ?? []) {
    const value = valueOf(entry, around, variables)
    if (value !== undefined)
      env.set(entry.name, entry.valueFrom === undefined ? expandEnv(mapPaths(value, step, around), env) : value)
  }
  return Object.fromEntries(env)
}

function valueOf(entry: TaskEnv, { run }: Surroundings, variables: Variables): string | undefined {
  if (entry.valueFrom === undefined) return substitute(entry.value ?? '', variables)
  const { configMapKeyRef, fieldRef } = entry.valueFrom as {
    configMapKeyRef?: { name: string; key: string; optional?: boolean }
    fieldRef?: { fieldPath: string }
  }
  if (fieldRef !== undefined) return downwardField(run, fieldRef.fieldPath)
  if (configMapKeyRef === undefined) return undefined
  const value = run.configMaps?.[substitute(configMapKeyRef.name, variables)]?.[configMapKeyRef.key]
  if (value === undefined && configMapKeyRef.optional !== true) {
    throw new UnsupportedTask(
      `the key ${configMapKeyRef.key} of the ConfigMap ${configMapKeyRef.name} is missing: the pod would not start`,
    )
  }
  return value
}

/** What the downward API would say of the pod that Tekton makes. */
function downwardField(run: LocalTaskRun, fieldPath: string): string {
  const name = taskRunName(run)
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': `${name}-pod`,
    'metadata.namespace': run.namespace ?? 'default',
    'metadata.uid': uidFrom(`pod ${name}`),
    "metadata.labels['tekton.dev/taskRun']": name,
    "metadata.labels['tekton.dev/taskRunUID']": uidFrom(`taskrun ${name}`),
    "metadata.labels['tekton.dev/pipelineRun']": run.pipelineRun ?? '',
    "metadata.labels['tekton.dev/pipelineRunUID']":
      run.pipelineRun === undefined ? '' : uidFrom(`pipelinerun ${run.pipelineRun}`),
    "metadata.labels['tekton.dev/pipelineTask']": run.pipelineRun === undefined ? '' : 'push',
  }
  const value = fields[fieldPath]
  if (value === undefined) throw new UnsupportedTask(`the local run does not know the field ${fieldPath}`)
  return value
}

/** A UID that is the same whenever the name is, in the form of a UUID. */
function uidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

function mapPaths(text: string, step: TaskStep, { volumes }: Surroundings): string {
  const mount = (step.volumeMounts ?? []).find(
    ({ mountPath }) => text === mountPath || text.startsWith(`${mountPath}/`),
  )
  return mount === undefined ? text : volumes.folder(mount.name) + text.slice(mount.mountPath.length)
}
