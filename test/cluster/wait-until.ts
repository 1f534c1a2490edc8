import { setTimeout as sleep } from 'node:timers/promises'
import { CliError, exits } from '../../steps/cli/cli-error.ts'

export type Patience = {
  /** What is waited for, as the error names it. */
  readonly what: string
  readonly seconds: number
  /** What is told when the time is over: the last words of the program that is late. */
  readonly why?: () => Promise<string> | string
}

/** Between two looks. Each look is a process or two: oftener costs the machine more than it gains. */
const PAUSE_MS = 150

/** Looks again and again until there is an answer other than undefined. Throws a `CliError` when the time is over. */
export async function waitUntil<T>(look: () => Promise<T | undefined>, { what, seconds, why }: Patience): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (performance.now() > end) {
      const reason = (await why?.()) ?? ''
      throw new CliError([`${what}: not within ${seconds} s`, ...(reason === '' ? [] : [reason])], {
        exit: exits.unavailable,
      })
    }
    await sleep(PAUSE_MS)
  }
}
