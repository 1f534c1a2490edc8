import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { STSClientConfig } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import type { AwsSession, World } from '../world.ts'
import { createSts } from './sts.ts'
import { callSts, STS_HOST } from './test-calls.ts'
import { ACCOUNT, createCloud, REGION, serve } from './test-cloud.ts'
import { mintSession } from './session.ts'
import { signByHand } from './test-signing.ts'
import type { SigningOptions } from './test-signing.ts'

const openSession = (world: World, lifetimeSeconds = 3600): AwsSession =>
  mintSession(world, {
    accountId: ACCOUNT,
    partition: 'aws',
    roleName: 'pusher',
    sessionName: 'build-7',
    lifetimeSeconds,
  })

const whoAmI = async (world: World, config: Partial<STSClientConfig>): Promise<unknown> => {
  await using sts = await serve(createSts(world), STS_HOST)
  const client = new STSClient({ region: REGION, endpoint: sts.url, maxAttempts: 1, ...config })
  try {
    const { Arn, UserId, Account } = await client.send(new GetCallerIdentityCommand({}))
    return { Arn, UserId, Account }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const metadata = '$metadata' in error ? error.$metadata : undefined
    const status =
      typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : 0
    return [error.name, status]
  } finally {
    client.destroy()
  }
}

test('tells the holder of a session who it is', async () => {
  const world = await createCloud()
  expect(await whoAmI(world, { credentials: openSession(world) })).toEqual({
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/pusher/build-7`,
    UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:build-7$/),
    Account: ACCOUNT,
  })
})

test.each<[string, (session: AwsSession) => Partial<STSClientConfig>, readonly [string, number]]>([
  [
    'another secret key',
    (session) => ({ credentials: { ...session, secretAccessKey: 'x'.repeat(40) } }),
    ['SignatureDoesNotMatch', 403],
  ],
  [
    'an unknown access key',
    (session) => ({ credentials: { ...session, accessKeyId: 'ASIAUNKNOWNUNKNOWN22' } }),
    ['InvalidClientTokenId', 403],
  ],
  [
    'another session token',
    (session) => ({ credentials: { ...session, sessionToken: 'x' } }),
    ['InvalidClientTokenId', 403],
  ],
  [
    'no session token',
    ({ accessKeyId, secretAccessKey }) => ({ credentials: { accessKeyId, secretAccessKey } }),
    ['InvalidClientTokenId', 403],
  ],
  ['another region', (session) => ({ credentials: session, region: 'eu-west-1' }), ['SignatureDoesNotMatch', 403]],
  [
    'a clock that is 16 minutes slow',
    (session) => ({ credentials: session, systemClockOffset: -16 * 60_000 }),
    ['SignatureDoesNotMatch', 403],
  ],
  [
    'a clock that is 16 minutes fast',
    (session) => ({ credentials: session, systemClockOffset: 16 * 60_000 }),
    ['SignatureDoesNotMatch', 403],
  ],
])('refuses a signature with %s', async (_, config, refused) => {
  const world = await createCloud()
  expect(await whoAmI(world, config(openSession(world)))).toEqual(refused)
  expect(world.journal.entries).toMatchObject([
    { operation: 'GetCallerIdentity', refused: refused[0], status: refused[1] },
  ])
})

test('refuses an expired session with ExpiredToken', async () => {
  const world = await createCloud()
  expect(await whoAmI(world, { credentials: openSession(world, 0) })).toEqual(['ExpiredToken', 403])
})

test('an SDK that is an hour behind corrects itself by the date of the refusal and comes through', async () => {
  const world = await createCloud()
  const credentials = openSession(world, 7200)
  world.clock.advance(3_600_000)
  expect(await whoAmI(world, { credentials, maxAttempts: 2 })).toMatchObject({ Account: ACCOUNT })
  expect(world.journal.entries.map(({ refused }) => refused)).toEqual(['SignatureDoesNotMatch', undefined])
})

const CALLER_FORM = 'Action=GetCallerIdentity&Version=2011-06-15'
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

test.each<[string, Record<string, string>, string, number]>([
  ['without a signature', {}, 'MissingAuthenticationToken', 403],
  ['with a bearer token', { authorization: 'Bearer x' }, 'IncompleteSignature', 400],
  ['with half a signature', { authorization: 'AWS4-HMAC-SHA256 Credential=x' }, 'IncompleteSignature', 400],
  [
    'with a signature and no date',
    {
      authorization: `AWS4-HMAC-SHA256 Credential=ASIAAAAAAAAAAAAAAAAA/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
    },
    'IncompleteSignature',
    400,
  ],
])('refuses a caller %s', async (_, headers, code, status) => {
  const answer = await callSts(await createCloud(), {
    method: 'POST',
    headers: { ...FORM_TYPE, ...headers },
    body: CALLER_FORM,
  })
  expect({ code: answer.code, status: answer.status }).toEqual({ code, status })
})

const MISMATCH = /^The request signature we calculated does not match/

test.each<[string, Partial<SigningOptions>, string | undefined, RegExp | undefined]>([
  ['as it should be', {}, undefined, undefined],
  ['for another service', { service: 'ecr' }, 'SignatureDoesNotMatch', /correct service: 'sts'/],
  ['with the day of another request', { scopeDay: '20260101' }, 'SignatureDoesNotMatch', /^Date in Credential scope/],
  ['for another body', { body: `${CALLER_FORM}&x=y` }, 'SignatureDoesNotMatch', MISMATCH],
  ['for another host', { host: STS_HOST }, 'SignatureDoesNotMatch', MISMATCH],
  [
    'with a hash of another body',
    { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    'SignatureDoesNotMatch',
    MISMATCH,
  ],
  [
    'without its session token',
    { uncovered: ['x-amz-security-token'] },
    'SignatureDoesNotMatch',
    /^'x-amz-security-token' must be/,
  ],
  ['without its host', { uncovered: ['host'] }, 'SignatureDoesNotMatch', /^'host' must be/],
  ['without its date', { uncovered: ['x-amz-date'] }, 'SignatureDoesNotMatch', /^'x-amz-date' must be/],
])('a request signed by hand %s comes out as it should', async (_, options, code, text) => {
  const world = await createCloud()
  await using sts = await serve(createSts(world), STS_HOST)
  const host = new URL(sts.url).host
  const headers = signByHand(openSession(world), { service: 'sts', host, body: CALLER_FORM, ...options })
  const answer = await fetch(sts.url, { method: 'POST', headers: { ...FORM_TYPE, ...headers }, body: CALLER_FORM })
  const xml = await answer.text()
  expect(/<Code>(.*)<\/Code>/.exec(xml)?.[1]).toBe(code)
  expect(/<Message>(.*)<\/Message>/.exec(xml)?.[1] ?? '').toMatch(text ?? /^$/)
})
