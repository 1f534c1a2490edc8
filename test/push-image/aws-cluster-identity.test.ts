import { rm, writeFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { cloudWith } from '../unit/aws/federated.ts'
import { withTrust, withProviders } from './aws-trust.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { clusterCloud, clusterProfile, clusterTrust, subject } from './identity-clouds.ts'
import { stsErrorBody } from './sts-answers.ts'
import { commands, expectEnd, expectNothingPushed, faultsOf, only, told, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(clusterCloud())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const cluster = { 'aws-identity': 'cluster' }

test('pushes to ECR by the pod’s own token, with no key of Entra’s in the profile, and never asks Entra', async () => {
  door.requests()
  const { step, results, record } = await door.push(ecrImage, { profile: clusterProfile })
  expect(step.status, step.stderr).toBe(0)
  expect(results['IMAGE_DIGEST']).toBe(door.digest)
  expect(only(door.requests(), /^entra/)).toEqual([])
  expect(record.data.identity).toEqual({
    issuer: example.issuer,
    subject,
    awsIdentity: 'cluster',
    awsRole: example.roleArn,
    awsSession: `arn:aws:sts::${example.accountId}:assumed-role/ci-push/ci.push-web-x7k2p`,
  })
  expect(record.data.tokens.map(({ kind, audience }) => [kind, audience])).toEqual([
    ['projected', 'sts.amazonaws.com'],
    ['aws-session', example.roleArn],
    ['registry', example.ecrHost],
  ])
  expect(told(step.stderr, 'identity')).toEqual([
    `AWS: ${example.roleArn} by the projected token for AWS, without Entra`,
  ])
})

test('pushes to both clouds at once, each by the token that is made out to it', async () => {
  const { step, record } = await door.push(acrImage, { profile: cluster, params: { images: [ecrImage] } })
  expect(step.status, step.stderr).toBe(0)
  const projected = record.data.tokens.filter(({ kind }) => kind === 'projected').map(({ audience }) => audience)
  expect(projected.toSorted()).toEqual(['api://AzureADTokenExchange', 'sts.amazonaws.com'])
  expect(record.data.identity).toMatchObject({ azureIdentity: 'cluster', awsIdentity: 'cluster' })
})

test('without the choice AWS is asked by an Entra token, though the cluster’s would be let in: no way takes the place of another', async () => {
  const refused = await door.push(ecrImage)
  expectEnd(refused, 'AWS_NOT_AUTHORIZED', 77)
  expect(refused.record.data.identity).toMatchObject({ awsIdentity: 'entra' })
  expect(refused.record.data.tokens.map(({ audience }) => audience)).not.toContain('sts.amazonaws.com')
})

test('with the choice Entra is not asked when AWS refuses the cluster’s token, though its own would be let in', async () => {
  await using own = await openFrontDoor(exampleCloud())
  const refused = await own.push(ecrImage, { profile: cluster })
  expectEnd(refused, 'AWS_TOKEN_NOT_TRUSTED', 77)
  const asked = own.requests()
  expect(only(asked, /^entra/)).toEqual([])
  expect(only(asked, /^sts /)).toHaveLength(1)
  expectNothingPushed(own)
})

test('the remedies name the cluster’s issuer, audience and subject, and mend it', async () => {
  await using bare = await openFrontDoor(exampleCloud())
  const untrusted = await bare.push(ecrImage, { profile: cluster })
  expect(commands(told(untrusted.step.stderr, 'remedy').join('\n')).at(-1)).toBe(
    `aws iam create-open-id-connect-provider --url ${example.issuer} --client-id-list sts.amazonaws.com`,
  )
  const provider = [{ url: example.issuer, clientIds: ['sts.amazonaws.com'] }]
  await using provided = await openFrontDoor(withProviders(exampleCloud(), provider))
  const refused = await provided.push(ecrImage, { profile: cluster })
  expectEnd(refused, 'AWS_NOT_AUTHORIZED', 77)
  const trust = JSON.parse(/^\{$.*?^\}$/ms.exec(told(refused.step.stderr, 'remedy').join('\n'))?.[0] ?? '')
  await using mended = await openFrontDoor(withTrust(withProviders(exampleCloud(), provider), trust))
  expect((await mended.push(ecrImage, { profile: cluster })).succeeded).toBe(true)
})

test.each([
  ['another service account', { serviceAccount: 'intruder' }],
  ['another namespace', { namespace: 'other' }],
])('refuses the token of %s, and never calls ECR', async (_, awsToken) => {
  door.requests()
  const refused = await door.push(ecrImage, { profile: clusterProfile, awsToken })
  expectEnd(refused, 'AWS_NOT_AUTHORIZED', 77)
  expect(only(door.requests(), /^ecr/)).toEqual([])
})

test('refuses a token that has expired, and never sends it', async () => {
  door.requests()
  const refused = await door.push(ecrImage, { profile: clusterProfile, awsToken: { expiresInSeconds: -10 } })
  expectEnd(refused, 'TOKEN_EXPIRED', 77)
  expect(door.requests()).toEqual([])
})

test('refuses a token for Entra in the place of the one for AWS, and never sends it', async () => {
  door.requests()
  const audience = 'api://AzureADTokenExchange'
  const refused = await door.push(ecrImage, { profile: clusterProfile, awsToken: { audience } })
  expectEnd(refused, 'AWS_TOKEN_AUDIENCE_MISMATCH', 64)
  expect(told(refused.step.stderr, 'sent')).toEqual([
    `token audience ${audience}`,
    'expected audience sts.amazonaws.com',
  ])
  expect(door.requests()).toEqual([])
})

test('says how the volume gets its second file where a Task of one’s own has none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-one-token-'))
  await writeFile(join(folder, 'token'), 'x')
  door.requests()
  const extraEnv = { AWS_TOKEN_FILE: join(folder, 'aws-token') }
  const refused = await door.push(ecrImage, { profile: clusterProfile, run: { extraEnv } })
  await rm(folder, { recursive: true })
  expectEnd(refused, 'AWS_TOKEN_FILE_MISSING', 64)
  expect(toldProse(refused.step.stderr, 'remedy')).toContain(
    '- serviceAccountToken: { audience: sts.amazonaws.com, expirationSeconds: 3600, path: aws-token }',
  )
  expect(door.requests()).toEqual([])
})

