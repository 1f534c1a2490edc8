import { Secret } from '../core/secret.ts'
import type { Merge } from './hand-over-folder.ts'

/** How a file of variables is read: sourced by a POSIX shell, or line by line by a program. */
export type EnvironmentForm = 'shell' | 'plain'

/** Puts variables into a file of them: those of the same name are replaced, every other line is kept. Values must need no quoting beyond `'…'`. */
export function mergeEnvironment(variables: Readonly<Record<string, string>>, form: EnvironmentForm): Merge {
  return (existing) => {
    const kept = (existing ?? '').split('\n').filter((line) => line !== '' && !Object.hasOwn(variables, nameOf(line)))
    const ours = Object.entries(variables).map(([name, value]) =>
      form === 'shell' ? `export ${name}='${value}'` : `${name}=${value}`,
    )
    return new Secret(`${[...kept, ...ours].join('\n')}\n`)
  }
}

function nameOf(line: string): string {
  return /^\s*(?:export\s+)?(\w+)=/.exec(line)?.[1] ?? ''
}
