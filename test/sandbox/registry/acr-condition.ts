import type { AcrDataAction } from './acr-config.ts'

/** What a condition is asked about. */
export type ConditionRequest = { readonly action: AcrDataAction; readonly repository: string }

/** A condition that was read. */
export type Condition = (request: ConditionRequest) => boolean

const ACTION_PREFIX = 'Microsoft.ContainerRegistry/registries/repositories/'
const ATTRIBUTE = 'Microsoft.ContainerRegistry/registries/repositories:name'

const ignoringCase =
  (compare: (given: string, wanted: string) => boolean) =>
  (given: string, wanted: string): boolean =>
    compare(given.toLowerCase(), wanted.toLowerCase())
const equals = (given: string, wanted: string): boolean => given === wanted
const startsWith = (given: string, wanted: string): boolean => given.startsWith(wanted)
const like = (given: string, wanted: string): boolean =>
  new RegExp(`^${wanted.split('*').map(escapePattern).join('.*')}$`).test(given)
const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
const not =
  (compare: (given: string, wanted: string) => boolean) =>
  (given: string, wanted: string): boolean =>
    !compare(given, wanted)

/** String operators of Azure's conditions, format 2.0. */
const OPERATORS: Readonly<Record<string, (given: string, wanted: string) => boolean>> = {
  StringEquals: equals,
  StringNotEquals: not(equals),
  StringStartsWith: startsWith,
  StringNotStartsWith: not(startsWith),
  StringLike: like,
  StringNotLike: not(like),
  StringEqualsIgnoreCase: ignoringCase(equals),
  StringNotEqualsIgnoreCase: not(ignoringCase(equals)),
  StringStartsWithIgnoreCase: ignoringCase(startsWith),
  StringNotStartsWithIgnoreCase: not(ignoringCase(startsWith)),
}

const TOKEN = /\s*(ActionMatches\{'([^']*)'\}|@Request\[([^\]]*)\]|'([^']*)'|[A-Za-z:]+|&&|\|\||[()!{},])/y

type Reader = { readonly tokens: readonly string[]; at: number }

/** Reads a condition in the form of Microsoft's container-registry-rbac-abac-repository-permissions; throws a text that says what is not understood. */
export const parseCondition = (text: string): Condition => {
  const reader: Reader = { tokens: split(text), at: 0 }
  const condition = readOr(reader)
  if (reader.at < reader.tokens.length) throw new Error(`condition: ${reader.tokens[reader.at]} is not understood`)
  return condition
}

const split = (text: string): readonly string[] => {
  const tokens: string[] = []
  const pattern = new RegExp(TOKEN)
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const from = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) throw new Error(`condition: ${text.slice(from).trim().slice(0, 40)} is not understood`)
    tokens.push(match[1] ?? '')
  }
  return tokens
}

const take = (reader: Reader, ...wanted: readonly string[]): boolean => {
  if (!wanted.includes(reader.tokens[reader.at] ?? '')) return false
  reader.at += 1
  return true
}

const readOr = (reader: Reader): Condition => {
  const parts = [readAnd(reader)]
  while (take(reader, 'OR', '||')) parts.push(readAnd(reader))
  return (request) => parts.some((part) => part(request))
}

const readAnd = (reader: Reader): Condition => {
  const parts = [readUnary(reader)]
  while (take(reader, 'AND', '&&')) parts.push(readUnary(reader))
  return (request) => parts.every((part) => part(request))
}

const readUnary = (reader: Reader): Condition => {
  if (take(reader, '!', 'NOT')) {
    const part = readUnary(reader)
    return (request) => !part(request)
  }
  if (!take(reader, '(')) return readTerm(reader)
  const inner = readOr(reader)
  if (!take(reader, ')')) throw new Error('condition: a bracket is not closed')
  return inner
}

const readTerm = (reader: Reader): Condition => {
  const term = reader.tokens[reader.at] ?? ''
  reader.at += 1
  const action = /^ActionMatches\{'(.*)'\}$/.exec(term)?.[1]
  if (action !== undefined) return (request) => like(`${ACTION_PREFIX}${request.action}`, action)
  // Attribute names have no case in Azure's conditions.
  if (/^@Request\[(.*)\]$/.exec(term)?.[1]?.toLowerCase() !== ATTRIBUTE.toLowerCase())
    throw new Error(`condition: ${term === '' ? 'its end' : term} is not understood`)
  const name = reader.tokens[reader.at] ?? ''
  reader.at += 1
  const compare = OPERATORS[name.replace(/^ForAnyOfAnyValues:/, '')]
  if (compare === undefined) throw new Error(`condition: the operator ${name} is not understood`)
  const values = name.startsWith('ForAnyOfAnyValues:') ? readSet(reader) : [readText(reader)]
  return ({ repository }) => values.some((value) => compare(repository, value))
}

const readSet = (reader: Reader): readonly string[] => {
  if (!take(reader, '{')) throw new Error('condition: a set of values is missing')
  const values = [readText(reader)]
  while (take(reader, ',')) values.push(readText(reader))
  if (!take(reader, '}')) throw new Error('condition: a set of values is not closed')
  return values
}

const readText = (reader: Reader): string => {
  const text = /^'(.*)'$/.exec(reader.tokens[reader.at] ?? '')?.[1]
  if (text === undefined) throw new Error('condition: a text in quotes is missing')
  reader.at += 1
  return text
}
