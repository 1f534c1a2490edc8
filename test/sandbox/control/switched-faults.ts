import type { FaultRule, Faults } from '../faults.ts'

/** A fault as requests to the control address write it: JSON has no regular expressions. */
export type JsonFaultRule = Omit<FaultRule, 'path'> & { readonly path?: string | { readonly pattern: string } }

/** A fault that was switched on from outside. */
export type SwitchedFault = { readonly id: string; readonly rule: JsonFaultRule }

/** The faults that were switched on from outside, by id. */
export type SwitchedFaults = {
  readonly list: () => readonly SwitchedFault[]
  readonly add: (rule: JsonFaultRule) => string
  /** False when there is no such fault. */
  readonly remove: (id: string) => boolean
  /** How many there were. */
  readonly clear: () => number
}

/** Ids count on for as long as the sandbox runs, so that none can mean another fault later. */
export function createSwitchedFaults(faults: Faults): SwitchedFaults {
  const active = new Map<string, { readonly rule: JsonFaultRule; readonly off: () => void }>()
  let count = 0
  const remove = (id: string): boolean => {
    active.get(id)?.off()
    return active.delete(id)
  }
  return {
    list: () => [...active].map(([id, { rule }]) => ({ id, rule })),
    add: (rule) => {
      count += 1
      const id = `f${count}`
      active.set(id, { rule, off: faults.on(asRule(rule)) })
      return id
    },
    remove,
    clear: () => [...active.keys()].filter(remove).length,
  }
}

/** Throws a SyntaxError for a pattern that is none. */
export function asRule({ path, ...rule }: JsonFaultRule): FaultRule {
  if (path === undefined) return rule
  return { ...rule, path: typeof path === 'string' ? path : new RegExp(path.pattern) }
}