test('takes the audience that the author gives, when the provider lists it', async () => {
  const audience = 'https://aws.example'
  const cloud = withTrust(withProviders(exampleCloud(), [{ url: example.issuer, clientIds: [audience] }]), {
    ...clusterTrust(),
    Statement: JSON.parse(JSON.stringify(clusterTrust().Statement).replaceAll('"sts.amazonaws.com"', `"${audience}"`)),
  })
  await using own = await openFrontDoor(cloud)
  const params = { 'aws-token-audience': audience }
  const { succeeded, step } = await own.push(ecrImage, { profile: clusterProfile, params })
  expect(succeeded, step.stderr).toBe(true)
})

test('with a forged signature says so, after the cluster’s own keys were looked at', async () => {
  const refused = await door.push(ecrImage, { profile: clusterProfile, awsToken: { key: 'forged' } })
  expectEnd(refused, 'AWS_CLUSTER_TOKEN_SIGNATURE_BAD', 77)
  expect(toldProse(refused.step.stderr, 'what')).toContain(example.issuer)
  expect(refused.step.stderr).not.toMatch(/create-open-id-connect-provider|add-client-id/)
})

test('names what is missing for AWS alone, and nothing of Entra’s', async () => {
  door.requests()
  const refused = await door.push(ecrImage, { profile: { ...clusterProfile, 'aws-role-arn': undefined } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringMatching(/^aws-role-arn: got nothing, expected the ARN of a role/)])
  expect(door.requests()).toEqual([])
})

test('a push to ACR still asks for tenant and client', async () => {
  const refused = await door.push(acrImage, { profile: clusterProfile })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused).map((fault) => fault.split(':')[0])).toEqual(['tenant-id', 'client-id'])
})

