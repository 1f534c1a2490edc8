import type { Param } from '../step/define-step.ts'
import { parseValue } from '../step/parse-value.ts'
import type { GivenParam, TaskParam, TaskWorkspace } from './task.ts'

/** What is called: a Task, a Pipeline or a StepAction, as far as a caller must know it. */
export type Callee = {
  /** For messages. */
  readonly name: string
  readonly params: readonly TaskParam[]
  readonly workspaces: readonly TaskWorkspace[]
  /** The step's param behind a param that is handed straight on; its parser tells which literals it takes. */
  readonly parsers: ReadonlyMap<string, Param>
  /** What becomes of a param that is not declared. */
  readonly extras: 'Tekton would ignore it' | 'Tekton refuses it'
}

/** A call's params: unknown ones, missing ones, types, and literals that the step would refuse. Empty when all is well. */
export function checkGiven(callee: Callee, params: readonly GivenParam[]): string[] {
  const faults: string[] = []
  const given = new Map(params.map((param) => [param.name, param.value]))
  if (given.size < params.length) faults.push('gives a param twice')
  for (const param of callee.params) {
    const value = given.get(param.name)
    given.delete(param.name)
    if (value !== undefined) faults.push(...checkValue(callee, param, value))
    else if (param.default === undefined) faults.push(`does not give "${param.name}", which ${callee.name} requires`)
  }
  for (const extra of given.keys())
    faults.push(`gives "${extra}", which ${callee.name} does not take: ${callee.extras}`)
  return faults
}

/** A call's workspaces: all that are needed, none that is unknown. */
export function checkBound(callee: Callee, bindings: readonly { readonly name: string }[]): string[] {
  const bound = new Set(bindings.map(({ name }) => name))
  const declared = new Set(callee.workspaces.map(({ name }) => name))
  return [
    ...callee.workspaces
      .filter(({ name, optional }) => optional !== true && !bound.has(name))
      .map(({ name }) => `does not bind the workspace "${name}"`),
    ...[...bound]
      .filter((name) => !declared.has(name))
      .map((name) => `binds the workspace "${name}", which ${callee.name} does not declare`),
  ]
}

/** Whether a value is a list: written as one, or a reference to a whole one. */
export function isList(value: GivenParam['value']): boolean {
  return typeof value !== 'string' || /^\$\([\w.-]+\[\*\]\)$/.test(value)
}

function checkValue(callee: Callee, param: TaskParam, value: GivenParam['value']): string[] {
  const words = (list: boolean) => (list ? 'a list' : 'a string')
  const wantsList = param.type === 'array'
  if (isList(value) !== wantsList)
    return [`gives "${param.name}" as ${words(isList(value))}, ${callee.name} takes ${words(wantsList)}`]
  return checkLiterals(callee, param.name, typeof value === 'string' ? [value] : value)
}

/** Texts of one param that the step's own parser would refuse; what Tekton has yet to fill in is left out. */
export function checkLiterals(callee: Callee, name: string, texts: readonly string[]): string[] {
  const param = callee.parsers.get(name)
  const literals = texts.filter((text) => text !== '' && !text.includes('$('))
  const parsed = param === undefined || literals.length === 0 ? undefined : parseValue(param, literals)
  if (parsed === undefined || !('expected' in parsed)) return []
  return [`gives "${name}" as "${literals.join(' ')}", expected ${parsed.expected}`]
}
