import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PolicyDocument } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { chainCloud, chainRoleArn, otherAccount, otherImage, policy } from './identity-clouds.ts'
import { expectEnd, faultsOf, told, toldProse } from './told.ts'

const arnOf = (name: string, account: string = example.accountId): string => `arn:aws:iam::${account}:policy/${name}`
const [push, pull] = [arnOf('push'), arnOf('team/pull')]
const ofAws = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser'

const pushing = policy({ Effect: 'Allow', Action: ['ecr:*', 'signer:SignPayload'], Resource: '*' })
const pulling = policy({
  Effect: 'Allow',
  Action: ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  Resource: '*',
})
const inline = (document: PolicyDocument): string => JSON.stringify(document)

let door: FrontDoor
beforeAll(async () => {
  const managed = (account: string) => ({ [arnOf('push', account)]: pushing })
  const cloud = chainCloud({}, exampleCloud())
  const accounts = cloud.accounts.map((account) => ({
    ...account,
    managedPolicies: { ...managed(account.id), [pull]: pulling, [ofAws]: pushing },
  }))
  door = await openFrontDoor({ ...cloud, accounts })
})
afterAll(async () => await door[Symbol.asyncDispose]())

const tags = () => repositoryState(door.sandbox.world, example.ecrHost, example.repository).tags()

test.each([
  ['a policy of the account', [push]],
  ['a policy of AWS', [ofAws]],
  ['several, whose rights add up', [pull, push]],
])('pushes under %s that leaves what a push needs', async (_, arns) => {
  const { step } = await door.push(ecrImage, { params: { 'aws-session-policy-arns': arns } })
  expect(step.status, step.stderr).toBe(0)
})

test('a managed policy of the profile takes away what the role has: nothing is pushed', async () => {
  const { folder } = await door.layout({ layers: [{ managed: 'x' }] })
  const image = ecrImage.replace('1.4.2', 'managed')
  const refused = await door.push(image, { source: folder, profile: { 'aws-session-policy-arns': pull } })
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(tags()).not.toContain('managed')
})

test('a param narrows the profile’s list', async () => {
  const { folder } = await door.layout({ layers: [{ narrowed: 'x' }] })
  const refused = await door.push(ecrImage.replace('1.4.2', 'narrowed'), {
    source: folder,
    profile: { 'aws-session-policy-arns': `${pull}\n${push}` },
    params: { 'aws-session-policy-arns': [pull] },
  })
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(tags()).not.toContain('narrowed')
})

type Widening = [
  what: string,
  profile: Record<string, string>,
  params: Record<string, string | string[]>,
  fault: RegExp,
]

test.each<Widening>([
  [
    'another managed policy than the profile’s',
    { 'aws-session-policy-arns': pull },
    { 'aws-session-policy-arns': [pull, push] },
    /^aws-session-policy-arns: got "\S+policy\/push", expected entries of the profile's own list/,
  ],
  [
    'a managed policy beside the profile’s inline one, as both add up',
    { 'aws-session-policy': inline(pulling) },
    { 'aws-session-policy-arns': [push] },
    /^aws-session-policy-arns: got .* expected nothing: the profile entra-identity sets aws-session-policy, beside which aws-session-policy-arns could allow more$/,
  ],
  [
    'an inline policy beside the profile’s managed ones, as both add up',
    { 'aws-session-policy-arns': pull },
    { 'aws-session-policy': inline(pushing) },
    /^aws-session-policy: got .* expected nothing: the profile entra-identity sets aws-session-policy-arns, beside which aws-session-policy could allow more$/,
  ],
])('refuses a param that widens the guard: %s; nothing is sent', async (_, profile, params, fault) => {
  door.requests()
  const refused = await door.push(ecrImage, { profile, params })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})

test('both guards of the profile stand together, and a param may repeat the one and narrow the other', async () => {
  const { step } = await door.push(ecrImage, {
    profile: { 'aws-session-policy': inline(pulling), 'aws-session-policy-arns': `${push} ${pull}` },
    params: { 'aws-session-policy-arns': [push], 'aws-session-policy': inline(pulling) },
  })
  expect(step.status, step.stderr).toBe(0)
})

test.each([
  ['no ARN of a policy', ['push'], /^aws-session-policy-arns: got "push", expected ARNs of managed policies/],
  [
    'a policy of another account',
    [arnOf('push', otherAccount)],
    /expected policies of AWS or of the account 123456789012/,
  ],
  ['a policy of another partition', ['arn:aws-cn:iam::aws:policy/P'], /expected policies of AWS or of the account/],
  ['more than ten', Array.from({ length: 11 }, (_, index) => arnOf(`p${index}`)), /got "11 ARNs", expected 10 at most/],
])('refuses %s before anything is sent', async (_, arns, fault) => {
  door.requests()
  const refused = await door.push(ecrImage, { params: { 'aws-session-policy-arns': arns } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})

test.each([
  ['the role', ecrImage, {}, arnOf('absent')],
  ['the chained role', otherImage, { 'aws-chain-role-arn': chainRoleArn }, arnOf('absent', otherAccount)],
])('says which policy is not there when STS does not know it for %s', async (_, image, profile, absent) => {
  const refused = await door.push(image, { profile, params: { 'aws-session-policy-arns': [absent] } })
  expectEnd(refused, 'AWS_SESSION_POLICY_UNKNOWN', 64)
  expect(told(refused.step.stderr, 'sent')).toEqual([`policies ${absent}`])
  expect(toldProse(refused.step.stderr, 'cause')).toContain(absent)
})

test('the policies of a chained session are those of the chained role’s account', async () => {
  const params = { 'aws-session-policy-arns': [arnOf('push', otherAccount)] }
  const { step } = await door.push(otherImage, { profile: { 'aws-chain-role-arn': chainRoleArn }, params })
  expect(step.status, step.stderr).toBe(0)
})

test('a push to ACR is not held up by what the profile says of AWS', async () => {
  const profile = { 'aws-session-policy-arns': arnOf('push', otherAccount), 'aws-chain-role-arn': example.roleArn }
  const { step } = await door.push(acrImage, { profile })
  expect(step.status, step.stderr).toBe(0)
})