const idle = /^aws-token-resource: got "api:\/\/aws-ci", expected nothing, with aws-identity: cluster/

test.each([
  ['of the author', {}, { 'aws-identity': 'cluster' }],
  ['of the profile', clusterProfile, {}],
])(
  'refuses a resource that is given beside the cluster’s own way %s, which would not use it',
  async (_, keys, params) => {
    door.requests()
    const given = { 'aws-token-resource': 'api://aws-ci' }
    const refused = await door.push(ecrImage, { profile: keys, params: { ...params, ...given } })
    expectEnd(refused, 'INPUT_INVALID', 64)
    expect(faultsOf(refused)).toEqual([expect.stringMatching(idle)])
    expect(door.requests()).toEqual([])
  },
)

test('takes a profile whose resource serves other runs, with the cluster’s own way chosen by the author', async () => {
  const profile = { ...clusterProfile, 'aws-identity': undefined, 'aws-token-resource': 'api://aws-ci' }
  const { succeeded, step } = await door.push(ecrImage, { profile, params: cluster })
  expect(succeeded, step.stderr).toBe(true)
})

test('takes a resource of the author where the way of the profile is given up for Entra’s', async () => {
  const profile = { 'aws-identity': 'cluster' }
  const params = { 'aws-identity': 'entra', 'aws-token-resource': example.awsTokenResource }
  const { record } = await door.push(ecrImage, { profile, params })
  expect(record.data.identity).toMatchObject({ awsIdentity: 'entra' })
})

test('refuses any other word for the way to AWS', async () => {
  const refused = await door.push(ecrImage, { profile: { 'aws-identity': 'auto' } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringMatching(/^aws-identity \(profile entra-identity\): got "auto"/)])
})

test('a dry run says which way was taken, asks STS by it, and pushes nothing', async () => {
  await using own = await openFrontDoor(clusterCloud())
  const { step } = await own.push(ecrImage, { profile: clusterProfile, params: { 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expect(toldProse(step.stderr, 'identity')).toContain('without Entra')
  expectNothingPushed(own)
})

test('reads the token anew for a second attempt', async () => {
  const body = stsErrorBody('ExpiredTokenException', 'Token expired: current date/time 2 must be before 1')
  const fault = { kind: 'status', status: 400, contentType: 'text/xml', body } as const
  door.sandbox.faults.on({ standIn: 'sts', times: 1, fault })
  door.requests()
  expect((await door.push(ecrImage, { profile: clusterProfile })).succeeded).toBe(true)
  expect(only(door.requests(), /^sts /)).toHaveLength(2)
})

test.each([
  ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com'],
  ['aws-cn', 'cn-north-1', 'amazonaws.com.cn'],
] as const)(
  'in %s the trust that is printed and the endpoints are those of the partition',
  async (partition, region, suffix) => {
    const provider = [{ url: example.issuer, clientIds: ['sts.amazonaws.com'] }]
    const cloud = withProviders(cloudWith({ partition, region }), provider)
    const profile = { ...clusterProfile, 'aws-role-arn': `arn:${partition}:iam::${example.accountId}:role/ci-push` }
    const image = `${example.accountId}.dkr.ecr.${region}.${suffix}/${example.repository}:1`
    await using own = await openFrontDoor(cloud)
    const refused = await own.push(image, { profile })
    expectEnd(refused, 'AWS_NOT_AUTHORIZED', 77)
    const trust = JSON.parse(/^\{$.*?^\}$/ms.exec(told(refused.step.stderr, 'remedy').join('\n'))?.[0] ?? '')
    await using mended = await openFrontDoor(withTrust(cloud, trust))
    const { step } = await mended.push(image, { profile })
    expect(step.status, step.stderr).toBe(0)
    const asked = mended.sandbox.journal.entries.filter(({ standIn }) => standIn === 'sts').map(({ host }) => host)
    expect(asked).toEqual([`sts.${region}.${suffix}`])
  },
)
