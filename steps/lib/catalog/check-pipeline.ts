import { calledTask, taskCallee } from './callee.ts'
import type { Catalog } from './catalog.ts'
import { checkBound, checkGiven, checkLiterals, isList, type Callee } from './check-given.ts'
import { checkOwnTask } from './check-own-task.ts'
import { checkParamReferences } from './check-references.ts'
import { checkTaskResults } from './check-task-results.ts'
import { allTasks, type PipelineSpec, type PipelineTask } from './pipeline.ts'
import type { GivenParam } from './task.ts'

/** A Pipeline calls Tasks: each call as {@link checkGiven} has it, and what one task takes of another. Empty when all is well. */
export function checkPipeline(spec: PipelineSpec, catalog: Catalog): string[] {
  const tasks = allTasks(spec)
  // A written-out Task has params and workspaces of its own.
  const written = [tasks.map(({ taskSpec: _own, ...task }) => task), spec.results ?? []]
  return [
    ...checkParamReferences(written, spec.params ?? []),
    ...checkWorkspaces(spec),
    ...tasks.flatMap((task) => checkTask(task, spec, catalog).map((fault) => `task "${task.name}" ${fault}`)),
    ...checkTaskResults(spec, catalog),
  ]
}

function checkWorkspaces(spec: PipelineSpec): string[] {
  const used = new Set(allTasks(spec).flatMap(({ workspaces = [] }) => workspaces.map(outerName)))
  return (spec.workspaces ?? [])
    .filter(({ name }) => !used.has(name))
    .map(({ name }) => `workspace "${name}" is declared but no task uses it`)
}

/** A task that leaves out the Pipeline's name of a workspace means that of its own. */
function outerName({ name, workspace }: { readonly name: string; readonly workspace?: string }): string {
  return workspace ?? name
}

function checkTask(task: PipelineTask, spec: PipelineSpec, catalog: Catalog): string[] {
  const called = calledTask(task, catalog)
  if ('fault' in called) return [called.fault]
  const name = task.taskSpec === undefined ? nameOf(task) : 'its own taskSpec'
  const callee = taskCallee(name, called.found, catalog.steps)
  const workspaces = new Set((spec.workspaces ?? []).map((workspace) => workspace.name))
  const unknown = (task.workspaces ?? []).map(outerName).filter((workspace) => !workspaces.has(workspace))
  return [
    ...checkGivenAndFannedOut(task, callee),
    ...checkBound(callee, task.workspaces ?? []),
    ...unknown.map((workspace) => `uses the workspace "${workspace}", which the Pipeline does not declare`),
    ...checkOrder(task, spec),
    ...(task.taskSpec === undefined ? [] : checkOwnTask(task.taskSpec, catalog.steps)),
  ]
}

/** Only for messages: {@link calledTask} has followed the reference. */
function nameOf({ taskRef }: PipelineTask): string {
  return taskRef?.name ?? String(taskRef?.params?.find(({ name }) => name === 'name')?.value)
}

function checkOrder(task: PipelineTask, spec: PipelineSpec): string[] {
  const others = new Set(spec.tasks.map(({ name }) => name).filter((name) => name !== task.name))
  return (task.runAfter ?? [])
    .filter((name) => !others.has(name))
    .map((name) => `runs after "${name}", which is no other task of the Pipeline`)
}

/** Each value that a param is fanned out over is the param of one run. */
function checkGivenAndFannedOut(task: PipelineTask, callee: Callee): string[] {
  const over = task.matrix?.params ?? []
  const included = (task.matrix?.include ?? []).flatMap(({ params = [] }) => params)
  // As one run gets them; the values themselves are looked at below.
  const onePerName = [...new Set([...over, ...included].map(({ name }) => name))].map((name) => ({
    name,
    value: '$(matrix)',
  }))
  return [
    ...checkGiven(callee, [...(task.params ?? []), ...onePerName]),
    ...over.flatMap((param) => checkFannedOut(callee, param)),
    ...included.flatMap(({ name, value }) =>
      typeof value === 'string'
        ? checkLiterals(callee, name, [value])
        : [`includes "${name}" as a list, each run takes one value`],
    ),
  ]
}

function checkFannedOut(callee: Callee, { name, value }: GivenParam): string[] {
  if (!isList(value)) return [`fans out over "${name}", which is no list`]
  return typeof value === 'string' ? [] : value.flatMap((text) => checkLiterals(callee, name, [text]))
}
