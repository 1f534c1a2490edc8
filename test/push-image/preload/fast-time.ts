import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const speed = Number(process.env['TEST_TIME_SPEED'])
const { setTimeout: delay } = timers

// Preloaded into a step program by a test: the waits between attempts pass faster, by as much as the sandbox's clock does.
function fast<T>(ms?: number, value?: T, options?: { signal?: AbortSignal }): Promise<T> {
  return delay((ms ?? 0) / speed, value, options)
}
Object.assign(timers, { setTimeout: fast })
syncBuiltinESMExports()
