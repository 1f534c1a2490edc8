import { calledTask } from './callee.ts'
import type { Catalog } from './catalog.ts'
import { allTasks, type PipelineSpec, type PipelineTask } from './pipeline.ts'
import type { TaskResult } from './task.ts'

type Reference = {
  readonly section: 'tasks' | 'finally'
  readonly task: string
  readonly result: string
  /** `[*]` and the like; `''` where there is none. */
  readonly index: string
}

/** `$(tasks.x.results.y)` only of a task that declares it, and as the list that a fanned-out one gives. Empty when all is well. */
export function checkTaskResults(spec: PipelineSpec, catalog: Catalog): string[] {
  return [
    ...allTasks(spec).flatMap((task) => {
      const { taskSpec: _own, ...written } = task
      return referencesIn(written).flatMap((reference) =>
        reference.task === task.name
          ? [`task "${task.name}" takes a result of its own`]
          : checkReference(`task "${task.name}"`, reference, spec, catalog),
      )
    }),
    ...(spec.results ?? []).flatMap((result) => {
      const references = referencesIn(result.value)
      if (references.length === 0) return [`result "${result.name}" is not the value of a task's result`]
      return references.flatMap((reference) => checkReference(`result "${result.name}"`, reference, spec, catalog))
    }),
  ]
}

function referencesIn(written: unknown): Reference[] {
  const pattern = /\$\((tasks|finally)\.([\w-]+)\.results\.([\w-]+)(\[[^\]]*\])?/g
  return [...JSON.stringify(written).matchAll(pattern)].map(([, section, task = '', result = '', index = '']) => ({
    section: section === 'finally' ? 'finally' : 'tasks',
    task,
    result,
    index,
  }))
}

function checkReference(who: string, reference: Reference, spec: PipelineSpec, catalog: Catalog): string[] {
  const { section, task: name, result } = reference
  const task = spec[section]?.find((candidate) => candidate.name === name)
  if (task === undefined) return [`${who} takes a result of "${name}", which is no task under ${section}`]
  const called = calledTask(task, catalog)
  if ('fault' in called) return []
  const declared = called.found.results?.find((candidate) => candidate.name === result)
  if (declared === undefined) return [`${who} takes "${result}" of task "${name}", which does not declare it`]
  return checkShape(who, reference, givesList(task, declared))
}

/** A task that is fanned out gives a list of each of its results. */
function givesList(task: PipelineTask, result: TaskResult): boolean {
  return task.matrix !== undefined || result.type === 'array'
}

function checkShape(who: string, { task, result, index }: Reference, isList: boolean): string[] {
  if (isList && index === '') return [`${who} takes "${result}" of task "${task}" as a string: it is a list, add [*]`]
  if (!isList && index !== '') return [`${who} takes "${result}" of task "${task}" as a list: it is a string`]
  return []
}
