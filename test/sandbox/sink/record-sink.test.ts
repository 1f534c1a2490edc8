import { expect, test } from 'vitest'
import { example, exampleCloud } from '../example-cloud.ts'
import { startSandbox } from '../sandbox.ts'
import { impossibleState } from '../config-rules.ts'
import { readEvent } from './cloud-event.ts'
import { SinkRefusal } from './sink-refusal.ts'

const event = { specversion: '1.0', id: '1', source: '/s', type: 't', data: {} }
const structured = { 'content-type': 'application/cloudevents+json' }
const binary = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': '/s',
  'ce-type': 't',
}

test('takes an event with the required attributes alone, both ways', () => {
  expect(readEvent(structured, bytes(event)).mode).toBe('structured')
  expect(readEvent(binary, bytes({})).mode).toBe('binary')
})

type Row = [what: string, headers: Record<string, string>, body: unknown, code: string]

test.each<Row>([
  ['an event without id', structured, { ...event, id: undefined }, 'ATTRIBUTE_MISSING'],
  ['an event without source', structured, { ...event, source: undefined }, 'ATTRIBUTE_MISSING'],
  ['an event without type', structured, { ...event, type: undefined }, 'ATTRIBUTE_MISSING'],
  ['another version', structured, { ...event, specversion: '0.3' }, 'ATTRIBUTE'],
  ['an empty id', structured, { ...event, id: '' }, 'ATTRIBUTE'],
  ['a time that is none', structured, { ...event, time: 'today' }, 'ATTRIBUTE'],
  ['a relative dataschema', structured, { ...event, dataschema: 'x.json' }, 'ATTRIBUTE'],
  ['an attribute that is no string', structured, { ...event, subject: 1 }, 'ATTRIBUTE'],
  ['an attribute in camelCase', structured, { ...event, myThing: 'x' }, 'ATTRIBUTE'],
  ['no data', structured, { ...event, data: undefined }, 'NO_DATA'],
  ['a list of events', structured, [event], 'NO_OBJECT'],
  ['what is no JSON', structured, undefined, 'NO_JSON'],
  ['a batch', { 'content-type': 'application/cloudevents-batch+json' }, [event], 'MEDIA_TYPE'],
  ['plain JSON', { 'content-type': 'application/json' }, event, 'MEDIA_TYPE'],
  ['another charset', { 'content-type': 'application/cloudevents+json; charset=latin1' }, event, 'CHARSET'],
  ['both modes at once', { ...structured, 'ce-id': '1' }, event, 'BOTH_MODES'],
  ['a header with a space', { ...binary, 'ce-subject': 'a b' }, {}, 'HEADER'],
  ['a header that is no UTF-8', { ...binary, 'ce-subject': '%FF' }, {}, 'HEADER'],
  ['datacontenttype as a header', { ...binary, 'ce-datacontenttype': 'text/plain' }, {}, 'HEADER'],
  ['a binary event without id', without(binary, 'ce-id'), {}, 'ATTRIBUTE_MISSING'],
])('refuses %s', (_what, headers, body, code) => {
  const read = () => readEvent(headers, body === undefined ? Buffer.from('{') : bytes(body))
  expect(read).toThrow(SinkRefusal)
  expect(read).toThrow(expect.objectContaining({ code }))
})

test.each([
  ['a host twice', [sink(), sink()], 'is there twice'],
  ['a host that is none', [{ ...sink(), host: 'https://x' }], 'is no host name'],
  ['a path with a query', [{ ...sink(), path: '/x?y' }], 'is no path'],
  ['a tenant that there is not', [{ ...sink(), access: { tenantId: example.clientId, audience: 'x' } }], 'no tenant'],
])('does not start with %s', (_what, recordSinks, text) => {
  expect(impossibleState({ ...exampleCloud(), recordSinks }).join('\n')).toContain(text)
})

test('starts with a sink, and names its host among those of the state', async () => {
  await using sandbox = await startSandbox({ ...exampleCloud(), recordSinks: [sink()] })
  expect(sandbox.standIns.find(({ name }) => name === 'sink')?.owns('audit.example')).toBe(true)
  expect(sandbox.standIns.find(({ name }) => name === 'sink')?.owns('other.example')).toBe(false)
})

function sink() {
  return { host: 'audit.example', path: '/events' }
}

function bytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name))
}
