import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import type { FaultRule } from '../sandbox/faults.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { recordsOf } from '../sandbox/sink/sink-state.ts'
import { acrImage, openFrontDoor, type FrontDoor, type FrontDoorResult } from './front-door.ts'
import { inAHurry, programWith } from './programs.ts'
import { cloudWithSinks, keptOf, sinks } from './sinks.ts'
import { expectEnd, faultsOf, only, told, toldProse } from './told.ts'

const open = { 'record-sink': sinks.open } as const
const guarded = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource } as const
const down = { standIn: 'sink', fault: { kind: 'status', status: 503 } } as const

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudWithSinks())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

type Row = [what: string, cause: string, attempts: number, rule: FaultRule | undefined, profile: Record<string, string>]

const status = (code: number, more: object = {}): FaultRule => {
  return { standIn: 'sink', fault: { kind: 'status', status: code, ...more } }
}

test.each<Row>([
  ['is down', 'SINK_UNAVAILABLE', 6, down, open],
  ['throttles without end', 'SINK_THROTTLED', 6, status(429), open],
  ['resets each connection', 'NETWORK_INTERRUPTED', 6, { standIn: 'sink', fault: { kind: 'reset-before' } }, open],
  ['asks to wait for longer than a run waits', 'SINK_UNAVAILABLE', 1, status(503, { retryAfter: 3600 }), open],
  ['wants a token, and the profile names no resource', 'SINK_DENIED', 1, undefined, { 'record-sink': sinks.guarded }],
  ['refuses the token', 'SINK_DENIED', 1, status(403), guarded],
  ['is no sink at this path', 'SINK_REFUSED', 1, undefined, { 'record-sink': sinks.open.replace('events', 'other') }],
  ['does not take the form', 'SINK_REFUSED', 1, status(415), open],
  ['does not want a token that it is given', 'SINK_REFUSED', 1, undefined, { ...guarded, 'record-sink': sinks.open }],
])(
  'a sink that %s fails the step with 75, and nothing printed says ok (%s, attempts %i)',
  async (_what, cause, attempts, rule, profile) => {
    if (rule !== undefined) door.sandbox.faults.on(rule)
    door.requests()
    const result = await door.push(acrImage, { profile, run: inAHurry() })
    expectUndelivered(result, cause)
    expect(only(door.requests(), /^sink /)).toHaveLength(attempts)
    expect(keptOf(door, result)).toEqual([])
  },
)

test('says that the work is done, which sink it was, in its own words, and how to mend it', async () => {
  const { step } = await door.push(acrImage, { profile: { 'record-sink': sinks.guarded } })
  expect(toldProse(step.stderr, 'what')).toBe(
    `The work is done, but its audit record did not reach ${sinks.guarded}: The record sink ${sinks.guarded} does not let this identity write (HTTP 401).`,
  )
  expect(toldProse(step.stderr, 'cause')).toContain('TOKEN_MISSING')
  expect(toldProse(step.stderr, 'remedy')).toContain('record-sink-resource in the identity profile')
  expect(toldProse(step.stderr, 'remedy')).toContain('The step fails rather than act unrecorded')
})

test('what the push did stays done; only its results are withdrawn', async () => {
  door.sandbox.faults.on(down)
  const image = acrImage.replace('1.4.2', 'unrecorded')
  const result = await door.push(image, { profile: open, run: inAHurry() })
  expectUndelivered(result, 'SINK_UNAVAILABLE')
  expect(repositoryState(door.sandbox.world, example.acrHost, example.repository).tags()).toContain('unrecorded')
  expect(result.results).toEqual({})
  expect(result.record.data.action['destinations']).toMatchObject([{ stored: true, tags: ['unrecorded'] }])
})

test('by explicit choice it only warns: the step succeeds, and the printed record says what the sink lacks', async () => {
  door.sandbox.faults.on(down)
  const profile = { ...open, 'record-sink-failure': 'warn' }
  const result = await door.push(acrImage, { profile, run: inAHurry() })
  expect(result.succeeded).toBe(true)
  expect(result.record.data).toMatchObject({
    outcome: 'ok',
    undelivered: [{ sink: sinks.open, code: 'SINK_UNAVAILABLE' }],
  })
  expect(toldProse(result.step.stderr, 'warning')).toMatch(/did not reach https:\/\/audit\.contoso\.example\/events/)
  expect(result.results['IMAGE_DIGEST']).toBe(door.digest)
  expectHashOf(result)
})

test.each(['fail', 'warn'])('a sink that is down (%s) never masks the error of a step that failed', async (failure) => {
  door.sandbox.faults.on(down)
  const profile = { ...open, 'record-sink-failure': failure }
  const result = await door.push(acrImage, { profile, token: { expiresInSeconds: -5 }, run: inAHurry() })
  expectEnd(result, 'TOKEN_EXPIRED', 77)
  expect(result.record.data).toMatchObject({ undelivered: [{ code: 'SINK_UNAVAILABLE' }] })
  expect(toldProse(result.step.stderr, 'warning')).toContain('SINK_UNAVAILABLE')
})

