import { expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { EcrRepository } from '../sandbox/config.ts'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { allBut, cloudWith, type AccountChange } from '../unit/aws/federated.ts'
import { ecrImage, openFrontDoor } from './front-door.ts'
import { expectEnd, toldProse } from './told.ts'

const missingImage = ecrImage.replace(example.repository, 'team/new')
const publicImage = 'public.ecr.aws/a1b2c3d4/web:1'
const publicRegistry = { alias: 'a1b2c3d4', repositories: ['web'] }
const creating = { 'create-repository': 'if-missing' }
const tagged = { ...creating, 'repository-tags': ['team=shop'] }
const scanned = { 'wait-for-scan': 'high' }
const signed = { 'wait-for-signature': 'true' }
const scanOnPush: Partial<EcrRepository> = { scanOnPush: true }

type Row = [
  lacks: string,
  run: { image?: string; params: Readonly<Record<string, string | readonly string[]>>; change?: AccountChange },
  code: ErrorCode,
]

test.each<Row>([
  ['ecr:CreateRepository', { image: missingImage, params: creating }, 'ECR_ACTION_NOT_AUTHORIZED'],
  ['ecr:TagResource', { image: missingImage, params: tagged }, 'ECR_ACTION_NOT_AUTHORIZED'],
  ['ecr:DescribeRepositories', { image: missingImage, params: creating }, 'ECR_NOT_AUTHORIZED'],
  [
    'ecr:DescribeImageScanFindings',
    { params: scanned, change: { repository: scanOnPush } },
    'ECR_ACTION_NOT_AUTHORIZED',
  ],
  ['ecr:StartImageScan', { params: scanned }, 'ECR_ACTION_NOT_AUTHORIZED'],
  ['ecr:DescribeImageSigningStatus', { params: signed }, 'ECR_ACTION_NOT_AUTHORIZED'],
  [
    'ecr-public:GetAuthorizationToken',
    { image: publicImage, params: {}, change: { account: { publicRegistry } } },
    'ECR_PUBLIC_NOT_AUTHORIZED',
  ],
  [
    'sts:GetServiceBearerToken',
    { image: publicImage, params: {}, change: { account: { publicRegistry } } },
    'ECR_PUBLIC_NOT_AUTHORIZED',
  ],
])('names %s when the role lacks it, and puts no tag', async (action, { image = ecrImage, params, change }, code) => {
  await using door = await openFrontDoor(cloudWith({ statements: allBut(action), ...change }))
  const refused = await door.push(image, { params })
  expectEnd(refused, code, 77)
  expect(toldProse(refused.step.stderr, 'what') + toldProse(refused.step.stderr, 'remedy')).toContain(action)
  for (const [host, name] of [
    [example.ecrHost, example.repository],
    [example.ecrHost, 'team/new'],
    ['public.ecr.aws', 'a1b2c3d4/web'],
  ] as const) {
    expect(repositoryState(door.sandbox.world, host, name).tags()).toEqual([])
  }
})

test('says why ECR did not create the repository, and pushes nothing', async () => {
  await using door = await openFrontDoor(cloudWith())
  const params = { ...creating, 'repository-tags': ['aws:team=shop'] }
  const refused = await door.push(missingImage, { params })
  expectEnd(refused, 'ECR_REPOSITORY_NOT_CREATED', 77)
  expect(door.requests().filter((one) => one.startsWith('ecr-registry'))).toEqual([])
})

test('gives up as temporary when the signature is not made before the timeout, and puts no tag', async () => {
  const signingProfileArn = `arn:aws:signer:${example.region}:${example.accountId}:/signing-profiles/release`
  const signing = [{ signingProfileArn, status: 'IN_PROGRESS' as const }]
  await using door = await openFrontDoor(cloudWith({ repository: { signing } }))
  const refused = await door.push(ecrImage, { params: { ...signed, timeout: '5s' } })
  expectEnd(refused, 'ECR_SIGNING_UNFINISHED', 75)
  expect(repositoryState(door.sandbox.world, example.ecrHost, example.repository).tags()).toEqual([])
})

test('ends with the words of the ECR API when it refuses for a reason of its own', async () => {
  await using door = await openFrontDoor(cloudWith())
  const body = JSON.stringify({ __type: 'InvalidParameterException', message: 'an invalid parameter' })
  door.sandbox.faults.on({ standIn: 'ecr', fault: { kind: 'status', status: 400, body } })
  const refused = await door.push(ecrImage)
  expectEnd(refused, 'ECR_REFUSED', 77)
  expect(toldProse(refused.step.stderr, 'cause')).toContain('an invalid parameter')
})
