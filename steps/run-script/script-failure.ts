import { Script } from 'node:vm'
import { Refused } from './link.ts'
import type { Failure } from './wire.ts'

/** What is wrong with a script before it runs. */
export class SyntaxFault extends Error {
  /** `script.ts:3`, or just its name. */
  readonly place: string

  constructor(message: string, place: string) {
    super(message)
    this.place = place
  }
}

/** `$` where there is no shell. `code` is that of the troubleshooting page. */
export class ShellAbsent extends Error {
  readonly code = 'SCRIPT_SHELL_ABSENT'

  constructor() {
    super('this image has no shell: the Task has a param image for the one that has')
  }
}

/** What is told of whatever a script threw. */
export function failureOf(error: unknown, name: string): Failure {
  if (error instanceof SyntaxFault)
    return { kind: 'invalid', reason: error.message, place: error.place, refusal: undefined }
  if (error instanceof ShellAbsent)
    return { kind: 'no-shell', reason: error.message, place: placeOf(error, name), refusal: undefined }
  const refusal = error instanceof Refused ? error.id : undefined
  const named = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const reason = error instanceof Refused ? error.message : named
  return { kind: 'threw', reason, place: placeOf(error, name), refusal }
}

/** The first line of the script itself in a stack, or in what zx says of a command that failed. */
function placeOf(error: unknown, name: string): string {
  const texts = error instanceof Error ? `${error.stack ?? ''}\n${error.message}` : ''
  const [, line, column] = /script:\/\/\/[^\s:]+:(\d+):(\d+)/.exec(texts) ?? []
  return line === undefined || column === undefined ? name : `${name}:${line}:${column}`
}

/**
 * Where a module that cannot be read is wrong. V8 says the line for scripts, not for modules: so it is read as one, its imports and exports blanked,
 * inside a function that may await.
 */
export function placeIn(source: string, name: string): string {
  const blanked = source
    .replace(/^[ \t]*import\b[^;'"]*?(['"])[^'"\n]*\1/gm, (found) => found.replace(/[^\n]/g, ' '))
    .replace(/^([ \t]*)export\b(?! *[{*])/gm, '$1      ')
  try {
    // Read, never run.
    void new Script(`(async () => {${blanked}\n})`, { filename: name })
    return name
  } catch (error) {
    const first = error instanceof Error ? (error.stack ?? '').split('\n', 1)[0] : ''
    const line = /:(\d+)$/.exec(first ?? '')?.[1]
    return line === undefined ? name : `${name}:${line}`
  }
}
