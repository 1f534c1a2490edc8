import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FrontDoor, Variation } from '../push-image/front-door.ts'
import {
  chainCloud,
  chainRoleArn,
  clusterCloud,
  clusterProfile,
  otherAccount,
  otherEcrHost,
  subject,
} from '../push-image/identity-clouds.ts'
import { expectEnd, only, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { at, copy, copyCloud, expectComplete, openCopyDoor, places, seed } from './copy-door.ts'

/** In the registry of another account, whose role trusts the example's role. */
const chainedPlace = `${otherEcrHost}/${example.repository}`
const chain: Variation = { params: { 'to-aws-chain-role-arn': chainRoleArn } }

/** One profile for each side: `from` is in AWS by the cluster's own token, with no key of Entra's. */
const readerInAws = {
  'aws-identity': 'cluster',
  'aws-role-arn': example.roleArn,
  'allowed-accounts': example.accountId,
} as const
const fromCluster: Variation = { params: { 'from-identity': 'reader' }, profiles: { reader: readerInAws } }

let chained: FrontDoor
let cluster: FrontDoor
beforeAll(async () => {
  chained = await openCopyDoor(chainCloud({}, copyCloud()))
  await seed(chained, `${places.contoso}:1`)
  await seed(chained, `${places.ecr}:1`)
  cluster = await openCopyDoor(clusterCloud(copyCloud()))
  await cluster.push(`${places.ecr}:1`, { profile: { 'aws-identity': 'cluster' } })
  await seed(cluster, `${places.contoso}:1`)
})
afterEach(() => {
  chained.sandbox.faults.clear()
  cluster.sandbox.faults.clear()
})
afterAll(async () => {
  await chained[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

test('role chaining on the side that is written to: the other side stays who it is', async () => {
  const to = `${chainedPlace}:1`
  const { step, record, results } = await copy(chained, `${places.ecr}:1`, to, chain)
  expect(step.status, step.stderr).toBe(0)
  expectComplete(chained, to, results['IMAGE_DIGEST'] ?? '')
  expect(record.data.identity).toMatchObject({ awsRole: example.roleArn, awsChainRole: chainRoleArn })
  expect(record.data.sourceIdentity).toMatchObject({ awsRole: example.roleArn })
  expect(record.data.sourceIdentity).not.toHaveProperty('awsChainRole')
  expect(toldProse(step.stderr, 'identity')).toContain(`to, AWS: ${example.roleArn} by an Entra token`)
  expect(toldProse(step.stderr, 'identity')).toContain(`then ${chainRoleArn} from its session`)
})

test('role chaining on the side that is read', async () => {
  await seedChained('read')
  const params = { 'from-aws-chain-role-arn': chainRoleArn }
  const result = await copy(chained, `${chainedPlace}:read`, `${places.contosoCopy}:read`, { params })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(result.record.data.sourceIdentity).toMatchObject({ awsChainRole: chainRoleArn })
  expect(result.record.data.identity).not.toHaveProperty('awsRole')
})

test('without the chained role the other account stays closed, and nothing is written', async () => {
  const refused = await copy(chained, `${places.contoso}:1`, `${chainedPlace}:unchained`)
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(at(chained, chainedPlace).tags()).not.toContain('unchained')
})

test('a chain of one side does not serve the other', async () => {
  const params = { 'from-aws-chain-role-arn': chainRoleArn }
  const refused = await copy(chained, `${places.contoso}:1`, `${chainedPlace}:wrong`, { params })
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(at(chained, chainedPlace).tags()).not.toContain('wrong')
})

test('the guard of a side holds for its chained role, names it as its user does, and nothing is sent', async () => {
  chained.requests()
  const params = { ...chain.params, 'to-allowed-accounts': [example.accountId] }
  const refused = await copy(chained, `${places.contoso}:1`, `${places.ecr}:guarded`, { params })
  expectEnd(refused, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(toldProse(refused.step.stderr, 'what')).toContain(
    `role of to-aws-chain-role-arn is in the AWS account ${otherAccount}`,
  )
  expect(chained.requests()).toEqual([])
})

test('reads by the cluster’s own token and writes by Entra, each side by its own way alone', async () => {
  cluster.requests()
  const result = await copy(cluster, `${places.ecr}:1`, `${places.contosoCopy}:mixed`, fromCluster)
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(result.record.data.sourceIdentity).toEqual({
    issuer: example.issuer,
    subject,
    awsIdentity: 'cluster',
    awsRole: example.roleArn,
    awsSession: expect.stringContaining(':assumed-role/'),
  })
  expect(result.record.data.identity).toMatchObject({ azureIdentity: 'cluster', clientId: example.clientId })
  expect(result.record.data.identity).not.toHaveProperty('awsIdentity')
  const projected = result.record.data.tokens.filter(({ kind }) => kind === 'projected')
  expect(projected.map(({ audience }) => audience).toSorted()).toEqual([
    'api://AzureADTokenExchange',
    'sts.amazonaws.com',
  ])
  expect(told(result.step.stderr, 'identity').join(' ').replace(/\s+/g, ' ')).toMatch(
    /from, AWS: .* by the projected token for AWS, without Entra to, Entra: /,
  )
})

test('writes by the cluster’s own token and reads by Entra', async () => {
  const params = { 'to-aws-identity': 'cluster' }
  const result = await copy(cluster, `${places.contoso}:1`, `${places.ecrCopy}:mixed`, { params })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(result.record.data.identity).toMatchObject({ awsIdentity: 'cluster' })
  expect(result.record.data.sourceIdentity).toMatchObject({ azureIdentity: 'cluster' })
})

test('both sides in AWS by the cluster’s own token: one token serves both, and Entra is never asked', async () => {
  cluster.requests()
  const profile = clusterProfile
  const result = await copy(cluster, `${places.ecr}:1`, `${places.ecrCopy}:both`, { profile })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(only(cluster.requests(), /^entra/)).toEqual([])
  const projected = result.record.data.tokens.filter(({ kind }) => kind === 'projected')
  expect(projected.map(({ audience }) => audience)).toEqual(['sts.amazonaws.com'])
})

test('an audience of the token for AWS that the provider does not list is refused, and neither ECR nor Entra is asked', async () => {
  cluster.requests()
  const params = { 'aws-token-audience': 'sts.other' }
  const refused = await copy(cluster, `${places.ecr}:1`, `${places.ecrCopy}:other`, { profile: clusterProfile, params })
  expectEnd(refused, 'AWS_TOKEN_NOT_TRUSTED', 77)
  expect(only(cluster.requests(), /^(entra|ecr)/)).toEqual([])
})

test.each([
  ['another service account', { awsToken: { serviceAccount: 'intruder' } }, 'AWS_NOT_AUTHORIZED', 77],
  [
    'a token for Entra in its place',
    { awsToken: { audience: 'api://AzureADTokenExchange' } },
    'AWS_TOKEN_AUDIENCE_MISMATCH',
    64,
  ],
] as const)('refuses %s on the side that is read, and neither reads nor writes', async (_what, change, code, exit) => {
  cluster.requests()
  const refused = await copy(cluster, `${places.ecr}:1`, `${places.contosoCopy}:refused`, { ...fromCluster, ...change })
  expectEnd(refused, code, exit)
  expect(only(cluster.requests(), /^(ecr|acr|entra)/)).toEqual([])
  expect(at(cluster, places.contosoCopy).tags()).not.toContain('refused')
})

test('a role that trusts the cluster alone is not assumed by an Entra token: no way takes the place of another', async () => {
  const params = { 'from-aws-identity': 'entra' }
  const refused = await copy(cluster, `${places.ecr}:1`, `${places.contosoCopy}:entra`, { params })
  expectEnd(refused, 'AWS_NOT_AUTHORIZED', 77)
  expect(refused.record.data.tokens.map(({ audience }) => audience)).not.toContain('sts.amazonaws.com')
})

async function seedChained(tag: string): Promise<void> {
  const profile = { 'aws-chain-role-arn': chainRoleArn }
  const { step } = await chained.push(`${chainedPlace}:${tag}`, { profile })
  expect(step.status, step.stderr).toBe(0)
}
