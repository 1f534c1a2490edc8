import type { TaskEnv, TaskSidecar, TaskStep } from '../../../steps/lib/catalog/task.ts'
import { downwardField } from './downward-field.ts'
import { RefusedRun, UnsupportedTask } from './refusal.ts'
import type { LocalTaskRun } from './run-task.ts'
import { expandEnv, substitute, substituteList, type Variables } from './substitute.ts'
import type { Program } from './start-process.ts'
import type { Volumes } from './volumes.ts'

/** What a container is made from: everything but the results of earlier steps, which its entrypoint puts in when its turn comes. */
export type Container = {
  readonly name: string
  /** What stands for the image's program. */
  readonly program: Program
  /** Its arguments. */
  readonly args: readonly string[]
  /** In the order of the YAML. */
  readonly env: ReadonlyMap<string, string>
}

export type Surroundings = { readonly run: LocalTaskRun; readonly volumes: Volumes }

/** A step or a sidecar with its variables replaced, but for the results of earlier steps. */
export function withVariables(spec: TaskSidecar, variables: Variables): TaskSidecar {
  const replace = (text: string) => substitute(text, variables)
  return {
    ...spec,
    ...(spec.image === undefined ? {} : { image: replace(spec.image) }),
    command: substituteList(spec.command ?? [], variables),
    args: substituteList(spec.args ?? [], variables),
    env: (spec.env ?? []).map((entry) => envWith(entry, replace)),
    envFrom: (spec.envFrom ?? []).map(({ configMapRef, ...others }) => {
      return configMapRef === undefined
        ? others
        : { ...others, configMapRef: { ...configMapRef, name: replace(configMapRef.name) } }
    }),
    volumeMounts: (spec.volumeMounts ?? []).map((mount) => {
      return { ...mount, name: replace(mount.name), mountPath: replace(mount.mountPath) }
    }),
    onError: replace(spec.onError ?? ''),
    when: (spec.when ?? []).map(({ input, operator, values }) => {
      return { input: replace(input), operator, values: substituteList(values, variables) }
    }),
  }
}

function envWith(entry: TaskEnv, replace: (text: string) => string): TaskEnv {
  if (entry.valueFrom === undefined) return { name: entry.name, value: replace(entry.value ?? '') }
  const { configMapKeyRef, ...others } = entry.valueFrom as ValueFrom
  if (configMapKeyRef === undefined) return entry
  const { name, key } = configMapKeyRef
  const replaced = { ...configMapKeyRef, name: replace(name), key: replace(key) }
  return { name: entry.name, valueFrom: { ...others, configMapKeyRef: replaced } }
}

type ValueFrom = {
  readonly configMapKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean }
  readonly fieldRef?: { readonly fieldPath: string }
}

/** What the kubelet makes of a container; throws when it could not. */
export function makeContainer(spec: TaskStep, around: Surroundings): Container {
  const env = envOf(spec, around)
  const { program, args: own } = programOf(spec.command ?? [], around.run)
  const args = [...own, ...(spec.args ?? [])]
  return { name: spec.name, program, args: args.map((arg) => expandEnv(mapPaths(arg, spec, around), env)), env }
}

/** The command of a probe: Tekton replaces nothing in it. */
export function probeArgs(command: readonly string[], spec: TaskStep, around: Surroundings): string[] {
  return programOf(command, around.run).args.map((arg) => mapPaths(arg, spec, around))
}

function programOf(command: readonly string[], run: LocalTaskRun): { program: Program; args: readonly string[] } {
  if (command[0] === '/nodejs/bin/node' && command[1] === '/app/main.js')
    return { program: run.program, args: command.slice(2) }
  const [word = '', ...args] = command
  const other = run.commands?.[word]
  if (other !== undefined) return { program: other, args }
  throw new UnsupportedTask(`the local run has only the programs of our own step image, not ${command.join(' ')}`)
}

function envOf(spec: TaskStep, around: Surroundings): Map<string, string> {
  const env = new Map([...imageVariables(spec.image), ...variablesFrom(spec, around.run)])
  for (const { name, value = '', valueFrom } of spec.env ?? []) {
    const own = valueFrom === undefined ? expandEnv(mapPaths(value, spec, around), env) : valueOf(valueFrom, around.run)
    if (own !== undefined) env.set(name, own)
  }
  return env
}

/** What our images say of themselves, which stands here for this machine: the one with a shell lets scripts start its programs. */
function imageVariables(image = ''): [name: string, value: string][] {
  return /\/steps-shell(?:[:@]|$)/.test(image) ? [['PROGRAMS_PATH', process.env['PATH'] ?? '']] : []
}

/** All keys of ConfigMaps; what `env` names comes after them. */
function variablesFrom({ envFrom = [] }: TaskStep, run: LocalTaskRun): [string, string][] {
  return envFrom.flatMap(({ configMapRef }) => {
    const found = run.configMaps?.[configMapRef?.name ?? '']
    if (found === undefined && configMapRef?.optional !== true) {
      const missing = `the ConfigMap ${configMapRef?.name} is missing: the pod would not start`
      throw new RefusedRun('CreateContainerConfigError', [missing])
    }
    return Object.entries(found ?? {})
  })
}

function valueOf(valueFrom: unknown, run: LocalTaskRun): string | undefined {
  const { configMapKeyRef, fieldRef } = valueFrom as ValueFrom
  if (fieldRef !== undefined) return downwardField(run, fieldRef.fieldPath)
  if (configMapKeyRef === undefined) return undefined
  const { name, key, optional } = configMapKeyRef
  const value = run.configMaps?.[name]?.[key]
  if (value === undefined && optional !== true) {
    throw new RefusedRun('CreateContainerConfigError', [
      `the key ${key} of the ConfigMap ${name} is missing: the pod would not start`,
    ])
  }
  return value
}

function mapPaths(text: string, spec: TaskStep, { volumes }: Surroundings): string {
  const mount = (spec.volumeMounts ?? []).find(
    ({ mountPath }) => text === mountPath || text.startsWith(`${mountPath}/`),
  )
  return mount === undefined ? text : volumes.folder(mount.name) + text.slice(mount.mountPath.length)
}
