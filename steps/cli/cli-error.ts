/** Exit statuses of the command line, as sysexits has them, and of linters; `task` also ends as the step that failed. */
export const exits = { findings: 1, usage: 64, internal: 70, unavailable: 75 } as const

/** Why a command ends without its work done: all faults at once, one a line. */
export class CliError extends Error {
  readonly faults: readonly string[]
  readonly exit: number
  /** What to try next. */
  readonly remedy: string | undefined
  constructor(faults: readonly string[], { exit, remedy }: { exit?: number; remedy?: string } = {}) {
    super(faults.join('; '))
    this.name = 'CliError'
    this.faults = faults
    this.exit = exit ?? exits.usage
    this.remedy = remedy
  }
}
