import { expect, test } from 'vitest'
import { eventMessage } from '../../../steps/lib/sink/event-message.ts'
import { readEvent } from '../../sandbox/sink/cloud-event.ts'

const event = {
  specversion: '1.0',
  id: 'd0f0de73-0000-4000-8000-000000000000',
  source: '/namespaces/ci/taskruns/push',
  type: 'io.github.tekton-entra.step.v1',
  subject: 'contoso.azurecr.io/shop/web:1',
  time: '2026-11-27T22:00:00.000Z',
  datacontenttype: 'application/json',
  dataschema: 'https://schemas.example/record.json',
  data: { step: 'push-image', list: ['ä', 1, null] },
} as const

const subjects = [
  ['plain text', 'contoso.azurecr.io/shop/web:1'],
  ['a space, a quotation mark and a percent sign', 'a "b" 100%'],
  ['percent signs that look encoded', '%41%0D%0A'],
  ['a line end, which would begin another header', 'a\r\nauthorization: Bearer x'],
  ['control characters', '\u0000\u001b\u007f'],
  ['letters beyond ASCII', 'Grüße, 世界, 🚀'],
] as const

test.each(subjects)('in binary mode %s arrive as they were, in headers of printable ASCII', (_what, subject) => {
  const { headers, body } = eventMessage(JSON.stringify({ ...event, subject }), 'binary')
  expect(Object.values(headers).join('')).toMatch(/^[!-~]+$/)
  const { data, ...attributes } = { ...event, subject }
  expect(readEvent(headers, Buffer.from(body))).toEqual({ mode: 'binary', attributes, data })
})

test.each(subjects)('in structured mode the body is the line itself, with %s', (_what, subject) => {
  const line = JSON.stringify({ ...event, subject })
  const { headers, body } = eventMessage(line, 'structured')
  expect(body).toBe(line)
  expect(Object.keys(headers)).toEqual(['content-type'])
  expect(readEvent(headers, Buffer.from(body)).attributes['subject']).toBe(subject)
})
