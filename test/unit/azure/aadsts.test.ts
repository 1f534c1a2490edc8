import { expect, test } from 'vitest'
import { codeOfAadsts, parseEntraError } from '../../../steps/lib/azure/aadsts.ts'

test('a number that was split further keeps its meaning, a stranger has none', () => {
  expect(codeOfAadsts(700213)).toBe('ENTRA_SUBJECT_MISMATCH')
  expect(codeOfAadsts(7002138)).toBe('ENTRA_SUBJECT_CASE')
  expect(codeOfAadsts(7002131)).toBe('ENTRA_SUBJECT_MISMATCH')
  expect(codeOfAadsts(7002121)).toBe('ENTRA_AUDIENCE_MISMATCH')
  expect(codeOfAadsts(501661)).toBe('ENTRA_ISSUER_UNREACHABLE')
  expect(codeOfAadsts(7000215)).toBeUndefined()
})

test.each([
  ['today’s form', 'AADSTS700213: No match. Trace ID: t-1 Correlation ID: c-1 Timestamp: 2026-01-01 00:00:00Z'],
  [
    'the form until 2023',
    'AADSTS700213: No match.\r\nTrace ID: t-1\r\nCorrelation ID: c-1\r\nTimestamp: 2022-01-01 00:00:00Z',
  ],
])('reads %s of Entra’s text', (_, description) => {
  expect(parseEntraError(JSON.stringify({ error: 'invalid_client', error_description: description }))).toEqual({
    error: 'invalid_client',
    description: 'AADSTS700213: No match.',
    number: 700213,
    traceId: 't-1',
    correlationId: 'c-1',
  })
})

test.each(['', '<html>', '[]', '{}', 'null', '"x"', '{"error":1}'])('%s is no answer of Entra’s', (body) => {
  expect(parseEntraError(body)).toBeUndefined()
})