test('of a step that Entra refuses a guarded sink gets nothing: the record says so, and the refusal stays the error', async () => {
  const result = await door.push(acrImage, { profile: guarded, token: { serviceAccount: 'intruder' }, run: inAHurry() })
  expectEnd(result, 'ENTRA_SUBJECT_MISMATCH', 77)
  expect(result.record.data).toMatchObject({ undelivered: [{ sink: sinks.guarded, code: 'ENTRA_SUBJECT_MISMATCH' }] })
})

test('a token without the role that the sink asks for is refused, and the error names the resource', async () => {
  const profile = { ...guarded, 'record-sink-resource': sinks.rolelessResource }
  const result = await door.push(acrImage, { profile })
  expectUndelivered(result, 'SINK_DENIED')
})

test.each([
  ['to another host', 'https://contoso.azurecr.io/stolen'],
  ['to another path', '/elsewhere'],
])('a redirect %s is never followed: no other host is asked, no token goes there', async (_what, location) => {
  door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'other-head', status: 307, location } })
  door.requests()
  const result = await door.push(acrImage, { profile: guarded })
  expectUndelivered(result, 'SINK_REFUSED')
  expect(toldProse(result.step.stderr, 'what')).toContain('HTTP 307, a redirect')
  const asked = door.requests()
  expect(only(asked, /stolen|elsewhere/)).toEqual([])
  expect(only(asked, /^sink .* fault: other-head$/)).toHaveLength(1)
})

test('what a sink says back is shown short and clean: no echo of a token, no control character', async () => {
  const token = door.sandbox.mintToken({ namespace: 'x', serviceAccount: 'echo' })
  const body = `no\u001b[31m: Bearer ${token} ${'word '.repeat(10_000)}`
  door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'status', status: 400, body } })
  const result = await door.push(acrImage, { profile: open })
  expectUndelivered(result, 'SINK_REFUSED')
  const cause = toldProse(result.step.stderr, 'cause')
  expect(cause).toContain('Bearer […] word word')
  expect(cause.length).toBeLessThan(400)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(result.step.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})

test('a sink that says nothing is given up in time, and tried again', async () => {
  door.sandbox.faults.on({ standIn: 'sink', times: 1, fault: { kind: 'stall' } })
  const result = await door.push(acrImage, { profile: open, run: programWith('hurry', 'impatient') })
  expect(result.succeeded).toBe(true)
  expect(toldProse(result.step.stderr, 'retry')).toContain('NETWORK_INTERRUPTED')
  expect(keptOf(door, result)).toHaveLength(1)
})

test.each<[what: string, profile: Record<string, string>, fault: RegExp]>([
  ['plain http', { 'record-sink': 'http://audit.internal/events' }, /^record-sink \(profile entra-identity\): .*plain/],
  ['a password', { 'record-sink': 'https://ci:hunter2hunter2hunter2@a.example/' }, /without a user name and password/],
  ['a key in the query', { 'record-sink': 'https://a.example/?code=hunter2hunter2hunter2' }, /a key has no place/],
  ['a fragment', { 'record-sink': 'https://a.example/#x' }, /without a fragment/],
  ['no URL', { 'record-sink': 'audit.example' }, /a URL such as/],
  ['an unknown mode', { ...open, 'record-sink-mode': 'batch' }, /one of structured, binary/],
  ['an unknown choice', { ...open, 'record-sink-failure': 'ignore' }, /one of fail, warn/],
  ['no sink beside its mode', { 'record-sink-mode': 'binary' }, /without a sink it says nothing/],
  [
    'a token over plain http',
    { 'record-sink': 'http://audit.internal/', 'record-sink-plain-http': 'true', 'record-sink-resource': 'api://x' },
    /over plain http no token is sent/,
  ],
])('refuses a profile that names %s, before anything is done', async (_what, profile, fault) => {
  door.requests()
  const result = await door.push(acrImage, { profile })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result).join('\n')).toMatch(fault)
  expect(result.step.stderr + result.step.stdout).not.toContain('hunter2')
  expect(door.requests()).toEqual([])
})

test('faults of the sink come together with all others', async () => {
  const result = await door.push(acrImage, { profile: { 'record-sink': 'nonsense' }, params: { concurrency: '99' } })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toHaveLength(2)
})

test('a param names no sink: the records, and the token that goes with them, go where the profile says or nowhere', async () => {
  const params = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource }
  const before = recordsOf(door.sandbox.world).length
  await door.push(acrImage, { params })
  expect(recordsOf(door.sandbox.world)).toHaveLength(before)
  const result = await door.push(acrImage, { params, profile: open })
  expect(keptOf(door, result)).toMatchObject([{ host: 'audit.contoso.example', writer: '' }])
})

/** A step whose work is done and whose record did not arrive: error, exit status, printed record and its hash agree. */
function expectUndelivered(result: FrontDoorResult, cause: string): void {
  expectEnd(result, 'RECORD_NOT_DELIVERED', 75)
  expect(told(result.step.stderr, 'sent')).toEqual([`cause ${cause}`])
  expect(result.record.data).toMatchObject({ outcome: 'failed', undelivered: [{ code: cause }] })
  expect(result.step.stdout).not.toContain('"ok"')
  expectHashOf(result)
}

/** The result names the record that was printed, also where another one was sealed first. */
function expectHashOf({ step, statusResults, record }: FrontDoorResult): void {
  const hash = createHash('sha256').update(step.stdout.trimEnd()).digest('hex')
  expect(statusResults['record']).toBe(`${record.id} sha256:${hash}`)
}
