import { suggestion } from '../../../test/sandbox/nearest-name.ts'
import type { TaskParam } from '../../lib/catalog/task.ts'
import type { Call, Given } from './call.ts'
import { finding, shown, type Finding } from './finding.ts'
import type { Tree, TreeScalar } from './tree.ts'
import { isFilledInLater, isTemplate } from './variables.ts'

/** A call's params by themselves: unknown, missing, given twice, and of another type. */
export function checkParams(call: Call): readonly Finding[] {
  return [...checkNames(call), ...checkMissing(call), ...call.given.flatMap((given) => checkType(call, given))]
}

function checkNames({ where, called, given }: Call): readonly Finding[] {
  const known = [...called.params.keys()]
  const seen = new Set<string>()
  return given.flatMap(({ name, at }) => {
    const isRepeated = seen.has(name)
    seen.add(name)
    const got = shown(name)
    if (isRepeated) return [finding('repeated-param', at, { where, got: `${got} again`, expected: 'each param once' })]
    if (called.params.has(name) || isFilledInLater(name)) return []
    const expected = `a param of the ${called.kind} ${called.name}; ${suggestion(name, known)}`
    return [finding('unknown-param', at, { where, got, expected })]
  })
}

function checkMissing({ where, at, called, given }: Call): readonly Finding[] {
  const names = new Set(given.map(({ name }) => name))
  return [...called.params.values()]
    .filter((param) => param.default === undefined && !names.has(param.name))
    .map(({ name, description = '' }) => {
      const expected = `the param "${name}", which the ${called.kind} ${called.name} requires: ${description}`
      return finding('missing-param', at, { where, got: 'nothing', expected })
    })
}

function checkType(call: Call, { name, value, isFannedOut }: Given): readonly Finding[] {
  const param = call.called.params.get(name)
  if (param === undefined) return []
  const where = `param "${name}" of ${call.where}`
  if (isFannedOut) return checkList(where, value, 'a list, one entry for each run')
  if (param.type === 'array') return checkList(where, value, 'a list')
  return checkString(where, value, { call, param })
}

function checkList(where: string, value: Tree, expected: string): readonly Finding[] {
  if (value.kind === 'list') return value.items.flatMap((item) => checkEntry(where, item))
  if (value.kind === 'scalar' && (isWholeList(value.text) || isTemplate(value.text))) return []
  const reference = value.kind === 'scalar' ? /^\$\(([\w.-]+)\)$/.exec(value.text)?.[1] : undefined
  const more = reference === undefined ? expected : `${expected}: all of one is $(${reference}[*])`
  return [finding('param-type', value.at, { where, got: described(value), expected: more })]
}

function checkEntry(where: string, item: Tree): readonly Finding[] {
  if (item.kind !== 'scalar') {
    return [
      finding('param-type', item.at, { where, got: `${described(item)} in a list`, expected: 'a list of strings' }),
    ]
  }
  if (item.type === 'string') return []
  const expected = 'a string in quotes: with anything else in it Tekton takes the whole list for one string'
  return [finding('changed-value', item.at, { where, got: unquoted(item), expected })]
}

type Wanted = { readonly call: Call; readonly param: TaskParam }

function checkString(where: string, value: Tree, { call, param }: Wanted): readonly Finding[] {
  if (value.kind !== 'scalar') {
    return [finding('param-type', value.at, { where, got: described(value), expected: 'a string' })]
  }
  const isList = isWholeList(value.text) || isListParam(call, value.text)
  if (isList)
    return [finding('param-type', value.at, { where, got: `${shown(value.text)}, a list`, expected: 'a string' })]
  if (value.type === 'string') return []
  const fallback = typeof param.default === 'string' ? param.default : ''
  const expected = `a string in quotes: "${value.type === 'null' ? fallback : value.text}"`
  return [
    finding(keepsItsText(value) ? 'unquoted-value' : 'changed-value', value.at, {
      where,
      got: unquoted(value),
      expected,
    }),
  ]
}

function isListParam({ scope }: Call, text: string): boolean {
  const name = /^\$\(params\.([\w-]+)\)$/.exec(text)?.[1]
  return name !== undefined && scope.get(name) === 'array'
}

/** Whether a number or boolean is spelled as JSON spells it. */
function keepsItsText({ type, text }: TreeScalar): boolean {
  return type === 'boolean' ? /^(true|false)$/.test(text) : type === 'number' && /^(0|-?[1-9]\d{0,14})$/.test(text)
}

function isWholeList(text: string): boolean {
  return /^\$\([^()]+\[\*\]\)$/.test(text)
}

function unquoted({ type, text }: TreeScalar): string {
  return type === 'null' ? 'null' : `the ${type} ${shown(text).replaceAll('"', '')}`
}

function described(tree: Tree): string {
  if (tree.kind === 'list') return 'a list'
  if (tree.kind === 'map') return 'an object'
  return tree.type === 'string' ? `the string ${shown(tree.text)}` : unquoted(tree)
}
