/**
 * How an attempt that ended with this error is followed up.
 * `transient`: again with back-off. `propagation`: again, but only within `propagation-wait` (a change that has not arrived
 * everywhere looks just like a wrong value). `keys`: at most three times in ten seconds. `reread`: once, with the token read anew.
 */
export type RetryClass = 'never' | 'transient' | 'propagation' | 'keys' | 'reread'

/** Exit statuses as sysexits.h names them: 64 usage, 70 software, 74 I/O, 75 temporary failure, 77 no permission; 143 = SIGTERM. */
export type ExitStatus = 64 | 70 | 74 | 75 | 77 | 143

/** One kind of failure. `<name>` in a text stands for a value that the call site must give. */
export type ErrorRow = {
  readonly exit: ExitStatus
  readonly retry: RetryClass
  /** What happened, in one sentence. */
  readonly what: string
  /** Names of the values that were sent, shown on a line of their own. */
  readonly sent?: readonly string[]
  /** What to do about it, with commands that can be pasted. */
  readonly remedy: string
}

/** Keeps the literal types of a table of errors, from which the values that each code needs are derived. */
export function defineErrors<const T extends Readonly<Record<string, ErrorRow>>>(rows: T): T {
  return rows
}
