import { expect, test } from 'vitest'
import type { AwsAccount, EcrRepository } from '../config.ts'
import type { Sandbox } from '../sandbox.ts'
import type { EcrPassword } from '../world.ts'
import { digestOf } from './digest.ts'
import { listEcrRepositories } from './ecr-repositories.ts'
import { ACCOUNT, ECR_ACCOUNTS, HOST, login } from './sample-ecr.ts'
import { hostOf, useFront } from './sample-front.ts'
import { errorOf, memberOf, pushImage, putManifest, imageManifest, MANIFEST_TYPE } from './sample-image.ts'
import { registryState } from './state.ts'

const start = useFront()
const REGION = 'eu-west-1'

const startWith = (change: Partial<AwsAccount>) => start({ accounts: [{ ...ECR_ACCOUNTS[0], ...change }] })

const targetOf = (sandbox: Sandbox, repository: string, role = 'pusher', change: Partial<EcrPassword> = {}) => ({
  server: hostOf(sandbox, HOST),
  repository,
  headers: login(sandbox.world, role, change),
})

const repository = (name: string, more: Partial<EcrRepository> = {}): EcrRepository => ({
  region: REGION,
  name,
  ...more,
})

const ON_PUSH = { appliedFor: ['CREATE_ON_PUSH'] } as const

test('a push makes the repository that a template covers, with the settings of the longest prefix', async () => {
  const sandbox = await startWith({
    repositoryCreationTemplates: [
      { prefix: 'prod', ...ON_PUSH },
      { prefix: 'prod/fixed', ...ON_PUSH, imageTagMutability: 'IMMUTABLE' },
    ],
  })
  expect((await pushImage(targetOf(sandbox, 'prod/web'), 'v1')).status).toBe(201)
  expect((await pushImage(targetOf(sandbox, 'prod/web'), 'v1', ['other'])).status).toBe(201)
  expect((await pushImage(targetOf(sandbox, 'prod/fixed/web'), 'v1')).status).toBe(201)
  expect((await pushImage(targetOf(sandbox, 'prod/fixed/web'), 'v1', ['other'])).status).toBe(400)
  const names = listEcrRepositories(sandbox.world, { account: ACCOUNT, region: REGION }).map(({ name }) => name)
  expect(names).toEqual(['team/app', 'fixed', 'prod/web', 'prod/fixed/web'])
})

test.each([
  ['no template covers the name', [{ prefix: 'prod', ...ON_PUSH }], 'production/web'],
  ['the template is for the prefix itself only in name', [{ prefix: 'prod', ...ON_PUSH }], 'prod'],
  ['the template is for replication', [{ prefix: 'prod', appliedFor: ['REPLICATION'] }], 'prod/web'],
  [
    'a longer prefix is not for pushes',
    [
      { prefix: 'ROOT', ...ON_PUSH },
      { prefix: 'prod', appliedFor: ['REPLICATION'] },
    ],
    'prod/web',
  ],
  ['the template is for another region', [{ prefix: 'prod', ...ON_PUSH, region: 'us-east-1' }], 'prod/web'],
] as const)('answers NAME_UNKNOWN and makes nothing when %s', async (_why, repositoryCreationTemplates, name) => {
  const sandbox = await startWith({ repositoryCreationTemplates })
  const { server, headers } = targetOf(sandbox, name)
  const reply = await server.ask('POST', `/v2/${name}/blobs/uploads/`, { headers })
  expect([reply.status, errorOf(reply).code]).toEqual([404, 'NAME_UNKNOWN'])
  expect(registryState(sandbox.world, HOST).repositories()).toEqual([])
})

test('ROOT covers what no prefix does, but a pull makes nothing', async () => {
  const sandbox = await startWith({ repositoryCreationTemplates: [{ prefix: 'ROOT', ...ON_PUSH }] })
  const { server, headers } = targetOf(sandbox, 'new')
  expect((await server.ask('GET', '/v2/new/manifests/v1', { headers })).status).toBe(404)
  expect(registryState(sandbox.world, HOST).repositories()).toEqual([])
  expect((await pushImage({ server, repository: 'new', headers }, 'v1')).status).toBe(201)
})

