import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterRoleArn } from '../hand-over/clouds.ts'
import { outboundCloud } from '../hand-over/identity-clouds.ts'
import { openFrontDoor, type FrontDoor } from '../push-image/front-door.ts'
import { cloudWithSinks, keptOf, sinks } from '../push-image/sinks.ts'
import { expectEnd, faultsOf } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { verify } from './gate-door.ts'

const aws = {
  'azure-identity': 'aws',
  'aws-identity': 'cluster',
  'aws-role-arn': clusterRoleArn,
  'aws-token-resource': undefined,
  'aws-region': example.region,
} as const

let outbound: FrontDoor
let kept: FrontDoor
beforeAll(async () => {
  outbound = await openFrontDoor(outboundCloud())
  kept = await openFrontDoor(cloudWithSinks())
})
afterAll(async () => {
  await outbound[Symbol.asyncDispose]()
  await kept[Symbol.asyncDispose]()
})

test('by a token of AWS: the role decides nothing, the app role in Entra does', async () => {
  const { step, results, record } = await verify(outbound, { profile: aws })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ 'object-id': example.principalId, roles: 'Push' })
  expect(record.data.identity).toMatchObject({ azureIdentity: 'aws', awsIdentity: 'cluster', awsRole: clusterRoleArn })
  const refused = await verify(outbound, { profile: aws, params: { 'require-roles': ['Deploy'] } })
  expectEnd(refused, 'ACCESS_ROLES_MISSING', 77)
})

test('refuses ways that would each need the other first, and asks nobody', async () => {
  outbound.requests()
  const profile = { ...aws, 'aws-identity': 'entra', 'aws-token-resource': example.awsTokenResource }
  const result = await verify(outbound, { profile })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringMatching(/^aws-identity: got "entra", expected cluster/)])
  expect(outbound.requests()).toEqual([])
})

test('the record of a refusal goes to the sink, with what was missing and without who was let through', async () => {
  const profile = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource }
  const result = await verify(kept, { profile, params: { 'require-roles': ['Deploy'] } })
  expectEnd(result, 'ACCESS_ROLES_MISSING', 77)
  expect(keptOf(kept, result)).toMatchObject([{ writer: example.principalId }])
  expect(result.record.data.error).toMatchObject({ code: 'ACCESS_ROLES_MISSING', params: ['roles'] })
  expect(result.record.data.action).not.toHaveProperty('access')
})
