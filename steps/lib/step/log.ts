import { describeError, printable, type StepError } from '../core/errors.ts'
import type { EffectiveInput } from './inputs.ts'

/** Text for people, on standard error. Each line begins with a word that says what it is. */
export type Log = {
  /** One line: `word     text`. */
  line(word: string, text: string): void
  inputs(title: string, inputs: readonly EffectiveInput[]): void
  error(error: StepError, step: string): void
}

/** Where the troubleshooting page is published; each code is an anchor. */
export const troubleshootingUrl = 'https://github.com/tekton-entra/tekton-entra/blob/main/TROUBLESHOOTING.md'

const wordWidth = 9

/** `width` in columns: prose is wrapped there, commands and JSON never. */
export function createLog(write: (text: string) => void, width: number): Log {
  const line = (word: string, text: string) => write(layOut(word, text, width))
  return {
    line,
    inputs: (title, inputs) => {
      line('step', title)
      const longest = Math.max(0, ...inputs.map(({ name }) => name.length))
      for (const { name, value, from } of inputs) {
        line('input', `${name.padEnd(longest)}  ${printable(value).replaceAll('\n', ' ') || '(none)'}  (${from})`)
      }
    },
    error: (error, step) => {
      const { what, sent, remedy } = describeError(error)
      line('error', `${error.code}   ${step}`)
      line('what', what)
      for (const { param, got, expected } of error.faults) {
        line('fault', `${printable(param)}: got ${quoted(got)}, expected ${printable(expected)}`)
      }
      for (const [name, value] of sent) line('sent', `${name} ${value}`)
      for (const text of causesOf(error)) line('cause', text)
      line('remedy', remedy)
      line('more', `${troubleshootingUrl}#${error.code.toLowerCase()}`)
      if (error.code === 'INTERNAL' && error.cause instanceof Error) line('stack', error.cause.stack ?? '')
    },
  }
}

function quoted(got: string): string {
  return got === 'nothing' ? got : `"${printable(got)}"`
}

function causesOf(error: StepError): string[] {
  const { upstream } = error
  if (upstream === undefined) return []
  const status = upstream.status === undefined ? '' : ` (HTTP ${upstream.status})`
  const ids = Object.entries(upstream.ids ?? {}).map(([name, id]) => `, ${name} ${printable(id)}`)
  const head = `${printable(upstream.code ?? upstream.service)}${status}${ids.join('')}`
  return upstream.message === undefined || upstream.message === '' ? [head] : [head, printable(upstream.message)]
}

/** The word once, then the text in a column of its own. */
function layOut(word: string, text: string, width: number): string {
  const indent = ' '.repeat(wordWidth)
  const lines = text.split('\n').flatMap((paragraph) => wrap(paragraph, width - wordWidth))
  return lines.map((line, index) => `${index === 0 ? word.padEnd(wordWidth) : indent}${line}`.trimEnd() + '\n').join('')
}

/** Commands, JSON and aligned text are pasted, so they stay on their line. */
function wrap(text: string, width: number): string[] {
  if (text.length <= width || /^(\{|\}|az |aws |curl |kubectl | {2})|\S {2,}\S/.test(text)) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
