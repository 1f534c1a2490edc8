import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  GetAccountSettingCommand,
  paginateDescribeRepositories,
  PutAccountSettingCommand,
  PutImageTagMutabilityCommand,
} from '@aws-sdk/client-ecr'
import type { CreateRepositoryCommandInput } from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { accountSetting } from './ecr-settings.ts'
import { findEcrRepository, isImmutableTag } from '../registry/ecr-repositories.ts'
import { policy } from './test-cloud.ts'
import { account, EVERYTHING, FRONT_REGION, HOME, refusalOf, role, roleArn, startFront } from './test-front.ts'

const REGISTRY = { account: HOME, region: FRONT_REGION }
const BAD_NAME =
  "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*''"

test('makes a repository with all that it was asked for, once', async () => {
  await using front = await startFront([account()])
  const input: CreateRepositoryCommandInput = {
    repositoryName: 'team/new',
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/ci' },
    imageScanningConfiguration: { scanOnPush: true },
    tags: [{ Key: 'team', Value: 'blue' }],
  }
  const { repository } = await front.ecr().send(new CreateRepositoryCommand(input))
  const { tags: _tags, ...shown } = input
  expect(repository).toMatchObject({
    ...shown,
    registryId: HOME,
    repositoryArn: `arn:aws:ecr:${FRONT_REGION}:${HOME}:repository/team/new`,
    repositoryUri: `${HOME}.dkr.ecr.${FRONT_REGION}.amazonaws.com/team/new`,
    createdAt: expect.any(Date),
  })
  const stored = findEcrRepository(front.sandbox.world, { ...REGISTRY, name: 'team/new' })
  expect(stored).toMatchObject({ tags: { team: 'blue' } })
  expect([stored, stored].map((one, n) => one && isImmutableTag(one, ['v1', 'dev-7'][n] ?? ''))).toEqual([true, false])
  expect(await refusalOf(front.ecr().send(new CreateRepositoryCommand(input)))).toEqual({
    name: 'RepositoryAlreadyExistsException',
    status: 400,
    message: `The repository with name 'team/new' already exists in the registry with id '${HOME}'`,
  })
})

test.each<[string, Partial<CreateRepositoryCommandInput>, string, string]>([
  ['capital letters', { repositoryName: 'Team/App' }, 'InvalidParameterException', BAD_NAME],
  ['a slash at the end', { repositoryName: 'team/' }, 'InvalidParameterException', BAD_NAME],
  ['one letter', { repositoryName: 'a' }, 'InvalidParameterException', 'greater than or equal to 2'],
  ['257 letters', { repositoryName: 'a'.repeat(257) }, 'InvalidParameterException', 'less than or equal to 256'],
  ['no name', { repositoryName: undefined }, 'InvalidParameterException', 'must not be null'],
  [
    'a filter without exclusion',
    { imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'a' }] },
    'InvalidParameterException',
    'imageTagMutabilityExclusionFilters',
  ],
  [
    'exclusion without a filter',
    { imageTagMutability: 'MUTABLE_WITH_EXCLUSION' },
    'InvalidParameterException',
    'imageTagMutabilityExclusionFilters',
  ],
  [
    'a key for AES256',
    { encryptionConfiguration: { encryptionType: 'AES256', kmsKey: 'x' } },
    'InvalidParameterException',
    'kmsKey',
  ],
  ['a reserved tag', { tags: [{ Key: 'aws:x', Value: 'y' }] }, 'InvalidTagParameterException', 'Invalid tag'],
  [
    '51 tags',
    { tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: 'v' })) },
    'TooManyTagsException',
    '50',
  ],
])('refuses a repository with %s and makes none', async (_, change, name, message) => {
  await using front = await startFront([account()])
  const input = { repositoryName: 'team/new', ...change }
  expect(await refusalOf(front.ecr().send(new CreateRepositoryCommand(input)))).toEqual({
    name,
    status: 400,
    message: expect.stringContaining(message),
  })
  expect((await front.ecr().send(new DescribeRepositoriesCommand({}))).repositories).toEqual([])
})

test.each([
  ['ecr:CreateRepository', {}],
  ['ecr:TagResource', { tags: [{ Key: 'a', Value: 'b' }] }],
])('making one needs %s', async (action, change) => {
  const without = policy(
    { Effect: 'Allow', Action: 'ecr:*', Resource: '*' },
    { Effect: 'Deny', Action: action, Resource: '*' },
  )
  await using front = await startFront([account({ roles: [role('first', { policies: [without] })] })])
  const ecr = front.ecr(await front.assume({ RoleArn: roleArn('first') }))
  const call = ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/new', ...change }))
  expect(await refusalOf(call)).toMatchObject({
    message: expect.stringContaining(`${action} on resource: arn:aws:ecr:`),
  })
})

