import type { ParamValue, Task, TaskParam } from '../../../steps/lib/catalog/task.ts'
import { isList, typeOf } from './param-value.ts'
import type { Values } from './substitute.ts'

type Given = Readonly<Record<string, ParamValue>>

/** The Task's params as variables, with what does not fit. Params that the Task does not declare are taken without a word, as Tekton does. */
export function prepareParams(task: Task, given: Given): { values: Values; faults: string[] } {
  const specs = task.spec.params ?? []
  const texts = new Map<string, string>()
  const lists = new Map<string, readonly string[]>()
  const put = (name: string, value: ParamValue) => {
    for (const form of formsOf(name)) {
      if (typeof value === 'string') texts.set(form, value)
      else if (isList(value)) putList(form, value, { texts, lists })
    }
    if (typeof value !== 'string' && !isList(value)) {
      for (const [key, text] of Object.entries(value)) texts.set(`params.${name}.${key}`, text)
    }
  }
  for (const { name, default: value } of specs) if (value !== undefined && !isReferring(value)) put(name, value)
  for (const { name, default: value } of specs) {
    const resolved = value !== undefined && isReferring(value) ? resolveDefault(value, texts) : undefined
    if (resolved !== undefined) put(name, resolved)
  }
  for (const [name, value] of Object.entries(given)) put(name, value)
  return {
    values: { texts, lists },
    faults: [...specs.flatMap((spec) => faultsOf(spec, given[spec.name])), ...indexFaults(task, given)],
  }
}

/** The type of a declared param: what it says, or else what its properties or its default let expect. */
export function declaredType({ type, properties, default: value }: TaskParam): string {
  return type ?? (properties === undefined ? typeOf(value ?? '') : 'object')
}

function putList(
  form: string,
  list: readonly string[],
  { texts, lists }: { texts: Map<string, string>; lists: Map<string, readonly string[]> },
): void {
  lists.set(form, list)
  for (const [index, entry] of list.entries()) texts.set(`${form}[${index}]`, entry)
}

function formsOf(name: string): string[] {
  return [`params.${name}`, `params["${name}"]`, `params['${name}']`, `inputs.params.${name}`]
}

function isReferring(value: ParamValue): value is string {
  return typeof value === 'string' && value.includes('$(params.')
}

/**
 * A default that names other params sees their defaults, never what the run has given; of several names only the last one is replaced, and
 * a default that names a param without one stays literal where it is used. So it is in Tekton 1.15 (`replacementsFromDefaultParams`).
 */
function resolveDefault(text: string, texts: ReadonlyMap<string, string>): string | undefined {
  return [...text.matchAll(/\$\(params\.(.*?)\)/g)].reduce<string | undefined>((resolved, [reference, name = '']) => {
    const value = texts.get(`params.${name}`)
    return value === undefined ? resolved : text.replaceAll(reference, () => value)
  }, undefined)
}

function faultsOf(spec: TaskParam, given: ParamValue | undefined): string[] {
  const { name, default: fallback } = spec
  const wanted = declaredType(spec)
  const value = given ?? fallback
  if (value === undefined) return [`the param "${name}" has no value and no default`]
  if (typeOf(value) !== wanted && !isReference(value))
    return [`the param "${name}" must be ${article[wanted] ?? wanted}`]
  const provided = [fallback, given].flatMap((from) => (typeof from === 'object' ? Object.keys(from) : []))
  const missing = Object.keys(spec.properties ?? {}).filter((key) => !provided.includes(key))
  return missing.map((key) => `the param "${name}" lacks the key "${key}"`)
}

const article: Readonly<Record<string, string>> = { string: 'a string', array: 'a list', object: 'an object' }

/** Where a list is wanted, a text that holds a variable passes: it might stand for the list of a result. */
function isReference(value: ParamValue): boolean {
  return typeof value === 'string' && /\$\([\w.-]+(\[(\d+|\*)\])?\)/.test(value)
}

/** Entries that a Task takes from a list which does not have them. */
function indexFaults({ spec }: Task, given: Given): string[] {
  const text = JSON.stringify([spec.steps, spec.sidecars, spec.volumes])
  return (spec.params ?? []).flatMap(({ name, default: fallback }) => {
    const value = given[name] ?? fallback
    if (value === undefined || !isList(value)) return []
    const forms = formsOf(name).map((form) => JSON.stringify(`$(${form}[`).slice(1, -1))
    const indexes = forms.flatMap((form) => text.split(form).slice(1)).map((rest) => /^(\d+)\]\)/.exec(rest)?.[1])
    const beyond = new Set(indexes.filter((index) => index !== undefined && Number(index) >= value.length))
    return [...beyond].map((index) => `the param "${name}" has no entry ${index}`)
  })
}
