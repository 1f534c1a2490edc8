import { readFileSync } from 'node:fs'
import type { TaskWhen } from '../../../steps/lib/catalog/task.ts'
import type { Container } from './container.ts'
import { isList, untypedValueOf } from './param-value.ts'
import { stepResultPath } from './pod-files.ts'

/** A container and its `when`, with the results of earlier steps. */
export type Resolved = { readonly container: Container; readonly when: readonly TaskWhen[] }

/**
 * Puts in `$(steps.x.results.y)` as Tekton's entrypoint does: variables first, then the `when`, then the arguments. At the first result that
 * is not there it gives up, without failing the step: what was not replaced until then stays literal.
 */
export function withEarlierResults({ container, when }: Resolved, scratch: string): Resolved {
  const env = new Map(container.env)
  try {
    for (const [name, value] of container.env) env.set(name, textWith(value, scratch))
    const known = when.map((expression) => ({
      input: textWith(expression.input, scratch),
      operator: expression.operator,
      values: expression.values.flatMap((value) => listWith(value, scratch)),
    }))
    try {
      const args = container.args.flatMap((arg) => listWith(arg, scratch))
      return { container: { ...container, args, env }, when: known }
    } catch {
      return { container: { ...container, env }, when: known }
    }
  } catch {
    return { container: { ...container, env }, when }
  }
}

/** Whether every expression holds; a step without any runs. */
export function allows(when: readonly TaskWhen[]): boolean {
  return when.every(({ input, operator, values }) => values.includes(input) === (operator === 'in'))
}

const reference = /\$\(steps\..*?\.results\..*?\)/g

function textWith(text: string, scratch: string): string {
  return [...text.matchAll(reference)].reduce((before, [whole]) => {
    const value = lookUp(whole, scratch)
    return before.replaceAll(whole, () => (typeof value === 'string' ? value : ''))
  }, text)
}

/** A whole list must be a text of its own. */
function listWith(text: string, scratch: string): readonly string[] {
  const value = text.match(reference)?.[0] === text ? lookUp(text, scratch) : ''
  return typeof value !== 'string' && value.length > 0 ? value : [textWith(text, scratch)]
}

/** Throws when it is not there. */
function lookUp(whole: string, scratch: string): string | readonly string[] {
  const [, step = '', , last = '', key, more] = whole.slice(2, -1).split('.')
  if (more !== undefined) throw new Error(`${whole} has too many parts`)
  const [, name = '', index] = /^(.*?)(?:\[(\d+|\*)\])?$/.exec(last) ?? []
  const value = untypedValueOf(readFileSync(stepResultPath(scratch, { name: step }, name), 'utf8'))
  if (typeof value === 'string') return key === undefined && index === undefined ? value : ''
  if (isList(value)) return index === '*' ? value : (value[Number(index ?? Number.NaN)] ?? '')
  return value[key ?? ''] ?? ''
}
