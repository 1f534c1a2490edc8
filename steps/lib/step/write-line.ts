import { writeSync } from 'node:fs'

/** How long a full pipe is waited for before the line counts as lost, in milliseconds. */
const patienceMs = 5000

/**
 * Writes a whole line before it returns: `process.stdout.write` loses what a pipe has not taken when the process exits.
 * A pipe that is full (EAGAIN) is waited for. Throws what the system says otherwise.
 */
export function writeLineSync(descriptor: number, line: string): void {
  let rest = Buffer.from(`${line}\n`, 'utf8')
  const until = performance.now() + patienceMs
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      const full = error instanceof Error && 'code' in error && error.code === 'EAGAIN'
      if (!full || performance.now() > until) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
