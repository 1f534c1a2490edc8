import type { Fault } from '../core/errors.ts'
import type { StepDefinition } from './define-step.ts'

/** `--name a b --other c`: each list is a flag and the values up to the next flag. */
export function readLists(step: StepDefinition, args: readonly string[], faults: Fault[]): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  let current: string[] | undefined
  for (const arg of args) {
    if (!arg.startsWith('--')) {
      if (current === undefined)
        faults.push({ param: 'args', got: arg, expected: 'nothing outside a list such as --name a b' })
      else if (arg.trim() !== '') current.push(arg.trim())
      continue
    }
    const name = arg.slice(2)
    current = lists.get(name) ?? []
    lists.set(name, current)
    if (step.params[name]?.kind !== 'list') {
      faults.push({ param: arg, got: arg, expected: 'a list of this step; values may not begin with --' })
    }
  }
  return lists
}
