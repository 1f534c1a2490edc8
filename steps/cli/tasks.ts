import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { Task } from '../lib/catalog/task.ts'
import { suggestion } from '../../test/sandbox/nearest-name.ts'
import { CliError } from './cli-error.ts'
import { table } from './help.ts'

/** Packed, `tasks/` and the step program lie beside this file; in the checkout two folders above it. */
const here = fileURLToPath(new URL('.', import.meta.url))
const isPacked = existsSync(join(here, 'tasks'))
const home = isPacked ? here : join(here, '..', '..')

/** What takes the place of `/nodejs/bin/node /app/main.js`: in the checkout the TypeScript, which this Node runs as it is. */
export const stepProgram: readonly string[] = [
  process.execPath,
  isPacked ? join(home, 'steps', 'main.js') : join(home, 'steps', 'main.ts'),
]

/** Names of the Tasks that there are. */
export function taskNames(): readonly string[] {
  return readdirSync(join(home, 'tasks'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

/** A Task by its name. */
export function readTask(name: string): Task {
  const known = taskNames()
  if (!known.includes(name)) throw new CliError([`there is no Task "${name}"; ${suggestion(name, known)}`])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return parse(readFileSync(join(home, 'tasks', name, `${name}.yaml`), 'utf8')) as Task
}

/** What a Task takes and gives, for its help. */
export function taskHelp({ metadata, spec }: Task): string {
  const params = (spec.params ?? []).map(({ name, description = '', type, default: value }) => {
    const isList = type === 'array'
    const fallback =
      value === undefined ? ' Required.' : typeof value !== 'string' || value === '' ? '' : ` Default: \`${value}\`.`
    return [
      `${name}=${isList ? 'ENTRY' : 'VALUE'}`,
      `${description}${isList ? ' Once for each entry.' : ''}${fallback}`,
    ] as const
  })
  const workspaces = (spec.workspaces ?? []).map(({ name, description = '', optional }) => {
    return [`${name}=DIR`, `${description}${optional === true ? ' Optional.' : ''}`] as const
  })
  const results = (spec.results ?? []).map(({ name, description = '' }) => [name, description] as const)
  const parts = [
    ['Params', params],
    ['Workspaces', workspaces],
    ['Results', results],
  ] as const
  return parts
    .filter(([, rows]) => rows.length > 0)
    .flatMap(([title, rows]) => [`${title} of ${metadata.name}:`, ...table(rows), ''])
    .join('\n')
}