test('a template makes nothing for who may not push there', async () => {
  const sandbox = await startWith({ repositoryCreationTemplates: [{ prefix: 'ROOT', ...ON_PUSH }] })
  const { server, headers } = targetOf(sandbox, 'new', 'puller')
  expect((await server.ask('POST', '/v2/new/blobs/uploads/', { headers })).status).toBe(403)
  expect(registryState(sandbox.world, HOST).repositories()).toEqual([])
})

test.each([
  ['IMMUTABLE_WITH_EXCLUSION', 'v1', 400],
  ['IMMUTABLE_WITH_EXCLUSION', 'dev-1', 201],
  ['IMMUTABLE_WITH_EXCLUSION', 'my-dev-1', 400],
  ['MUTABLE_WITH_EXCLUSION', 'v1', 201],
  ['MUTABLE_WITH_EXCLUSION', 'dev-1', 400],
] as const)(
  '%s with the filter dev-*: pushing %s again with another digest answers %i',
  async (imageTagMutability, tag, status) => {
    const filters = [{ filterType: 'WILDCARD', filter: 'dev-*' }] as const
    const sandbox = await startWith({
      repositories: [repository('app', { imageTagMutability, imageTagMutabilityExclusionFilters: filters })],
    })
    await pushImage(targetOf(sandbox, 'app'), tag)
    const again = await pushImage(targetOf(sandbox, 'app'), tag, ['other'])
    expect([again.status, again.status === 400 ? errorOf(again).code : undefined]).toEqual([
      status,
      status === 400 ? 'TAG_INVALID' : undefined,
    ])
  },
)

test('tells the subject of a referrer and lists it, filtered or not', async () => {
  const sandbox = await startWith({})
  const target = targetOf(sandbox, 'team/app')
  const image = imageManifest('{}', ['layer'])
  await pushImage(target, 'v1')
  const subject = { mediaType: MANIFEST_TYPE, digest: digestOf(image), size: image.length }
  const put = await putManifest(
    target,
    'sig',
    imageManifest('{}', ['layer'], { subject, artifactType: 'application/x.signature' }),
  )
  expect([put.status, put.headers['oci-subject']]).toEqual([201, digestOf(image)])
  const { server, headers } = target
  const list = await server.ask('GET', `/v2/team/app/referrers/${digestOf(image)}`, { headers })
  expect(memberOf(list.json(), 'manifests')).toMatchObject([{ artifactType: 'application/x.signature' }])
  const filtered = await server.ask('GET', `/v2/team/app/referrers/${digestOf(image)}?artifactType=x/y`, { headers })
  expect([memberOf(filtered.json(), 'manifests'), filtered.headers['oci-filters-applied']]).toEqual([
    [],
    'artifactType',
  ])
})

test('quirks can be switched off by the configuration', async () => {
  const mended = await start({
    accounts: ECR_ACCOUNTS,
    registryQuirks: { ecrStaleRange: false, ecrFailsEmptyClosingPut: false },
  })
  const target = targetOf(mended, 'team/app')
  const part = Buffer.alloc(5 * 1024 * 1024, 'x')
  const { server, headers } = target
  const begun = await server.ask('POST', '/v2/team/app/blobs/uploads/', { headers })
  const path = new URL(begun.headers.location ?? '').pathname
  await server.ask('PATCH', path, { headers, body: part })
  const second = await server.ask('PATCH', path, { headers, body: part })
  expect(second.headers.range).toBe(`0-${2 * part.length - 1}`)
  const put = await server.ask('PUT', `${path}?digest=${digestOf(Buffer.concat([part, part]))}`, { headers })
  expect(put.status).toBe(201)
})
