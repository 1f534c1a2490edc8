import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyCloud, openCopyDoor, places, seed } from '../copy-image/copy-door.ts'
import type { FrontDoor } from '../push-image/front-door.ts'
import {
  chainCloud,
  chainRoleArn,
  clusterCloud,
  clusterProfile,
  otherAccount,
  otherEcrHost,
} from '../push-image/identity-clouds.ts'
import { cloudWithSinks, keptOf, sinks } from '../push-image/sinks.ts'
import { expectEnd, faultsOf, only, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { expectLayout, filesIn, openOutput, pull } from './pull-door.ts'

const chainedImage = `${otherEcrHost}/${example.repository}:1`
const chained = { 'aws-chain-role-arn': chainRoleArn } as const

let chain: FrontDoor
let cluster: FrontDoor
beforeAll(async () => {
  chain = await openCopyDoor(cloudWithSinks(chainCloud({}, copyCloud())))
  await chain.push(chainedImage, { profile: chained })
  await seed(chain, `${places.contoso}:1`)
  cluster = await openCopyDoor(clusterCloud(copyCloud()))
  await cluster.push(`${places.ecr}:1`, { profile: clusterProfile })
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

test('pulls from another account as the chained role', async () => {
  await using output = await openOutput()
  const { step, results, record } = await pull(chain, chainedImage, output, { profile: chained })
  expect(step.status, step.stderr).toBe(0)
  await expectLayout(output.folder, results['digest'] ?? '')
  expect(record.data.identity).toMatchObject({ awsRole: example.roleArn, awsChainRole: chainRoleArn })
  expect(toldProse(step.stderr, 'identity')).toContain(`then ${chainRoleArn} from its session`)
})

test('without the chained role the other account stays closed, and nothing is written', async () => {
  await using output = await openOutput()
  const refused = await pull(chain, chainedImage, output)
  expectEnd(refused, 'REGISTRY_DENIED', 77)
  expect(await filesIn(output.folder)).toEqual([])
})

test('the guard holds for the chained role, and nothing is sent', async () => {
  await using output = await openOutput()
  chain.requests()
  const profile = { ...chained, 'allowed-accounts': example.accountId }
  const refused = await pull(chain, chainedImage, output, { profile })
  expectEnd(refused, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(toldProse(refused.step.stderr, 'what')).toContain(
    `role of aws-chain-role-arn is in the AWS account ${otherAccount}`,
  )
  expect(chain.requests()).toEqual([])
})

test('pulls from ECR by the pod’s own token, with no key of Entra’s in the profile, and never asks Entra', async () => {
  await using output = await openOutput()
  cluster.requests()
  const { step, results, record } = await pull(cluster, `${places.ecr}:1`, output, { profile: clusterProfile })
  expect(step.status, step.stderr).toBe(0)
  await expectLayout(output.folder, results['digest'] ?? '')
  expect(only(cluster.requests(), /^entra/)).toEqual([])
  expect(record.data.identity).toMatchObject({ awsIdentity: 'cluster', awsRole: example.roleArn })
  expect(told(step.stderr, 'identity')).toEqual([
    `AWS: ${example.roleArn} by the projected token for AWS, without Entra`,
  ])
})

test('refuses the token of another service account, and never calls ECR', async () => {
  await using output = await openOutput()
  cluster.requests()
  const awsToken = { serviceAccount: 'intruder' }
  const refused = await pull(cluster, `${places.ecr}:1`, output, { profile: clusterProfile, awsToken })
  expectEnd(refused, 'AWS_NOT_AUTHORIZED', 77)
  expect(only(cluster.requests(), /^(ecr|entra)/)).toEqual([])
  expect(await filesIn(output.folder)).toEqual([])
})

test('an image on ACR needs tenant and client, whatever AWS does without, and nothing is sent', async () => {
  await using output = await openOutput()
  chain.requests()
  const refused = await pull(chain, `${places.contoso}:1`, output, { profile: clusterProfile })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([
    expect.stringMatching(/^tenant-id: got nothing, expected a tenant id \(GUID\), by the param tenant-id/),
    expect.stringMatching(/^client-id: got nothing/),
  ])
  expect(chain.requests()).toEqual([])
})

test('read as nobody the log says so, and the record still goes to the sink as the identity', async () => {
  await using output = await openOutput()
  await seed(chain, `${places.open}:1`)
  const profile = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource }
  const result = await pull(chain, `${places.open}:1`, output, { params: { access: 'anonymous' }, profile })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(told(result.step.stderr, 'identity')).toEqual(['nobody: no credential is sent'])
  expect(keptOf(chain, result)).toMatchObject([{ writer: example.principalId }])
})
