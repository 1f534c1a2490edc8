import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { ecrImage, openFrontDoor, type FrontDoor, type Variation } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, only, told, toldProse } from './told.ts'

const otherAccount = '210987654321'
const otherRegistry = ecrImage.replace(example.accountId, otherAccount)

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

type Guard = [what: string, image: string, variation: Variation, source: string, account: string]

test.each<Guard>([
  [
    "the profile's list lacks the role's account",
    otherRegistry,
    { profile: { 'allowed-accounts': otherAccount } },
    'role of aws-role-arn',
    example.accountId,
  ],
  [
    "the profile's list lacks the registry's account",
    otherRegistry,
    { profile: { 'allowed-accounts': `${example.accountId}\n` } },
    `registry of ${otherRegistry.split(':')[0]}`,
    otherAccount,
  ],
  [
    "the param narrows the profile's list",
    ecrImage,
    {
      profile: { 'allowed-accounts': `${example.accountId}, ${otherAccount}` },
      params: { 'allowed-accounts': [otherAccount] },
    },
    'role of aws-role-arn',
    example.accountId,
  ],
  [
    'the param alone lists others',
    ecrImage,
    { params: { 'allowed-accounts': [otherAccount] } },
    'role of aws-role-arn',
    example.accountId,
  ],
])('refuses before anything is sent when %s', async (_what, image, variation, source, account) => {
  door.requests()
  const result = await door.push(image, variation)
  expectEnd(result, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(toldProse(result.step.stderr, 'what')).toContain(
    `The ${source} is in the AWS account ${account}, which allowed-accounts does not list.`,
  )
  expect(door.requests()).toEqual([])
  expect(result.record.data.action).toMatchObject({ target: image })
})

test('lets a listed account through', async () => {
  await using fresh = await openFrontDoor()
  const lists = {
    profile: { 'allowed-accounts': `${otherAccount} ${example.accountId}` },
    params: { 'allowed-accounts': [example.accountId] },
  }
  expect((await fresh.push(ecrImage, lists)).succeeded).toBe(true)
})

test("refuses a param that widens the profile's guard, and sends nothing", async () => {
  door.requests()
  const result = await door.push(ecrImage, {
    profile: { 'allowed-accounts': otherAccount },
    params: { 'allowed-accounts': [otherAccount, example.accountId] },
  })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(toldProse(result.step.stderr, 'fault')).toBe(
    `allowed-accounts: got "${example.accountId}", expected entries of the profile's own list (${otherAccount}): a param can only narrow it`,
  )
  expect(door.requests()).toEqual([])
})

test.each([
  [
    'a role of another partition',
    { 'aws-role-arn': 'arn:aws-cn:iam::123456789012:role/ci-push' },
    'aws-role-arn',
    'a role of the partition aws',
  ],
  ['a region of another partition', { 'aws-region': 'us-gov-west-1' }, 'aws-region', 'a region of the partition aws'],
])('refuses %s than the registry, and sends nothing', async (_what, params, param, expected) => {
  door.requests()
  const result = await door.push(ecrImage, { params })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(toldProse(result.step.stderr, 'fault')).toMatch(new RegExp(`^${param}: got "\\S+", expected ${expected}`))
  expect(door.requests()).toEqual([])
})

test('throws away a session of another role than the one that was asked', async () => {
  const session = `<AssumedRoleUser><Arn>arn:aws:sts::${otherAccount}:assumed-role/ci-push/ci.push-web-x7k2p</Arn><AssumedRoleId>AROAX:x</AssumedRoleId></AssumedRoleUser>`
  const credentials =
    '<Credentials><AccessKeyId>ASIAOTHER</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>'
  const result = `<AssumeRoleWithWebIdentityResult>${session}${credentials}</AssumeRoleWithWebIdentityResult>`
  const body = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>`
  door.sandbox.faults.on({ standIn: 'sts', fault: { kind: 'status', status: 200, contentType: 'text/xml', body } })
  door.requests()
  const refused = await door.push(ecrImage, { run: inAHurry() })
  expectEnd(refused, 'AWS_ACCOUNT_DIFFERS', 77)
  expect(told(refused.step.stderr, 'sent')).toEqual([
    `asked role ${example.roleArn}`,
    expect.stringContaining(`answered role arn:aws:sts::${otherAccount}:`),
  ])
  expect(only(door.requests(), /^ecr/)).toEqual([])
})
