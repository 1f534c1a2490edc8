import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { createSts } from './sts.ts'
import { assume, assumeForm, callSts, STS_HOST } from './test-calls.ts'
import { ACCOUNT, createCloud, REGION, ROLE_ARN, serve } from './test-cloud.ts'
import { goodToken } from './test-issuer.ts'

test('answers in the namespace of STS with the request id in body and header', async () => {
  const world = await createCloud()
  const answer = await assume(world, goodToken({}, Date.now()))
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/xml')
  expect(answer.headers.get('x-amzn-requestid')).toBe(answer.element('RequestId'))
  expect(answer.xml).toMatch(
    /^<AssumeRoleWithWebIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><AssumeRoleWithWebIdentityResult>/,
  )
})

test('books secret and token as minted, not the key id, and keeps them out of the journal', async () => {
  const world = await createCloud()
  const token = goodToken({}, Date.now())
  const answer = await assume(world, token)
  const handedOut = ['SecretAccessKey', 'SessionToken'].map((name) => answer.element(name) ?? '')
  expect([...world.minted.all].toSorted()).toEqual(handedOut.toSorted())
  const journal = JSON.stringify(world.journal.entries)
  expect([...handedOut, token, token.split('.')[2] ?? ''].filter((secret) => journal.includes(secret))).toEqual([])
  expect(world.journal.entries).toMatchObject([
    { standIn: 'sts', host: STS_HOST, operation: 'AssumeRoleWithWebIdentity', status: 200, path: '/' },
  ])
})

test('the AWS SDK gets a session from the same answer', async () => {
  const world = await createCloud()
  await using sts = await serve(createSts(world), STS_HOST)
  const client = new STSClient({
    region: REGION,
    endpoint: sts.url,
    credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
  })
  const answer = await client.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: ROLE_ARN,
      RoleSessionName: 'build-7',
      WebIdentityToken: goodToken({}, Date.now()),
    }),
  )
  client.destroy()
  expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/pusher/build-7`)
  expect(world.awsSessions.has(answer.Credentials?.AccessKeyId ?? '')).toBe(true)
})

test('the AWS SDK names a refusal InvalidIdentityTokenException and does not repeat the call', async () => {
  const world = await createCloud()
  await using sts = await serve(createSts(world), STS_HOST)
  const client = new STSClient({
    region: REGION,
    endpoint: sts.url,
    credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
  })
  const call = client.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn: ROLE_ARN, RoleSessionName: 'build-7', WebIdentityToken: 'none' }),
  )
  await expect(call).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' })
  client.destroy()
  expect(world.journal.entries.map(({ refused }) => refused)).toEqual(['InvalidIdentityToken'])
})

test('answers a GET with the parameters in the query, and journals the path without them', async () => {
  const world = await createCloud()
  const form = assumeForm({ WebIdentityToken: goodToken({}, Date.now()) })
  const answer = await callSts(world, {}, `/?${form.toString()}`)
  expect(answer.status).toBe(200)
  expect(world.journal.entries[0]?.path).toBe('/')
})

test.each([
  ['no action', '', 'MissingAction', 400],
  ['an action that STS does not have', 'Action=DropEverything&Version=2011-06-15', 'InvalidAction', 400],
  ['another version of the API', 'Action=AssumeRoleWithWebIdentity&Version=2011-06-16', 'InvalidAction', 400],
  [
    'a parameter that comes twice',
    'Action=GetCallerIdentity&Action=GetCallerIdentity&Version=2011-06-15',
    'MalformedInput',
    400,
  ],
  ['a body beyond the limit', `Action=${'x'.repeat(200_000)}`, 'RequestEntityTooLarge', 413],
])('refuses %s', async (_, body, code, status) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await callSts(await createCloud(), { method: 'POST', headers, body })
  expect({ code: answer.code, status: answer.status }).toEqual({ code, status })
})

test.each([
  ['sts.us-east-1.amazonaws.com', true],
  ['sts.amazonaws.com', true],
  ['sts.us-gov-west-1.amazonaws.com', true],
  ['sts.cn-north-1.amazonaws.com.cn', true],
  ['sts.cn-north-1.amazonaws.com', false],
  ['sts.us-east-1.amazonaws.com.cn', false],
  ['sts.us-east-1.amazonaws.com.evil.example', false],
  ['xsts.us-east-1.amazonaws.com', false],
])('%s is its host: %s', async (host, owned) => {
  expect(createSts(await createCloud()).owns(host)).toBe(owned)
})
