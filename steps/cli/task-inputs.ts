import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Task, TaskParam } from '../lib/catalog/task.ts'
import { suggestion } from '../../test/sandbox/nearest-name.ts'

/** Params of a TaskRun, as YAML would write them. */
export type Params = Readonly<Record<string, string | readonly string[]>>

/** How params are read: with Tekton's own leniency, or with ours. */
export type ParamRules = { readonly likeTekton: boolean; readonly faults: string[] }

/**
 * Reads `name=value`, once for each entry of a list; `name=` is the empty text, or the empty list. A comma separates nothing, as
 * values may hold one. Tekton drops a param that the Task does not declare without a word; here that is a fault.
 */
export function readParams(task: Task, given: readonly string[], { likeTekton, faults }: ParamRules): Params {
  const declared = new Map((task.spec.params ?? []).map((param) => [param.name, param]))
  const pairs = given.flatMap((text) => pairOf('--param', text, faults))
  const params: Record<string, string | readonly string[]> = {}
  for (const [name, same] of Map.groupBy(pairs, ([key]) => key)) {
    const values = same.map(([, value]) => value)
    const param = declared.get(name)
    if (param === undefined && !likeTekton) {
      faults.push(`--param: ${task.metadata.name} has no param "${name}"; ${suggestion(name, [...declared.keys()])}`)
    }
    const isList = isListParam(param)
    if (!isList && values.length > 1)
      faults.push(`--param: ${name} is given ${values.length} times, and takes one value`)
    params[name] = isList ? (values.length === 1 && values[0] === '' ? [] : values) : (values[0] ?? '')
  }
  const missing = [...declared.values()].filter(
    (param) => param.default === undefined && params[param.name] === undefined,
  )
  faults.push(...missing.map(({ name, description = '' }) => `--param ${name}=… is missing: ${description}`))
  return params
}

/** Reads `name=folder`; each folder must be there. */
export function readWorkspaces(
  task: Task,
  given: readonly string[],
  faults: string[],
): Readonly<Record<string, string>> {
  const declared = task.spec.workspaces ?? []
  const names = declared.map(({ name }) => name)
  const folders = new Map<string, string>()
  for (const [name, folder] of given.flatMap((text) => pairOf('--workspace', text, faults))) {
    if (!names.includes(name))
      faults.push(`--workspace: ${task.metadata.name} has no workspace "${name}"; ${suggestion(name, names)}`)
    if (folders.has(name)) faults.push(`--workspace: ${name} is given twice`)
    if (!isFolder(folder)) faults.push(`--workspace ${name}: ${folder} is no folder`)
    folders.set(name, resolve(folder))
  }
  const missing = declared.filter(({ name, optional }) => optional !== true && !folders.has(name))
  faults.push(...missing.map(({ name, description = '' }) => `--workspace ${name}=DIR is missing: ${description}`))
  return Object.fromEntries(folders)
}

function pairOf(option: string, text: string, faults: string[]): readonly (readonly [string, string])[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name !== undefined && value !== undefined) return [[name, value]]
  faults.push(`${option}: got "${text}", expected NAME=VALUE`)
  return []
}

function isListParam(param: TaskParam | undefined): boolean {
  return param !== undefined && (param.type ?? (Array.isArray(param.default) ? 'array' : 'string')) === 'array'
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
