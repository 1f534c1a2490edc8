import type { Interface } from './interface.ts'
import { fieldOf, textOf, type Tree } from './tree.ts'
import type { Position } from './finding.ts'

/** A param as a call gives it. */
export type Given = {
  readonly name: string
  readonly at: Position
  readonly value: Tree
  /** One run for each entry of the list. */
  readonly isFannedOut: boolean
}

/** A place where something of ours is called. */
export type Call = {
  readonly where: string
  readonly at: Position
  readonly called: Interface
  readonly given: readonly Given[]
  /** Params that are declared where the call stands, with their types. */
  readonly scope: Scope
}

/** What is declared, by name, with its type. */
export type Scope = ReadonlyMap<string, string>

/** Reads a list of `name` and `value`; what has neither is left to Tekton's admission. */
export function readGiven(params: readonly Tree[], isFannedOut = false): readonly Given[] {
  return params.flatMap((param) => {
    const name = textOf(param, 'name')
    const value = fieldOf(param, 'value')
    if (name === undefined || value === undefined) return []
    return [{ name, at: fieldOf(param, 'name')?.at ?? param.at, value, isFannedOut }]
  })
}

/** Declared params as a scope, in addition to those of around. */
export function withDeclared(scope: Scope, declared: readonly Tree[]): Scope {
  return new Map([
    ...scope,
    ...declared.flatMap((param) => {
      const name = textOf(param, 'name')
      return name === undefined ? [] : [[name, typeOf(param)] as const]
    }),
  ])
}

/** As Tekton finds it: the declared type, else that of the default. */
function typeOf(param: Tree): string {
  const kinds = { list: 'array', map: 'object', scalar: 'string' }
  const fallback = fieldOf(param, 'default') ?? fieldOf(param, 'value')
  return textOf(param, 'type') ?? (fallback === undefined ? 'string' : kinds[fallback.kind])
}
