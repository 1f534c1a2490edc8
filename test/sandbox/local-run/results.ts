import { readFile } from 'node:fs/promises'
import type { Task, TaskStep } from '../../../steps/lib/catalog/task.ts'
import { typeOf, untypedValueOf } from './param-value.ts'
import { stepResultPath, taskResultPath } from './pod-files.ts'
import { entryTypes, type Entry } from './termination-message.ts'

/** Results that stand on the disk when a step ends, in two batches: those of the Task, whichever step has written them, and its own. */
export async function writtenResults(task: Task, step: TaskStep, scratch: string): Promise<Entry[][]> {
  const ofTask = (task.spec.results ?? []).filter(({ value }) => value === undefined)
  return [
    await readEntries(ofTask, entryTypes.taskResult, (name) => taskResultPath(scratch, name)),
    await readEntries(step.results ?? [], entryTypes.stepResult, (name) => stepResultPath(scratch, step, name)),
  ]
}

/** Throws when there is something that cannot be read; what has not been written is left out. */
async function readEntries(
  declared: readonly { readonly name: string }[],
  type: number,
  pathOf: (name: string) => string,
): Promise<Entry[]> {
  const found: Entry[] = []
  for (const { name } of declared) {
    const value = await readFile(pathOf(name), 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    })
    if (value !== undefined) found.push({ key: name, value, type })
  }
  return found
}

/** What the controller has heard from a step. */
export type Heard = { readonly step: TaskStep; readonly entries: readonly Entry[] }

/**
 * The results of the TaskRun, also of one that failed. Every step tells those of the Task again, and the last one counts. A step's result of
 * no declared type has the type that its text looks like; as a Task's result must be a string, a JSON list or object fails the run.
 */
export function taskRunResults(
  task: Task,
  heard: readonly Heard[],
): { results: Readonly<Record<string, string>>; misfits: readonly string[] } {
  const results = new Map<string, string>()
  const misfits = new Set<string>()
  for (const { step, entries } of heard) {
    for (const { key, value } of entries.filter(({ type }) => type === entryTypes.taskResult)) results.set(key, value)
    for (const [name, value] of askedOf(task, step, entries)) {
      if (typeof value === 'string') results.set(name, value)
      else misfits.add(name)
    }
  }
  for (const name of misfits) results.delete(name)
  return { results: Object.fromEntries(results), misfits: [...misfits] }
}

/** The Task's results that are this step's; of two that are the same result of a step only the last is given. */
function askedOf(task: Task, step: TaskStep, entries: readonly Entry[]) {
  const asked = (task.spec.results ?? []).flatMap(({ name, value = '' }) => {
    const [, stepName, result] = /\$\(steps\.(.*?)\.results\.(.*?)\)/.exec(value) ?? []
    return stepName === step.name && result !== undefined ? [[result, name] as const] : []
  })
  const names = new Map(asked)
  const types = new Map((step.results ?? []).map(({ name, type }) => [name, type]))
  return entries.flatMap(({ key, value, type }) => {
    const name = type === entryTypes.stepResult ? names.get(key) : undefined
    if (name === undefined) return []
    const typed = types.get(key) === 'string' ? value : untypedValueOf(value)
    return [[name, typeOf(typed) === 'string' ? typed : undefined] as const]
  })
}
