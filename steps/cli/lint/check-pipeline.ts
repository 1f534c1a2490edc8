import { readGiven, withDeclared, type Given, type Scope } from './call.ts'
import { checkCall, checkTaskSpec, type Checked } from './check-task.ts'
import { checkVariables, type Surroundings } from './check-variables.ts'
import { checkWorkspaces } from './check-workspaces.ts'
import { follow, type Followed, type Known } from './reference.ts'
import { fieldOf, itemsOf, placeOf, scalarsOf, textOf, type Tree } from './tree.ts'

/** Where the spec of a Pipeline stands. */
export type PipelinePlace = { readonly owner: string; readonly scope: Scope; readonly isTemplate: boolean }

type PipelineTask = Followed & { readonly task: Tree; readonly name: string; readonly where: string }

/** A Pipeline that may call our Tasks, or have Tasks written out. Of one that does neither nothing is said. */
export function checkPipelineSpec(
  spec: Tree | undefined,
  { owner, scope: outer, isTemplate }: PipelinePlace,
  known: Known,
): Checked {
  const scope = withDeclared(outer, itemsOf(spec, 'params'))
  const tasks = ['tasks', 'finally']
    .flatMap((section) => itemsOf(spec, section))
    .map((task): PipelineTask => {
      const name = textOf(task, 'name') ?? ''
      const where = `task "${name === '' ? '(no name)' : name}" of ${owner}`
      return { task, name, where, ...follow(fieldOf(task, 'taskRef'), 'Task', where, known) }
    })
  const results = new Map(tasks.map(({ task, name, called }) => [name, called?.results ?? resultsOf(task)]))
  const around: Surroundings = { where: owner, scope, place: 'Pipeline', tasks: results, isTemplate }
  const checked = tasks.map((task) => checkTask(task, around, known))
  const calls = checked.reduce((sum, one) => sum + one.calls, 0)
  const findings = [...tasks.flatMap((task) => task.findings), ...checked.flatMap((one) => one.findings)]
  if (calls === 0) return { findings, calls }
  const others = tasks.filter(({ called }) => called === undefined).map(({ task }) => task)
  const written = [
    ...others.flatMap((task) => scalarsOf(task, ['taskSpec', 'description'])),
    ...conditionsOf(tasks),
    ...scalarsOf(fieldOf(spec, 'results'), ['description']),
  ]
  return { calls, findings: [...findings, ...checkVariables(written, around)] }
}

function checkTask({ task, where, called }: PipelineTask, around: Surroundings, known: Known): Checked {
  const { scope, isTemplate = false } = around
  const own = fieldOf(task, 'taskSpec')
  if (own !== undefined) {
    const given = withDeclared(scope, itemsOf(task, 'params'))
    return checkTaskSpec(own, { owner: where, place: 'taskSpec', scope: given, isTemplate }, known)
  }
  if (called === undefined) return { findings: [], calls: 0 }
  const call = { where, called, scope, at: placeOf(task, 'taskRef') }
  const given = [...readGiven(itemsOf(task, 'params')), ...readGiven(itemsOf(task, 'matrix', 'params'), true)]
  return {
    calls: 1,
    findings: [
      ...combinations(task, given).flatMap((one) => checkCall({ ...call, given: one }, around)),
      ...checkWorkspaces({ ...call, given }, itemsOf(task, 'workspaces')),
    ],
  }
}

/** What each entry of a matrix's `include` gives stands in the place of what all runs are given. */
function combinations(task: Tree, given: readonly Given[]): readonly (readonly Given[])[] {
  const included = itemsOf(task, 'matrix', 'include').map((entry) => readGiven(itemsOf(entry, 'params')))
  if (included.length === 0) return [given]
  return included.map((entry) => {
    const names = new Set(entry.map(({ name }) => name))
    return [...given.filter(({ name }) => !names.has(name)), ...entry]
  })
}

/** What our tasks have beside params: conditions may name results, too. */
function conditionsOf(tasks: readonly PipelineTask[]) {
  return tasks.flatMap(({ task, called }) => (called === undefined ? [] : scalarsOf(fieldOf(task, 'when'))))
}

/** What a Task that is written out declares; undefined for one that stands elsewhere. */
function resultsOf(task: Tree): readonly string[] | undefined {
  const spec = fieldOf(task, 'taskSpec')
  if (spec === undefined || textOf(spec, 'apiVersion') !== undefined) return undefined
  return itemsOf(spec, 'results').flatMap((result) => textOf(result, 'name') ?? [])
}
