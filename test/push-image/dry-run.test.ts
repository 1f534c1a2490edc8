import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { registryState, repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor, type FrontDoorResult } from './front-door.ts'
import { expectEnd, expectNothingPushed, only, told, toldProse } from './told.ts'

const dryRun = { params: { 'dry-run': 'true' } } as const

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudOfMistakes())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const registries: [name: string, image: string, host: string][] = [
  ['ACR', acrImage, example.acrHost],
  ['ECR', ecrImage, example.ecrHost],
]

test.each(registries)('shows what a push to %s would do, and changes nothing there', async (_name, image, host) => {
  door.requests()
  const result = await door.push(image, dryRun)
  expectRehearsed(result, image)
  expect(result.record.data.action).toMatchObject({ digest: door.digest })
  const plan = told(result.step.stderr, 'plan')
  expect(plan.filter((line) => line.startsWith('upload sha256:'))).toHaveLength(3)
  expect(plan.at(-1)).toBe(`put     ${door.digest} as 1.4.2`)
  expect(only(door.requests(), / (PUT|PATCH) /)).toEqual([])
  expectNothingPushed(door)
  // ECR has no call that closes an upload: there the one that was begun stays, without a byte.
  const open = registryState(door.sandbox.world, host).openUploads()
  expect(open.map(({ size }) => size)).toEqual(host === example.acrHost ? [] : [0])
})

test.each(registries)(
  'says that there is nothing to do when %s has it all, and only the tag when it lacks that',
  async (_name, image, host) => {
    await using fresh = await openFrontDoor()
    await fresh.push(image)
    const again = await fresh.push(image, dryRun)
    expectRehearsed(again, image)
    expect(toldProse(again.step.stderr, 'plan')).toBe('nothing: the registry has it already under the tag 1.4.2')
    const elsewhere = await fresh.push(image.replace('1.4.2', 'next'), dryRun)
    expect(toldProse(elsewhere.step.stderr, 'plan')).toBe('only put the tag next: the image is there')
    expect(repositoryState(fresh.sandbox.world, host, example.repository).tags()).toEqual(['1.4.2'])
  },
)

test('plans only what ACR lacks, and opens no upload there', async () => {
  await using fresh = await openFrontDoor()
  await fresh.push(acrImage)
  const { folder, digest } = await fresh.layout({ layers: [{ hello: 'hello\n' }, { more: 'more\n' }] })
  fresh.requests()
  const { step } = await fresh.push(acrImage, { ...dryRun, source: folder })
  const verbs = told(step.stderr, 'plan').map((line) => line.split(' ')[0])
  expect(verbs).toEqual(['upload', 'upload', 'there', 'put'])
  expect(only(fresh.requests(), / (POST|PUT|PATCH|DELETE) \/v2/)).toEqual([])
  expect(repositoryState(fresh.sandbox.world, example.acrHost, example.repository).manifest(digest)).toBeUndefined()
})

type Row = [what: string, code: ErrorCode, image: string, params: Record<string, string>, says: string]

test.each<Row>([
  [
    'the identity may only pull from ACR',
    'ACR_NO_PUSH_PERMISSION',
    acrImage.replace('contoso', 'pullonly'),
    {},
    'ACR granted only pull',
  ],
  [
    'the role may not begin an upload',
    'REGISTRY_DENIED',
    ecrImage,
    { 'aws-role-arn': `arn:aws:iam::${example.accountId}:role/reader` },
    'does not allow',
  ],
  [
    'the role may not look for the repository',
    'ECR_NOT_AUTHORIZED',
    ecrImage.replace('shop/web', 'shop/other'),
    {},
    'may not call ecr:DescribeRepositories',
  ],
  [
    'the repository is missing',
    'REGISTRY_REPOSITORY_UNKNOWN',
    ecrImage.replace('shop/web', 'shop/absent'),
    {},
    'shop/absent does not exist',
  ],
  [
    'STS does not know the role',
    'AWS_NOT_AUTHORIZED',
    ecrImage,
    { 'aws-role-arn': `arn:aws:iam::${example.accountId}:role/absent` },
    'does not let this token assume',
  ],
])('fails as the push would when %s', async (_what, code, image, params, says) => {
  door.requests()
  const result = await door.push(image, { params: { ...dryRun.params, ...params } })
  expectEnd(result, code, 77)
  expect(toldProse(result.step.stderr, 'what')).toContain(says)
  expect(result.record.data.action).toMatchObject({ target: image, dryRun: true })
  expect(only(door.requests(), /^\S+ (POST|PUT|PATCH) \/v2\S* 2/)).toEqual([])
})

test('opens no upload in a repository that is missing, as that could create it', async () => {
  door.requests()
  await door.push(ecrImage.replace('shop/web', 'shop/absent'), dryRun)
  expect(only(door.requests(), /^ecr-registry/)).toEqual([])
})

function expectRehearsed({ succeeded, results, step, record }: FrontDoorResult, image: string): void {
  expect(succeeded).toBe(true)
  expect(results).toEqual({
    IMAGE_URL: '',
    IMAGE_DIGEST: '',
    IMAGES: '',
    record: expect.stringMatching(/^[0-9a-f-]{36} sha256:[0-9a-f]{64}$/),
  })
  expect(record.data).toMatchObject({ outcome: 'ok', action: { target: image, dryRun: true } })
  expect(toldProse(step.stderr, 'allowed')).not.toBe('')
  expect(toldProse(step.stderr, 'dry run')).toBe('Nothing was pushed; IMAGE_URL, IMAGE_DIGEST and IMAGES are empty.')
}

/** The example with a registry and a role that let only read, and with a repository that the role may not see. */
function cloudOfMistakes(): SandboxConfig {
  const cloud = exampleCloud()
  const pullOnly = {
    loginServer: 'pullonly.azurecr.io',
    tenantId: example.tenantId,
    roleAssignments: [{ principalId: example.principalId, role: 'AcrPull' }],
  } as const
  const accounts = cloud.accounts.map((account) => {
    const [good] = account.roles
    if (good === undefined) throw new Error('the example has a role')
    const Action = [
      'ecr:GetAuthorizationToken',
      'ecr:DescribeRepositories',
      'ecr:BatchGetImage',
      'ecr:BatchCheckLayerAvailability',
    ]
    const reader = {
      ...good,
      name: 'reader',
      policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }] as const,
    }
    const absent = `arn:aws:ecr:${example.region}:${account.id}:repository/shop/absent`
    const looking = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ecr:DescribeRepositories', Resource: absent }],
    } as const
    return { ...account, roles: [{ ...good, policies: [...good.policies, looking] }, reader] }
  })
  return { ...cloud, accounts, acrRegistries: [...cloud.acrRegistries, pullOnly] }
}
