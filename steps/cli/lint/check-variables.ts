import { nearestName, suggestion } from '../../../test/sandbox/nearest-name.ts'
import type { Scope } from './call.ts'
import { finding, shown, type Finding } from './finding.ts'
import type { TreeScalar } from './tree.ts'
import { families, namesOfParam, resultIn, variablesIn, type Variable } from './variables.ts'

/** Where a text stands, as far as variables in it are concerned. */
export type Surroundings = {
  readonly where: string
  readonly scope: Scope
  /** The kind of the object; a `taskSpec` in a Pipeline counts as one of its own, which gets more filled in. */
  readonly place: 'Task' | 'taskSpec' | 'Pipeline' | 'TaskRun' | 'PipelineRun'
  /** Results by the task or step that has them: those that are known, undefined for what is somebody else's. */
  readonly tasks?: ReadonlyMap<string, readonly string[] | undefined>
  readonly steps?: ReadonlyMap<string, readonly string[] | undefined>
  /** Inside a TriggerTemplate, whose own variables are filled in before. */
  readonly isTemplate?: boolean
}

/** Variables that stay literal, and those of results that nobody gives. */
export function checkVariables(scalars: readonly TreeScalar[], around: Surroundings): readonly Finding[] {
  return scalars.flatMap((scalar) => variablesIn(scalar.text).flatMap((one) => checkVariable(scalar, one, around)))
}

/** The same for what a call of ours is given, where a family that Tekton does not know is no shell either. */
export function checkGivenVariables(scalars: readonly TreeScalar[], around: Surroundings): readonly Finding[] {
  return scalars.flatMap((scalar) =>
    variablesIn(scalar.text).flatMap((one) => {
      const isKnown = (families as readonly string[]).includes(one.family)
      return isKnown ? checkVariable(scalar, one, around) : [unknownFamily(scalar, one, around)]
    }),
  )
}

function unknownFamily({ at }: TreeScalar, { text, family }: Variable, { where }: Surroundings): Finding {
  const nearest = nearestName(family, families)
  const expected = nearest === undefined ? 'a variable of Tekton, or plain text' : `did you mean $(${nearest}…)?`
  return finding('stays-literal', at, { where, got: shown(text), expected })
}

function checkVariable(scalar: TreeScalar, variable: Variable, around: Surroundings): readonly Finding[] {
  const reason = notFilledIn(variable, around)
  const { where } = around
  if (reason !== undefined)
    return [finding('stays-literal', scalar.at, { where, got: shown(variable.text), expected: reason })]
  if (variable.family === 'params') return checkParam(scalar, variable, around)
  if (variable.family === 'tasks') return checkResult(scalar, variable, { where, kind: 'task', known: around.tasks })
  if (variable.family === 'steps') return checkResult(scalar, variable, { where, kind: 'step', known: around.steps })
  return []
}

/** Why Tekton leaves a variable as it is in this place; undefined where it does not. From apply.go of its reconcilers. */
function notFilledIn({ family, rest }: Variable, { place, isTemplate }: Surroundings): string | undefined {
  const isRun = place === 'TaskRun' || place === 'PipelineRun'
  if (isRun && family === 'params') return `plain text: params of a ${place} are not filled in from each other`
  if (isRun && ['tasks', 'finally', 'steps'].includes(family)) return `plain text: nothing has run before a ${place}`
  if (family === 'tt' && isTemplate !== true) return 'plain text: tt.params is filled in inside a TriggerTemplate only'
  if (place === 'Task' && (family === 'tasks' || family === 'finally'))
    return 'a param of the Task: results of other tasks are filled in by the Pipeline'
  if (place === 'Task' && family === 'context' && /^\.pipeline(Run)?\./.test(rest))
    return 'a param of the Task: Tekton fills in the Pipeline’s context in a Pipeline only'
  if (place === 'Pipeline' && family === 'steps') return 'a result of a task: steps are known inside their Task only'
  return undefined
}

function checkParam({ at }: TreeScalar, variable: Variable, { where, scope }: Surroundings): readonly Finding[] {
  const names = namesOfParam(variable)
  if (names.some((name) => scope.has(name))) return []
  const [name = ''] = names
  const known = [...scope.keys()]
  const expected =
    known.length === 0 ? 'a declared param, of which there is none' : `a declared param; ${suggestion(name, known)}`
  return [finding('undeclared-param', at, { where, got: shown(variable.text), expected })]
}

type Results = {
  readonly where: string
  readonly kind: 'task' | 'step'
  readonly known: ReadonlyMap<string, readonly string[] | undefined> | undefined
}

function checkResult({ at }: TreeScalar, variable: Variable, { where, kind, known }: Results): readonly Finding[] {
  const named = resultIn(variable)
  if (named === undefined || known === undefined) return []
  const got = shown(variable.text)
  if (!known.has(named.of)) {
    const expected = `a result of another ${kind}; ${suggestion(named.of, [...known.keys()])}`
    return [finding('unknown-result', at, { where, got, expected })]
  }
  const results = known.get(named.of)
  if (results === undefined || results.includes(named.result)) return []
  const expected = `a result of the ${kind} "${named.of}"; ${suggestion(named.result, results)}`
  return [finding('unknown-result', at, { where, got, expected })]
}
