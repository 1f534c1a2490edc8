import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { cloudWithStores, objectsOfRun, stores } from './stores.ts'
import { expectEnd, faultsOf, only, told, toldProse } from './told.ts'

const bucket = { 'record-sink': stores.bucket } as const

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudWithStores())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test('the bucket has the printed record byte for byte, below its TaskRun, and the result has its hash', async () => {
  const result = await door.push(acrImage, { profile: bucket })
  expect(result.succeeded, result.step.stderr).toBe(true)
  const [object, ...others] = objectsOfRun(door, result)
  expect(others).toEqual([])
  expect(`${object?.body}\n`).toBe(result.step.stdout)
  expect(object?.key).toBe(`records/namespaces/ci/taskruns/push-web-x7k2p/${result.record.id}.json`)
  expect(object?.contentType).toBe('application/cloudevents+json; charset=utf-8')
  const hash = createHash('sha256').update(object?.body ?? '')
  expect(result.results['record']).toBe(`${result.record.id} sha256:${hash.digest('hex')}`)
  expect(told(result.step.stderr, 'record')).toEqual([`delivered to ${stores.bucket}`])
})

test('it is written once, never over another, as the role of the profile, which the record names', async () => {
  door.requests()
  const result = await door.push(ecrImage, { profile: bucket })
  expect(result.succeeded, result.step.stderr).toBe(true)
  expect(only(door.requests(), /^s3 /)).toHaveLength(1)
  const entry = door.sandbox.journal.entries.findLast(({ standIn }) => standIn === 's3')
  expect(entry?.checks?.join('; ')).toContain('if-none-match *: there is none')
  expect(objectsOfRun(door, result)[0]?.writer).toContain('assumed-role/ci-push/')
  const sessions = result.record.data.tokens.filter(({ kind }) => kind === 'aws-session')
  expect(sessions.map(({ audience }) => audience)).toEqual([example.roleArn, example.roleArn])
})

test('its session may put records there and do nothing else, whatever the session policy of the work allows', async () => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] }
  const profile = { ...bucket, 'aws-session-policy': JSON.stringify(policy) }
  const result = await door.push(ecrImage, { profile })
  expect(result.succeeded, result.step.stderr).toBe(true)
  expect(objectsOfRun(door, result)).toHaveLength(1)
  const policies = [...door.sandbox.world.awsSessions.values()].map(({ sessionPolicy = '' }) => sessionPolicy)
  const writing = policies.filter((text) => text.includes('s3:PutObject'))
  expect(writing.length).toBeGreaterThan(0)
  expect(new Set(writing)).toEqual(
    new Set([
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::contoso-audit/records/*"}]}',
    ]),
  )
})

test('an answer that was lost is no loss: what is there already is the record itself', async () => {
  door.sandbox.faults.on({ standIn: 's3', times: 1, fault: { kind: 'reset-after-request' } })
  door.requests()
  const result = await door.push(acrImage, { profile: bucket, run: inAHurry() })
  expect(result.succeeded, result.step.stderr).toBe(true)
  expect(only(door.requests(), /^s3 PUT .* 412/)).toHaveLength(1)
  expect(objectsOfRun(door, result)).toHaveLength(1)
})

test.each([
  ['503', { kind: 'status', status: 503 }],
  ['409', { kind: 'status', status: 409, body: '<Error><Code>ConditionalRequestConflict</Code></Error>' }],
] as const)('a passing failure of S3 (%s) is waited for', async (_, fault) => {
  door.sandbox.faults.on({ standIn: 's3', times: 2, fault })
  const result = await door.push(acrImage, { profile: bucket, run: inAHurry() })
  expect(result.succeeded, result.step.stderr).toBe(true)
  expect(told(result.step.stderr, 'retry')).toHaveLength(2)
})

test('the record of a step that Entra refuses does not arrive, and is not lost silently: the printed one says so', async () => {
  const result = await door.push(acrImage, { profile: bucket, token: { serviceAccount: 'intruder' }, run: inAHurry() })
  expectEnd(result, 'ENTRA_SUBJECT_MISMATCH', 77)
  expect(result.record.data).toMatchObject({
    outcome: 'refused',
    undelivered: [{ sink: stores.bucket, code: 'ENTRA_SUBJECT_MISMATCH' }],
  })
})

test.each([
  ['may not write to', 'SINK_BUCKET_DENIED', { 'record-sink': stores.closed }, 'arn:aws:s3:::contoso-closed/records/*'],
  [
    'that is in another region',
    'SINK_BUCKET_REFUSED',
    { 'record-sink': stores.closed.replace('closed', 'far') },
    'PermanentRedirect',
  ],
  [
    'that there is not',
    'SINK_BUCKET_REFUSED',
    { 'record-sink': stores.closed.replace('closed', 'none') },
    'NoSuchBucket',
  ],
])('a bucket that the identity %s fails the step with 75 and %s', async (_, cause, profile, text) => {
  const result = await door.push(acrImage, { profile })
  expectEnd(result, 'RECORD_NOT_DELIVERED', 75)
  expect(told(result.step.stderr, 'sent')).toEqual([`cause ${cause}`])
  expect(`${toldProse(result.step.stderr, 'what')} ${toldProse(result.step.stderr, 'remedy')}`).toContain(text)
  expect(result.record.data).toMatchObject({ outcome: 'failed', undelivered: [{ code: cause }] })
  expect(result.results).toEqual({})
})

test('by explicit choice a closed bucket only warns', async () => {
  const result = await door.push(acrImage, { profile: { 'record-sink': stores.closed, 'record-sink-failure': 'warn' } })
  expect(result.succeeded).toBe(true)
  expect(toldProse(result.step.stderr, 'warning')).toContain('SINK_BUCKET_DENIED')
  expect(result.record.data).toMatchObject({ outcome: 'ok', undelivered: [{ code: 'SINK_BUCKET_DENIED' }] })
})

test('an account that is not allowed is not written from', async () => {
  const result = await door.push(acrImage, { profile: { ...bucket, 'allowed-accounts': '999999999999' } })
  expect(result.succeeded).toBe(false)
  expect(objectsOfRun(door, result)).toEqual([])
  expect(result.record.data).toMatchObject({ undelivered: [{ code: 'AWS_ACCOUNT_NOT_ALLOWED' }] })
})

test.each<[what: string, profile: Record<string, string | undefined>, fault: RegExp]>([
  ['a bucket with dots', { 'record-sink': 'https://a.b.s3.eu-central-1.amazonaws.com/x' }, /no dots in its name/],
  ['the global host', { 'record-sink': 'https://contoso.s3.amazonaws.com/x' }, /by its regional host/],
  ['a path-style URL', { 'record-sink': 'https://s3.eu-central-1.amazonaws.com/contoso/x' }, /by its regional host/],
  ['a query', { 'record-sink': `${stores.bucket}?api-version=1` }, /where the prefix is of/],
  ['a mode', { ...bucket, 'record-sink-mode': 'binary' }, /record-sink-mode .* a bucket makes no use of it/],
  ['a resource', { ...bucket, 'record-sink-resource': 'api://x' }, /record-sink-resource .* a bucket makes no use/],
  ['no role', { ...bucket, 'aws-role-arn': undefined }, /^aws-role-arn: got nothing, expected the role that writes/],
])('refuses a profile that names a bucket with %s, before anything is done', async (_what, profile, fault) => {
  door.requests()
  const result = await door.push(acrImage, { profile })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result).join('\n')).toMatch(fault)
  expect(door.requests()).toEqual([])
})
