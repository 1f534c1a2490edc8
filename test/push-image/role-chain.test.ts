import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import {
  chainCloud,
  chainRoleArn,
  chainTrust,
  clusterCloud,
  clusterProfile,
  mayChain,
  otherAccount,
  otherEcrHost,
  otherImage,
} from './identity-clouds.ts'
import { inAHurry } from './programs.ts'
import { stsErrorBody } from './sts-answers.ts'
import { commands, expectEnd, faultsOf, only, told, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(chainCloud())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const chained = { 'aws-chain-role-arn': chainRoleArn }
const firstSession = `arn:aws:sts::${example.accountId}:assumed-role/ci-push/ci.push-web-x7k2p`
const lastSession = `arn:aws:sts::${otherAccount}:assumed-role/push/ci.push-web-x7k2p`

function secondsLeft(record: Awaited<ReturnType<FrontDoor['push']>>['record'], audience: string): number {
  const session = record.data.tokens.find((token) => token.kind === 'aws-session' && token.audience === audience)
  return Math.round((Date.parse(session?.expiresAt ?? '') - door.sandbox.world.clock.now()) / 60_000) * 60
}

test('pushes to another account as the chained role, and the record has both roles and both sessions', async () => {
  door.requests()
  const { step, results, record } = await door.push(otherImage, { profile: chained })
  expect(step.status, step.stderr).toBe(0)
  expect(results['IMAGE_DIGEST']).toBe(door.digest)
  expect(record.data.identity).toMatchObject({
    awsIdentity: 'entra',
    awsRole: example.roleArn,
    awsChainRole: chainRoleArn,
    awsSession: lastSession,
  })
  const sessions = record.data.tokens.filter(({ kind }) => kind === 'aws-session')
  expect(sessions.map(({ audience }) => audience)).toEqual([example.roleArn, chainRoleArn])
  expect(only(door.requests(), /^sts /)).toHaveLength(2)
  expect(toldProse(step.stderr, 'identity')).toContain(
    `AWS: ${example.roleArn} by an Entra token for ${example.awsTokenResource}, then ${chainRoleArn} from its session`,
  )
})

test('the registry of the first role’s account is not open to the chained role: nothing goes by the wrong session', async () => {
  const refused = await door.push(ecrImage, { profile: chained })
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(repositoryState(door.sandbox.world, example.ecrHost, example.repository).tags()).toEqual([])
})

test.each([
  ['15 minutes when nothing is said', {}, 900],
  ['an hour when it is asked for', { 'aws-session-duration': '1h' }, 3600],
])('the chained session lives %s, the one before it 15 minutes', async (_, params, seconds) => {
  const { step, record } = await door.push(otherImage, { profile: chained, params })
  expect(step.status, step.stderr).toBe(0)
  expect([secondsLeft(record, chainRoleArn), secondsLeft(record, example.roleArn)]).toEqual([seconds, 900])
})

test.each([
  [
    'more than an hour',
    { 'aws-session-duration': '61m' },
    /^aws-session-duration: got "61m", expected 1h at most with/,
  ],
  [
    'the same role twice',
    { 'aws-chain-role-arn': example.roleArn },
    /^aws-chain-role-arn: got .*, expected another role than aws-role-arn/,
  ],
  [
    'a role of another partition',
    { 'aws-chain-role-arn': 'arn:aws-cn:iam::210987654321:role/push' },
    /^aws-chain-role-arn: got .*, expected a role of the partition aws, where \S+ is$/,
  ],
])('refuses %s before anything is sent', async (_, params, fault) => {
  door.requests()
  const refused = await door.push(otherImage, { profile: chained, params })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})

test('holds the guard allowed-accounts for the chained role, too, and sends nothing', async () => {
  door.requests()
  const refused = await door.push(otherImage, { profile: { ...chained, 'allowed-accounts': example.accountId } })
  expectEnd(refused, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(toldProse(refused.step.stderr, 'what')).toContain(
    `role of aws-chain-role-arn is in the AWS account ${otherAccount}`,
  )
  expect(door.requests()).toEqual([])
  const both = `${example.accountId} ${otherAccount}`
  expect((await door.push(otherImage, { profile: { ...chained, 'allowed-accounts': both } })).succeeded).toBe(true)
})

test('the session before may assume the next role and do nothing else, whatever the first role may do', async () => {
  const everything = [mayChain, { Effect: 'Allow', Action: '*', Resource: '*' } as const]
  await using own = await openFrontDoor(chainCloud({ first: everything }))
  expect((await own.push(otherImage, { profile: chained })).succeeded).toBe(true)
  const sessions = [...own.sandbox.world.awsSessions.values()]
  const first = sessions.find(({ accountId }) => accountId === example.accountId)
  expect(JSON.parse(first?.sessionPolicy ?? '')).toMatchObject({ Statement: [{ Resource: chainRoleArn }] })
  expect(sessions.find(({ accountId }) => accountId === otherAccount)?.sessionPolicy).toBeUndefined()
})

test('session policies of the profile narrow the chained session', async () => {
  const tokenOnly = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }
  const narrowed = JSON.stringify({ Version: '2012-10-17', Statement: [tokenOnly] })
  const image = otherImage.replace('1.4.2', 'narrowed')
  const refused = await door.push(image, { profile: { ...chained, 'aws-session-policy': narrowed } })
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(repositoryState(door.sandbox.world, otherEcrHost, example.repository).tags()).not.toContain('narrowed')
})

test('a dry run goes through both roles, shows them, and pushes nothing', async () => {
  await using own = await openFrontDoor(chainCloud())
  const { step, results } = await own.push(otherImage, { profile: chained, params: { 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expect(toldProse(step.stderr, 'identity')).toContain(`then ${chainRoleArn} from its session`)
  expect(results).toMatchObject({ IMAGE_URL: '', IMAGE_DIGEST: '' })
  expect(repositoryState(own.sandbox.world, otherEcrHost, example.repository).tags()).toEqual([])
})

describe('without the right to the next role', () => {
  test.each([
    ['a trust policy that names another role', { second: { trustPolicy: nobody() } }],
    ['no policy of the first role', { first: [] }],
    ['a role that is not there', { second: { name: 'other' } }],
  ])('refuses %s, names both policies, and never calls ECR', async (_, change) => {
    await using own = await openFrontDoor(chainCloud(change))
    const refused = await own.push(otherImage, { profile: chained })
    expectEnd(refused, 'AWS_CHAIN_NOT_AUTHORIZED', 77)
    expect(told(refused.step.stderr, 'sent')).toEqual([`session ${firstSession}`, `role ${chainRoleArn}`])
    expect(commands(told(refused.step.stderr, 'remedy').join('\n'))).toEqual([
      'aws iam update-assume-role-policy --role-name push --policy-document file://trust.json',
      'aws iam put-role-policy --role-name ci-push --policy-name assume-push --policy-document file://chain.json',
    ])
    expect(refused.record.data.error).toMatchObject({ code: 'AWS_CHAIN_NOT_AUTHORIZED', upstreamCode: 'AccessDenied' })
    expect(only(own.requests(), /^ecr/)).toEqual([])
  })

  test('the two policies of the remedy let the very same run through', async () => {
    await using own = await openFrontDoor(chainCloud({ second: { trustPolicy: nobody() }, first: [] }))
    const { step } = await own.push(otherImage, { profile: chained })
    const remedy = told(step.stderr, 'remedy').join('\n')
    const [trustPolicy, identity] = [...remedy.matchAll(/^\{$.*?^\}$/gms)].map(([text]) => JSON.parse(text))
    await using mended = await openFrontDoor(chainCloud({ second: { trustPolicy }, first: identity.Statement }))
    expect((await mended.push(otherImage, { profile: chained })).succeeded).toBe(true)
  })

  test('waits for a trust policy that was made just now, within propagation-wait', async () => {
    await using own = await openFrontDoor(chainCloud({ second: { deniedTries: 2 } }))
    const wait = { params: { 'propagation-wait': '30s' }, run: inAHurry() }
    const { succeeded, step } = await own.push(otherImage, { profile: chained, ...wait })
    expect(told(step.stderr, 'retry')).toEqual(Array(2).fill(expect.stringMatching(/^AWS_CHAIN_NOT_AUTHORIZED/)))
    expect(succeeded).toBe(true)
  })
})

test.each([
  ['SignatureDoesNotMatch', 403, 'Signature expired: 20261123T000000Z is now earlier than 20261123T001000Z'],
  ['ExpiredToken', 403, 'The security token included in the request is expired'],
  ['InvalidClientTokenId', 403, 'The security token included in the request is invalid.'],
])('says that a clock is wrong when STS answers %s to the session’s own signature', async (wire, status, text) => {
  const fault = { kind: 'status', status, contentType: 'text/xml', body: stsErrorBody(wire, text) } as const
  door.sandbox.faults.on({ standIn: 'sts', from: 2, fault })
  const refused = await door.push(otherImage, { profile: chained })
  expectEnd(refused, 'AWS_SESSION_NOT_ACCEPTED', 77)
  expect(toldProse(refused.step.stderr, 'what')).toContain(firstSession)
})

describe('what the token brings goes on to the chained session, and no step sets it', () => {
  const claims = {
    'https://aws.amazon.com/tags': { principal_tags: { Team: ['shop'] }, transitive_tag_keys: ['Team'] },
    'https://aws.amazon.com/source_identity': 'alice',
  }
  const demanded = { StringEquals: { 'aws:RequestTag/Team': 'shop', 'sts:SourceIdentity': 'alice' } }

  test('transitive session tags and source identity: the next role’s trust policy may ask for them', async () => {
    await using own = await openFrontDoor(clusterCloud(chainCloud({ second: { trustPolicy: chainTrust(demanded) } })))
    const variation = { profile: { ...chained, ...clusterProfile }, awsToken: { claims } }
    const { step } = await own.push(otherImage, variation)
    expect(step.status, step.stderr).toBe(0)
    const last = [...own.sandbox.world.awsSessions.values()].find(({ accountId }) => accountId === otherAccount)
    expect(last).toMatchObject({ tags: { Team: 'shop' }, sourceIdentity: 'alice' })
    const without = await own.push(otherImage, { profile: { ...chained, ...clusterProfile } })
    expectEnd(without, 'AWS_CHAIN_NOT_AUTHORIZED', 77)
  })

  test.each(['sts:TagSession', 'sts:SetSourceIdentity'])(
    'names %s when the next role does not let it in',
    async (action) => {
      const trust = chainTrust()
      const lacking = trust.Statement.map((statement) => {
        return { ...statement, Action: [statement.Action].flat().filter((one) => one !== action) }
      })
      const trustPolicy = { ...trust, Statement: lacking }
      await using own = await openFrontDoor(clusterCloud(chainCloud({ second: { trustPolicy } })))
      const refused = await own.push(otherImage, { profile: { ...chained, ...clusterProfile }, awsToken: { claims } })
      expectEnd(refused, 'AWS_CHAIN_NOT_AUTHORIZED', 77)
      expect(toldProse(refused.step.stderr, 'what')).toContain(`${action} is not allowed`)
    },
  )
})

function nobody() {
  return {
    ...chainTrust(),
    Statement: chainTrust().Statement.map((one) => ({
      ...one,
      Principal: { AWS: `arn:aws:iam::${otherAccount}:role/x` },
    })),
  }
}
