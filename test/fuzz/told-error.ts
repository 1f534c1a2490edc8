import { expect } from 'vitest'
import type { StepError } from '../../steps/lib/core/errors.ts'
import { createLog } from '../../steps/lib/step/log.ts'

/** What a person is told of an error must be short, without gaps, and unable to steer a terminal, whatever came from outside. */
export function expectTold(error: StepError): void {
  let text = ''
  createLog((line) => (text += line), 100).error(error, 'fuzz')
  expect(text.length).toBeLessThan(40_000)
  expect(error.message).not.toBe('')
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
}
