import { createLog, type Log } from '../lib/step/log.ts'

/** Writes to standard output and resolves when it was taken. A reader that has gone (`| head`) is no fault. */
export async function print(host: NodeJS.Process, text: string): Promise<void> {
  await new Promise<void>((resolve) => host.stdout.write(text, () => resolve()))
}

/** One JSON value on a line of its own. */
export async function printJson(host: NodeJS.Process, value: unknown): Promise<void> {
  await print(host, `${JSON.stringify(value)}\n`)
}

/** Text for people, on standard error, laid out as the steps lay out theirs. */
export function logOf(host: NodeJS.Process): Log {
  return createLog((text) => host.stderr.write(text), Math.max(40, host.stderr.columns ?? 100))
}
