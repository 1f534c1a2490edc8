import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task, TaskStep } from '../../../steps/lib/catalog/task.ts'
import { substitute, type Variables } from './substitute.ts'

/** Where a step writes its results. */
export function stepResultPath(scratch: string, step: TaskStep, result: string): string {
  return join(scratch, 'steps', step.name, result)
}

/** The results that a step has written, verbatim. One that it has declared and not written is not there. */
export async function readStepResults(scratch: string, step: TaskStep): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { name } of step.results ?? []) {
    const text = await readFile(stepResultPath(scratch, step, name), 'utf8').catch(() => undefined)
    if (text !== undefined) found.set(name, text)
  }
  return found
}

/** The Task's results; one whose value names something that no step has given is left out. */
export function taskResults(task: Task, variables: Variables): Record<string, string> {
  const known = (task.spec.results ?? []).filter(({ value = '' }) => isKnown(value, variables))
  return Object.fromEntries(known.map(({ name, value = '' }) => [name, substitute(value, variables)]))
}

function isKnown(value: string, { texts }: Variables): boolean {
  return [...value.matchAll(/\$\(([^()]+)\)/g)].every(([, name]) => texts.has(name ?? ''))
}
