import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { repositoryState } from '../sandbox/registry/state.ts'
import { example } from '../sandbox/example-cloud.ts'
import { ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectEnd, faultsOf, told } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const resource = `arn:aws:ecr:${example.region}:${example.accountId}:repository/${example.repository}`

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

const tokenOnly = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }
const pushOnly = { Effect: 'Allow', Action: ['ecr:*', 'signer:SignPayload'], Resource: resource }

function sessionSeconds(record: Awaited<ReturnType<FrontDoor['push']>>['record']): number {
  const session = record.data.tokens.find(({ kind }) => kind === 'aws-session')
  const end = Date.parse(session?.expiresAt ?? '')
  return Math.round((end - door.sandbox.world.clock.now()) / 60_000) * 60
}

test.each([
  ['15 minutes when nothing is said', {}, 900],
  ['as long as the param says', { params: { 'aws-session-duration': '30m' } }, 1800],
  ['as long as the profile says', { profile: { 'aws-session-duration': '45m' } }, 2700],
])('the AWS session lives %s', async (_, variation, seconds) => {
  const { step, record } = await door.push(ecrImage, variation)
  expect(step.status, step.stderr).toBe(0)
  expect(sessionSeconds(record)).toBe(seconds)
})

test('refuses a duration that STS cannot give, before STS is asked', async () => {
  door.requests()
  const refused = await door.push(ecrImage, { params: { 'aws-session-duration': '5m' } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual(['aws-session-duration: got "5m", expected a duration from 15m to 12h'])
  expect(door.requests()).toEqual([])
})

test('names the param when the role allows no session of that length, and pushes nothing', async () => {
  door.requests()
  const refused = await door.push(ecrImage, { params: { 'aws-session-duration': '12h' } })
  expectEnd(refused, 'AWS_SESSION_DURATION_REFUSED', 64)
  expect(told(refused.step.stderr, 'remedy').join()).toContain('aws-session-duration')
  expect(door.requests().filter((one) => one.startsWith('ecr'))).toEqual([])
})

test('pushes under a session policy that leaves what a push needs', async () => {
  const { step } = await door.push(ecrImage, { params: { 'aws-session-policy': policy(tokenOnly, pushOnly) } })
  expect(step.status, step.stderr).toBe(0)
})

test('a session policy of the profile takes away what the role has: nothing is pushed', async () => {
  const { folder } = await door.layout({ layers: [{ narrowed: 'x' }] })
  const image = ecrImage.replace('1.4.2', 'narrowed')
  const refused = await door.push(image, { source: folder, profile: { 'aws-session-policy': policy(tokenOnly) } })
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(told(refused.step.stderr, 'cause').join(' ').replace(/\s+/g, ' ')).toContain('session policy')
  expect(repositoryState(door.sandbox.world, example.ecrHost, example.repository).tags()).not.toContain('narrowed')
})

test("refuses a param in the place of the profile's policy: a guard is not for pipeline authors to change", async () => {
  door.requests()
  const refused = await door.push(ecrImage, {
    profile: { 'aws-session-policy': policy(tokenOnly) },
    params: { 'aws-session-policy': policy(tokenOnly, pushOnly) },
  })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([
    expect.stringMatching(/^aws-session-policy: got .* expected nothing: the profile entra-identity sets it/),
  ])
  expect(door.requests()).toEqual([])
})

test.each([
  ['no JSON', '{"Version": ', /^aws-session-policy: got .*expected an IAM policy in JSON/],
  ['too long', policy({ Sid: 'x'.repeat(2048) }), /^aws-session-policy: got .*at most 2,048 characters$/],
])('refuses a policy that is %s, and asks nobody', async (_, text, fault) => {
  door.requests()
  const refused = await door.push(ecrImage, { params: { 'aws-session-policy': text } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})

test('names the param when STS does not understand the policy', async () => {
  const refused = await door.push(ecrImage, { params: { 'aws-session-policy': '{"Statement":"all"}' } })
  expectEnd(refused, 'AWS_SESSION_POLICY_REFUSED', 64)
  expect(told(refused.step.stderr, 'remedy').join()).toContain('aws-session-policy')
})
