import * as fc from 'fast-check'
import { expect } from 'vitest'
import { retryAfterMs } from '../../steps/lib/http/retry-after.ts'
import { Json, JsonFault } from '../../steps/lib/oci/json.ts'
import { operations, registryError, type Operation } from '../../steps/lib/oci/registry/registry-error.ts'
import { bodyCorpus, retryAfterCorpus } from './corpus/registry-answers.ts'
import { almost, anyJson, anyText, fuzz, inherited } from './fuzz.ts'
import { expectTold } from './told-error.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const code = fc.oneof(fc.constantFrom('DENIED', 'NAME_UNKNOWN', 'TOOMANYREQUESTS', ...inherited), fc.string())
const fault = fc.record({ code, message: anyText('"{}<>') }, { requiredKeys: [] })
const errors = fc.array(
  fc.tuple(fault, anyJson()).map(([one, detail]) => ({ ...one, detail })),
  { maxLength: 3 },
)
const body = fc.oneof(
  errors.map((list) => JSON.stringify({ errors: list })),
  almost(
    errors.map((list) => JSON.stringify({ errors: list })),
    '{}[]",:',
  ),
  anyJson().map((value) => JSON.stringify(value)),
  anyText('<html>'),
)
const answer = fc.record({
  status: fc.integer({ min: 400, max: 599 }),
  headers: fc.record(
    { 'retry-after': anyText('0123456789:,'), 'x-request-id': anyText('-'), 'www-authenticate': anyText('="') },
    { requiredKeys: [] },
  ),
  body,
  operation: fc.constantFrom(...Object.keys(operations).filter((name): name is Operation => name in operations)),
})

fuzz(
  'whatever a registry answers is one error of ours, told in bounded text',
  {
    from: answer,
    corpus: bodyCorpus.map((text) => ({ status: 400, headers: {}, body: text, operation: 'upload' as const })),
  },
  ({ status, headers, body: text, operation }) => {
    const asked = { operation, registry: 'r.example', repository: 'app', digest: 'd', tag: 't', mediaType: 'm' }
    const error = registryError({ status, headers, body: Buffer.from(text) }, asked, now)
    expect(error.code).toMatch(/^REGISTRY_/)
    expect(error.upstream?.message?.length ?? 0).toBeLessThanOrEqual(2000)
    expect(error.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0)
    expectTold(error)
  },
)

fuzz(
  'the registry’s own code and words are never lost',
  { from: fc.record({ code: fc.string({ minLength: 1 }), message: fc.string({ minLength: 1, maxLength: 1000 }) }) },
  (one) => {
    const asked = { operation: 'upload', registry: 'r.example', repository: 'app' } as const
    const response = { status: 400, headers: {}, body: Buffer.from(JSON.stringify({ errors: [one] })) }
    expect(registryError(response, asked, now).upstream).toMatchObject(one)
  },
)

fuzz('Retry-After in seconds is obeyed', { from: fc.nat(999_999_999) }, (seconds) => {
  expect(retryAfterMs(` ${seconds} `, now)).toBe(seconds * 1000)
})

fuzz(
  'Retry-After as a date is read in UTC, in each of its three forms, and never in the past',
  { from: fc.date({ min: new Date(now - 1e10), max: new Date('2069-01-01'), noInvalidDate: true }) },
  (date) => {
    const left = Math.max(0, Math.floor(date.getTime() / 1000) * 1000 - now)
    expect(httpDates(date).map((text) => retryAfterMs(text, now))).toEqual([left, left, left])
  },
)

fuzz(
  'Retry-After that is neither is not obeyed',
  {
    from: anyText('0123456789.-+eESun, GMT:').filter((text) => !/^\s*\d{1,9}\s*$/.test(text)),
    corpus: retryAfterCorpus,
    runs: 1000,
  },
  (text) => expect(retryAfterMs(text, now)).toBeUndefined(),
)

fuzz(
  'the JSON door gives a value of the kind that was asked for, or JsonFault',
  {
    from: fc.oneof(
      body,
      anyJson().map((value) => JSON.stringify({ a: value })),
    ),
  },
  (text) => {
    const read = (way: (json: Json) => unknown, fits: (value: unknown) => boolean) => {
      try {
        const value = way(Json.parse(Buffer.from(text)))
        expect(value).toSatisfy(fits)
      } catch (error) {
        expect(error).toBeInstanceOf(JsonFault)
        expect(String(error).length).toBeLessThan(text.length + 300)
      }
    }
    read(
      (json) => json.field('a').string(),
      (value) => typeof value === 'string',
    )
    read(
      (json) => json.field('a').size(),
      (value) => Number.isSafeInteger(value) && Number(value) >= 0,
    )
    read((json) => json.field('a').items(), Array.isArray)
    read(
      (json) => json.optional('errors')?.items(),
      (value) => value === undefined || Array.isArray(value),
    )
    for (const name of inherited)
      read(
        (json) => json.optional(name)?.text() ?? '',
        (value) => typeof value === 'string',
      )
  },
)

/** IMF-fixdate, RFC 850 and asctime (RFC 9110 §5.6.7). */
function httpDates(date: Date): string[] {
  const fixed = date.toUTCString()
  const [, day = '', month = '', year = '', time = ''] = fixed.split(' ')
  const weekday = date.toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' })
  return [
    fixed,
    `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    `${fixed.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`,
  ]
}