test('lists page by page, and each named repository at once', async () => {
  const repositories = Array.from({ length: 5 }, (_, n) => ({ region: FRONT_REGION, name: `r${n}-x` }))
  await using front = await startFront([account({ repositories })])
  const pages: number[] = []
  for await (const page of paginateDescribeRepositories({ client: front.ecr(), pageSize: 2 }, {}))
    pages.push(page.repositories?.length ?? 0)
  expect(pages).toEqual([2, 2, 1])
  const named = await front.ecr().send(new DescribeRepositoriesCommand({ repositoryNames: ['r4-x', 'r0-x'] }))
  expect(named.repositories?.map(({ repositoryName }) => repositoryName)).toEqual(['r0-x', 'r4-x'])
  expect(await refusalOf(front.ecr().send(new DescribeRepositoriesCommand({ nextToken: 'guess' })))).toMatchObject({
    name: 'InvalidParameterException',
  })
})

test('changes the mutability, and deletes', async () => {
  await using front = await startFront([account({ repositories: [{ region: FRONT_REGION, name: 'team/app' }] })])
  const ecr = front.ecr()
  await ecr.send(new PutImageTagMutabilityCommand({ repositoryName: 'team/app', imageTagMutability: 'IMMUTABLE' }))
  const [described] = (await ecr.send(new DescribeRepositoriesCommand({}))).repositories ?? []
  expect(described?.imageTagMutability).toBe('IMMUTABLE')
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'team/app' }))
  expect(await refusalOf(ecr.send(new DeleteRepositoryCommand({ repositoryName: 'team/app' })))).toMatchObject({
    name: 'RepositoryNotFoundException',
  })
  expect(findEcrRepository(front.sandbox.world, { ...REGISTRY, name: 'team/app' })).toBeUndefined()
})

test('knows the account settings, and refuses values that a setting has not', async () => {
  await using front = await startFront([account()])
  const ecr = front.ecr()
  const name = 'BLOB_MOUNTING'
  expect((await ecr.send(new GetAccountSettingCommand({ name }))).value).toBe('DISABLED')
  await ecr.send(new PutAccountSettingCommand({ name, value: 'ENABLED' }))
  expect((await ecr.send(new GetAccountSettingCommand({ name }))).value).toBe('ENABLED')
  expect(accountSetting(front.sandbox.world, REGISTRY, name)).toBe('ENABLED')
  expect(accountSetting(front.sandbox.world, { ...REGISTRY, region: 'eu-west-1' }, name)).toBe('DISABLED')
  for (const wrong of [
    { name, value: 'MAYBE' },
    { name: 'NOTHING', value: 'ENABLED' },
  ])
    expect(await refusalOf(ecr.send(new PutAccountSettingCommand(wrong)))).toMatchObject({
      name: 'InvalidParameterException',
    })
})

test('shows the creation templates of the configuration in their region', async () => {
  const repositoryCreationTemplates = [
    { prefix: 'ROOT', appliedFor: ['CREATE_ON_PUSH'], repositoryPolicy: EVERYTHING },
    {
      prefix: 'team',
      appliedFor: ['CREATE_ON_PUSH', 'REPLICATION'],
      imageTagMutability: 'IMMUTABLE',
      region: FRONT_REGION,
    },
    { prefix: 'far', appliedFor: ['REPLICATION'], region: 'eu-west-1' },
  ] as const
  await using front = await startFront([account({ repositoryCreationTemplates })])
  const ecr = front.ecr()
  const all = await ecr.send(new DescribeRepositoryCreationTemplatesCommand({}))
  expect(all.repositoryCreationTemplates).toMatchObject([
    { prefix: 'ROOT', imageTagMutability: 'MUTABLE', repositoryPolicy: JSON.stringify(EVERYTHING) },
    { prefix: 'team', imageTagMutability: 'IMMUTABLE', appliedFor: ['CREATE_ON_PUSH', 'REPLICATION'] },
  ])
  expect(
    await refusalOf(ecr.send(new DescribeRepositoryCreationTemplatesCommand({ prefixes: ['far'] }))),
  ).toMatchObject({
    name: 'TemplateNotFoundException',
  })
})
