import type { PolicyContext } from './policy-conditions.ts'
import { literal } from './policy-patterns.ts'

/** `${key}`, `${key, 'default'}`, or one of the three escapes. */
const VARIABLE = /\$\{([^}]*)\}/g
const REFERENCE = /^\s*([\w./:@=+-]+)\s*(?:,\s*'([^']*)'\s*)?$/
const ESCAPES: Readonly<Record<string, string>> = { '*': '*', '?': '?', $: '$' }

/** What is wrong with the variables of a text; undefined when IAM would take them. */
export const variableFault = (text: string): string | undefined => {
  for (const [whole, inner = ''] of text.matchAll(VARIABLE))
    if (!Object.hasOwn(ESCAPES, inner) && !REFERENCE.test(inner)) return `${whole} is no policy variable`
  return text.replace(VARIABLE, '').includes('${') ? 'a policy variable is not closed' : undefined
}

/** Whether the text has any variable or escape. */
export const hasVariable = (text: string): boolean => text.includes('${')

const valueOf = (inner: string, context: PolicyContext): string | undefined => {
  const escaped = ESCAPES[inner]
  if (escaped !== undefined) return escaped
  const [, key = '', preset] = REFERENCE.exec(inner) ?? []
  const values = context.get(key.toLowerCase()) ?? []
  // Only keys with one value can be variables; one of many values is as good as none.
  return values.length === 1 ? values[0] : preset
}

/**
 * The text with its variables replaced, as a pattern in which what was put in stands for itself; undefined when a variable has no
 * value (IAM user guide, "Policy variables with no value": nothing is equal to it or like it).
 */
export const expandVariables = (text: string, context: PolicyContext): string | undefined => {
  let complete = true
  const expanded = text.replace(VARIABLE, (_whole, inner: string) => {
    const value = valueOf(inner, context)
    if (value === undefined) complete = false
    return literal(value ?? '')
  })
  return complete ? expanded : undefined
}
