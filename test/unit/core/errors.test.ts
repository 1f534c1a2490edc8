import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { asStepError, describeError, printable, stepError } from '../../../steps/lib/core/errors.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'

test('a secret prints as [secret] wherever it is printed', () => {
  const secret = new Secret('hunter2hunter2')
  const printed = [secret.toString(), JSON.stringify({ secret }), inspect({ secret }, { depth: 9 }), String([secret])]
  expect(printed.filter((text) => text.includes('hunter2'))).toEqual([])
  expect(printed.filter((text) => text.includes('[secret]'))).toHaveLength(4)
  expect(secret.reveal()).toBe('hunter2hunter2')
})

test('values are filled into the texts of the row, and unknown placeholders stay', () => {
  const error = stepError('ENTRA_CLIENT_DISABLED', { client: 'c-1', tenant: 't-1' })
  expect(describeError(error)).toMatchObject({ what: 'The application c-1 is disabled in the tenant t-1.' })
  expect(describeError(error).remedy).toContain('az ad sp update --id c-1')
})

test('what comes from outside cannot steer a terminal or fill a log', () => {
  expect(printable('a\u001b[31mred\u0007\rb')).toBe('a·[31mred··b')
  expect(printable('a\u202eb')).toBe('a·b')
  expect(printable('x'.repeat(5000))).toHaveLength(2001)
  expect(printable('lines\nstay\tso')).toBe('lines\nstay\tso')
})

test('what nobody foresaw becomes INTERNAL and keeps its cause', () => {
  const cause = new TypeError('boom')
  expect(asStepError(cause)).toMatchObject({ code: 'INTERNAL', cause, values: { reason: 'TypeError: boom' } })
  expect(asStepError('text')).toMatchObject({ code: 'INTERNAL', values: { reason: 'text' } })
})
