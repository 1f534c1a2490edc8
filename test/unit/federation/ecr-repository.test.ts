import { expect, test } from 'vitest'
import { parseEcrHost } from '../../../steps/lib/aws/ecr-host.ts'
import type { RepositorySettings } from '../../../steps/lib/aws/ecr-repository.ts'
import { describeError, type StepError } from '../../../steps/lib/core/errors.ts'
import { ecrAccess } from '../../../steps/lib/federation/ecr-access.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { findEcrRepository } from '../../sandbox/registry/ecr-repositories.ts'
import { allBut, openFederated, type Federated } from '../aws/federated.ts'

const registry = parseEcrHost(example.ecrHost)
if (registry === undefined) throw new Error('the example has no registry')

const plain: RepositorySettings = { immutableTags: false, tags: [] }

const accessTo = (cloud: Federated, repository = 'shop/new') =>
  ecrAccess(cloud.federation, { ...cloud.target(), registry, repository })

const found = (cloud: Federated, name = 'shop/new') =>
  findEcrRepository(cloud.sandbox.world, { account: example.accountId, region: example.region, name })

test('makes the repository that is missing with all its settings, and tells of it in the record', async () => {
  await using cloud = await openFederated()
  const access = accessTo(cloud)
  expect(await access.repositoryState()).toBe('missing')
  const kmsKey = `arn:aws:kms:${example.region}:${example.accountId}:key/1`
  const tags = [
    ['team', 'shop'],
    ['cost', '42'],
  ] as const
  const settings = { scanOnPush: true, immutableTags: true, encryption: { kmsKey }, tags }
  expect(await access.createRepository(settings)).toBe('created')
  expect(found(cloud)).toMatchObject({
    imageTagMutability: 'IMMUTABLE',
    scanOnPush: true,
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey },
    tags: { team: 'shop', cost: '42' },
  })
  expect(cloud.record.finish({ outcome: 'ok', finishedAt: 0 })).toContain('"service":"ECR"')
})

test('leaves to the registry what is not given', async () => {
  await using cloud = await openFederated()
  expect(await accessTo(cloud).createRepository({ ...plain, encryption: 'AES256' })).toBe('created')
  expect(found(cloud)).toEqual({
    region: example.region,
    name: 'shop/new',
    imageTagMutability: 'MUTABLE',
    encryptionConfiguration: { encryptionType: 'AES256' },
    createdAt: expect.any(Number),
  })
})

test('a repository that exists, or is made by another at the same time, is success and is not changed', async () => {
  await using cloud = await openFederated()
  const before = found(cloud, example.repository)
  expect(await accessTo(cloud, example.repository).createRepository({ ...plain, immutableTags: true })).toBe('exists')
  expect(found(cloud, example.repository)).toEqual(before)
  const both = [accessTo(cloud), accessTo(cloud)].map(async (access) => await access.createRepository(plain))
  expect((await Promise.all(both)).toSorted()).toEqual(['created', 'exists'])
})

test.each([
  ['ecr:CreateRepository', [], 'ecr:CreateRepository'],
  ['ecr:CreateRepository', [['team', 'shop']], 'ecr:CreateRepository and ecr:TagResource'],
  ['ecr:TagResource', [['team', 'shop']], 'ecr:CreateRepository and ecr:TagResource'],
] as const)('a role without %s is told what to add, and nothing is made', async (action, tags, actions) => {
  await using cloud = await openFederated({ statements: allBut(action) })
  const error: StepError = await accessTo(cloud)
    .createRepository({ ...plain, tags })
    .then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown as StepError,
    )
  expect(error).toMatchObject({ code: 'ECR_ACTION_NOT_AUTHORIZED', values: { action } })
  const resource = `arn:aws:ecr:${example.region}:${example.accountId}:repository/shop/new`
  expect(describeError(error).remedy).toContain(`Give the role ${actions} on ${resource}`)
  expect(found(cloud)).toBeUndefined()
})

test.each([
  ['a reserved tag', { ...plain, tags: [['aws:team', 'shop']] }, 'shop/new'],
  ['a name that ECR does not take', plain, 'shop/New'],
] as const)('%s is refused after one call', async (_what, settings, repository) => {
  await using cloud = await openFederated()
  await expect(accessTo(cloud, repository).createRepository(settings)).rejects.toMatchObject({
    code: 'ECR_REPOSITORY_NOT_CREATED',
  })
  expect(cloud.calls('ecr')).toHaveLength(1)
})

test('a full account is no throttling: it is refused after one call', async () => {
  await using cloud = await openFederated()
  const body = JSON.stringify({ __type: 'LimitExceededException', message: 'too many repositories' })
  const fault = { kind: 'status', status: 400, contentType: 'application/x-amz-json-1.1', body } as const
  cloud.sandbox.faults.on({ standIn: 'ecr', fault })
  await expect(accessTo(cloud).createRepository(plain)).rejects.toMatchObject({
    code: 'ECR_REPOSITORY_NOT_CREATED',
    upstream: { code: 'LimitExceeded', message: 'too many repositories' },
  })
  expect(cloud.sandbox.journal.entries.filter(({ standIn }) => standIn === 'ecr')).toHaveLength(1)
})
