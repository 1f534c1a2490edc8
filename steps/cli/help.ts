import type { Command } from './command.ts'
import { optionsOf } from './read-arguments.ts'

/** A command as the list of all shows it. */
export type Listed = { readonly name: string; readonly summary: string }

const program = 'tekton-entra'
const width = 80
const indent = '  '

/** Help of the whole program, or of the commands that begin with one word. */
export function programHelp(commands: readonly Listed[], group = ''): string {
  const prefix = group === '' ? program : `${program} ${group}`
  const rows = commands.map(({ name, summary }) => [name, summary] as const)
  return [
    `Usage: ${prefix} <command> [options]`,
    '',
    'Tekton Tasks as a Microsoft Entra identity, and the clouds that they talk to, on this machine.',
    '',
    'Commands:',
    ...table(rows),
    '',
    'Options:',
    ...table([
      ['-h, --help', 'Show this help, or that of a command.'],
      ['--version', 'Show the version.'],
    ]),
    '',
    'Examples:',
    `${indent}npx ${program} sandbox`,
    `${indent}npx ${program} task push-image --fresh --param image=contoso.azurecr.io/shop/web:1 \\`,
    `${indent}    --workspace source=./image`,
    '',
    ...wrap(
      'What a program would read goes to standard output, text for people to standard error. Exit status: 0 done, 64 wrong call or file, 75 no sandbox there (or one too many), 70 a bug; `task` and `check-trust` end as the step that failed, `lint` with 1 when it has found something.',
      width,
    ),
    '',
  ].join('\n')
}

/** Help of one command. */
export function commandHelp(command: Command, more: string): string {
  const options = Object.entries(optionsOf(command)).map(([name, { takes, short, many, summary }]) => {
    const spelled = `${short === undefined ? '' : `-${short}, `}--${name}${takes === undefined ? '' : ` ${takes}`}`
    return [spelled, many === true ? `${summary} May be repeated.` : summary] as const
  })
  return [
    `Usage: ${program} ${command.name} ${command.usage}`.trimEnd(),
    '',
    ...wrap(command.summary, width),
    ...(more === '' ? [] : ['', more.trimEnd()]),
    '',
    'Options:',
    ...table(options),
    ...command.details.flatMap((paragraph) => ['', ...wrap(paragraph, width)]),
    '',
    'Examples:',
    ...command.examples.map((example) => `${indent}${example}`),
    '',
  ].join('\n')
}

/** Two columns; a first one that is too wide has a line of its own. */
export function table(rows: readonly (readonly [string, string])[]): string[] {
  const column = Math.min(28, Math.max(...rows.map(([name]) => name.length)) + indent.length * 2)
  return rows.flatMap(([name, text]) => {
    const lines = wrap(text, width - column - indent.length)
    const isWide = name.length + indent.length > column
    const first = isWide ? [`${indent}${name}`] : []
    const rest = isWide ? lines : lines.slice(1)
    const head = isWide ? [] : [`${indent}${name.padEnd(column)}${lines[0] ?? ''}`.trimEnd()]
    return [...first, ...head, ...rest.map((line) => `${' '.repeat(column + indent.length)}${line}`)]
  })
}

/** Breaks prose into lines. */
export function wrap(text: string, columns = width): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
