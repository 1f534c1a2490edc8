import type { TaskEnv, TaskStep } from '../../../steps/lib/catalog/task.ts'
import { downwardField } from './downward-field.ts'
import { RefusedRun, UnsupportedTask } from './refusal.ts'
import type { LocalTaskRun } from './run-task.ts'
import { expandEnv, substitute, substituteList, type Variables } from './substitute.ts'
import type { Volumes } from './volumes.ts'

/** What a container is made from: everything but the results of earlier steps, which its entrypoint puts in when its turn comes. */
export type Container = {
  readonly name: string
  /** Arguments of the program that stands for the image's. */
  readonly args: readonly string[]
  /** In the order of the YAML. */
  readonly env: ReadonlyMap<string, string>
}

export type Surroundings = {
  readonly run: LocalTaskRun
  readonly volumes: Volumes
  readonly variables: Variables
}

/** Throws when the kubelet could not make the container. */
export function makeContainer(spec: TaskStep, around: Surroundings): Container {
  const env = envOf(spec, around)
  const args = substituteList([...programArgs(spec.command ?? []), ...(spec.args ?? [])], around.variables)
  return { name: spec.name, args: args.map((arg) => expandEnv(mapPaths(arg, spec, around), env)), env }
}

/** The command of a probe: Tekton replaces nothing in it. */
export function probeArgs(command: readonly string[], spec: TaskStep, around: Surroundings): string[] {
  return programArgs(command).map((arg) => mapPaths(arg, spec, around))
}

function programArgs(command: readonly string[]): readonly string[] {
  if (command[0] === '/nodejs/bin/node' && command[1] === '/app/main.js') return command.slice(2)
  throw new UnsupportedTask(`the local run has only the programs of our own step image, not ${command.join(' ')}`)
}

function envOf(spec: TaskStep, around: Surroundings): Map<string, string> {
  const env = new Map<string, string>()
  for (const entry of spec.env ?? []) {
    const value = valueOf(entry, around)
    if (value === undefined) continue
    env.set(entry.name, entry.valueFrom === undefined ? expandEnv(mapPaths(value, spec, around), env) : value)
  }
  return env
}

function valueOf(entry: TaskEnv, { run, variables }: Surroundings): string | undefined {
  if (entry.valueFrom === undefined) return substitute(entry.value ?? '', variables)
  const { configMapKeyRef, fieldRef } = entry.valueFrom as {
    configMapKeyRef?: { name: string; key: string; optional?: boolean }
    fieldRef?: { fieldPath: string }
  }
  if (fieldRef !== undefined) return downwardField(run, fieldRef.fieldPath)
  if (configMapKeyRef === undefined) return undefined
  const [name, key] = [configMapKeyRef.name, configMapKeyRef.key].map((text) => substitute(text, variables))
  const value = run.configMaps?.[name ?? '']?.[key ?? '']
  if (value === undefined && configMapKeyRef.optional !== true) {
    throw new RefusedRun('CreateContainerConfigError', [
      `the key ${key} of the ConfigMap ${name} is missing: the pod would not start`,
    ])
  }
  return value
}

function mapPaths(text: string, spec: TaskStep, { volumes, variables }: Surroundings): string {
  for (const { name, mountPath } of spec.volumeMounts ?? []) {
    const path = substitute(mountPath, variables)
    if (text === path || text.startsWith(`${path}/`))
      return volumes.folder(substitute(name, variables)) + text.slice(path.length)
  }
  return text
}
