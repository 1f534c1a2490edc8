import type { Param, ParamKind } from './define-step.ts'
import { parseDuration } from './duration.ts'

/** A value as the step wants it, or what was expected instead. */
export type ParsedValue = { readonly value: unknown } | { readonly expected: string }

type Parser = (text: string, param: Param) => ParsedValue

const parsers: Readonly<Record<Exclude<ParamKind, 'list'>, Parser>> = {
  text: (text) => ({ value: text }),
  flag: (text) =>
    text === 'true' || text === 'false' ? { value: text === 'true' } : { expected: '"true" or "false"' },
  duration: (text) => {
    const value = parseDuration(text)
    return value === undefined ? { expected: 'a duration such as 30s, 15m or 1h30m' } : { value }
  },
  count: (text) => (/^\d{1,9}$/.test(text) ? { value: Number(text) } : { expected: 'a whole number' }),
}

/** Parses the texts of one param (one text, but for lists) as its declaration says. The contract checker uses it for literals in YAML. */
export function parseValue(param: Param, texts: readonly string[]): ParsedValue {
  const wrong = texts.find((text) => !fits(param, text))
  if (wrong !== undefined) return { expected: expectation(param) }
  if (param.kind === 'list') return { value: texts }
  return withinRange(param, parsers[param.kind](texts[0] ?? '', param))
}

function withinRange({ kind, range }: Param, parsed: ParsedValue): ParsedValue {
  if (range === undefined || kind === 'list') return parsed
  const expected = `${kind === 'duration' ? 'a duration' : 'a whole number'} from ${range[0]} to ${range[1]}`
  if ('expected' in parsed) return { expected }
  const [least, most] = range.map((end) => numberOf(parsers[kind](end, { kind, description: '' })))
  const value = numberOf(parsed)
  return value >= (least ?? -Infinity) && value <= (most ?? Infinity) ? parsed : { expected }
}

function numberOf(parsed: ParsedValue): number {
  return 'value' in parsed ? Number(parsed.value) : Number.NaN
}

function fits(param: Param, text: string): boolean {
  if (param.oneOf !== undefined) return param.oneOf.includes(text)
  return param.pattern === undefined || param.pattern.test(text)
}

function expectation(param: Param): string {
  if (param.expected === undefined && param.oneOf !== undefined) return `one of ${param.oneOf.join(', ')}`
  return param.expected ?? `a value like ${String(param.pattern)}`
}
