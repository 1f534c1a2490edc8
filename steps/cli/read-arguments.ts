import { parseArgs } from 'node:util'
import { suggestion } from '../../test/sandbox/nearest-name.ts'
import type { Command, Given, Option } from './command.ts'

/** What was given, with everything about it that does not fit the command. */
export type ReadArguments = { readonly given: Given; readonly asksForHelp: boolean; readonly faults: readonly string[] }

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

const help: Option = { short: 'h', summary: 'Show this help.' }

/** Every command's options: its own, and help. */
export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  return { ...command.options, help }
}

/** Reads a command's arguments. Nothing is thrown, so that all faults are told at once. */
export function readArguments(command: Command, args: readonly string[]): ReadArguments {
  const options = optionsOf(command)
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, forNode(option)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = tokens.filter((token) => token.kind === 'option')
  // A value behind an option that nobody knows is no argument of its own.
  const positionals = tokens.flatMap((token, at) => {
    return token.kind === 'positional' && !followsUnknown(tokens[at - 1], options) ? [token.value] : []
  })
  const faults = [
    ...given.flatMap((token) => tokenFaults(token, options)),
    ...repeated(given, options),
    ...countFaults(command, positionals),
  ]
  return { given: givenOf(command, given, positionals), asksForHelp: given.some(({ name }) => name === 'help'), faults }
}

function forNode({ takes, short }: Option): { type: 'string' | 'boolean'; multiple: true; short?: string } {
  return { type: takes === undefined ? 'boolean' : 'string', multiple: true, ...(short === undefined ? {} : { short }) }
}

function followsUnknown(before: Token | undefined, options: Readonly<Record<string, Option>>): boolean {
  return before?.kind === 'option' && !Object.hasOwn(options, before.name) && before.value === undefined
}

function tokenFaults(token: OptionToken, options: Readonly<Record<string, Option>>): readonly string[] {
  const { name, rawName, value } = token
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    const known = Object.keys(options).map((one) => `--${one}`)
    return [`unknown option ${rawName}; ${suggestion(rawName, known)}`]
  }
  if (option.takes === undefined) return value === undefined ? [] : [`${rawName} takes no value, got "${value}"`]
  // `--param --workspace x` has lost its value; who means a dash writes `--param=-x`.
  const isLost = value === undefined || (!token.inlineValue && /^-./.test(value))
  if (isLost) return [`${rawName} needs a value: ${rawName} ${option.takes}`]
  if (option.oneOf === undefined || option.oneOf.includes(value)) return []
  return [`${rawName}: got "${value}", expected one of ${option.oneOf.join(', ')}; ${suggestion(value, option.oneOf)}`]
}

function repeated(given: readonly OptionToken[], options: Readonly<Record<string, Option>>): readonly string[] {
  const counts = Map.groupBy(given, ({ name }) => name)
  return [...counts].flatMap(([name, tokens]) => {
    const isMany = options[name]?.many === true || options[name]?.takes === undefined
    return isMany || tokens.length < 2 ? [] : [`--${name} is given ${tokens.length} times, expected once`]
  })
}

function countFaults({ usage, positionals: { least, most } }: Command, given: readonly string[]): readonly string[] {
  const missing = given.length < least ? [`an argument is missing: ${usage}`] : []
  return [...missing, ...given.slice(most).map((extra) => `unexpected argument "${extra}"`)]
}

function givenOf(command: Command, tokens: readonly OptionToken[], positionals: readonly string[]): Given {
  const valuesOf = (name: string): readonly string[] => {
    if (!Object.hasOwn(command.options, name)) throw new Error(`${command.name} declares no option ${name}`)
    return tokens.flatMap((token) => (token.name === name ? [token.value ?? ''] : []))
  }
  return {
    positionals,
    text: (name) => valuesOf(name)[0],
    texts: valuesOf,
    flag: (name) => valuesOf(name).length > 0,
  }
}
