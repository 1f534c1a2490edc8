import { suggestion } from '../../../test/sandbox/nearest-name.ts'
import type { Call } from './call.ts'
import { finding, shown, type Finding } from './finding.ts'
import { textOf, type Tree } from './tree.ts'

/** A call's workspaces: all that the Task needs, none that it does not declare. */
export function checkWorkspaces({ where, at, called }: Call, bindings: readonly Tree[]): readonly Finding[] {
  const known = called.workspaces.map(({ name }) => name)
  const bound = bindings.flatMap((binding) => {
    const name = textOf(binding, 'name')
    return name === undefined ? [] : [{ name, at: binding.at }]
  })
  const missing = called.workspaces.filter(
    ({ name, optional }) => optional !== true && !bound.some((binding) => binding.name === name),
  )
  const strange = bound.filter(({ name }) => !known.includes(name))
  return [
    ...missing.map(({ name }) => {
      const expected = `the workspace "${name}", which the Task ${called.name} needs`
      return finding('missing-workspace', at, { where, got: 'nothing', expected })
    }),
    ...strange.map((binding) => {
      const expected = `a workspace of the Task ${called.name}; ${suggestion(binding.name, known)}`
      return finding('unknown-workspace', binding.at, { where, got: shown(binding.name), expected })
    }),
  ]
}
