import { expect, test } from 'vitest'
import { parseEcrPublicHost } from '../../../steps/lib/aws/ecr-host.ts'
import { ecrPublicAccess, type EcrPublicAccess } from '../../../steps/lib/federation/ecr-public-access.ts'
import { allBut, openFederated, type AccountChange, type Federated } from '../aws/federated.ts'

const publicRegistry = { alias: 'a1b2c3d4', repositories: ['shop/web'] }

const open = (change: AccountChange = {}) => openFederated({ account: { publicRegistry }, ...change })

function accessTo(cloud: Federated, name = 'shop/web', host = 'public.ecr.aws'): EcrPublicAccess {
  const registry = parseEcrPublicHost(host)
  if (registry === undefined) throw new Error(`${host} is no host of ECR Public`)
  return ecrPublicAccess(cloud.federation, { ...cloud.target({ region: 'us-east-1' }), registry, name })
}

test.each([
  ['public.ecr.aws', 'sts.us-east-1.amazonaws.com', 'api.ecr-public.us-east-1.amazonaws.com'],
  ['ecr-public.aws.com', 'sts.us-east-1.api.aws', 'ecr-public.us-east-1.api.aws'],
])('%s takes an upload with the Bearer token of its own host, made by %s and %s alone', async (host, sts, api) => {
  await using cloud = await open()
  const access = accessTo(cloud, 'shop/web', host)
  const authorization = await access.authorization()
  expect(cloud.hosts().filter((asked) => /amazonaws|aws/.test(asked))).toEqual([sts, api, host])
  const url = new URL(`https://${host}/v2/a1b2c3d4/shop/web/blobs/uploads/`)
  const answer = await cloud.federation.services.http.send({ method: 'POST', url, authorization })
  expect(answer.status).toBe(202)
  expect(cloud.record.finish({ outcome: 'ok', finishedAt: 0 })).toContain(authorization.sha256())
})

test('a refused token is replaced by another, with a session of its own', async () => {
  await using cloud = await open()
  const access = accessTo(cloud)
  const first = (await access.authorization()).sha256()
  expect((await access.authorization()).sha256()).toBe(first)
  await access.renew()
  expect((await access.authorization()).sha256()).not.toBe(first)
  expect(cloud.calls('sts')).toHaveLength(2)
})

test('says whether the repository is there, and makes the one that is missing, once', async () => {
  await using cloud = await open()
  expect(await accessTo(cloud).repositoryState()).toBe('exists')
  const missing = accessTo(cloud, 'shop/new')
  expect(await missing.repositoryState()).toBe('missing')
  const settings = { tags: [['team', 'shop']] as const }
  expect(await missing.createRepository(settings)).toBe('created')
  expect(await missing.createRepository(settings)).toBe('exists')
  expect(await missing.repositoryState()).toBe('exists')
})

test.each([
  ['ecr-public:GetAuthorizationToken', 'ECR_PUBLIC_NOT_AUTHORIZED'],
  ['sts:GetServiceBearerToken', 'ECR_PUBLIC_NOT_AUTHORIZED'],
] as const)('without %s no password goes to the registry', async (action, code) => {
  await using cloud = await open({ statements: allBut(action) })
  await expect(accessTo(cloud).authorization()).rejects.toMatchObject({ code, values: { action } })
  expect(cloud.hosts()).not.toContain('public.ecr.aws')
})

test('a role that may not tag is told the action to add, and no repository is made', async () => {
  await using cloud = await open({ statements: allBut('ecr-public:TagResource') })
  const access = accessTo(cloud, 'shop/new')
  await expect(access.createRepository({ tags: [['team', 'shop']] })).rejects.toMatchObject({
    code: 'ECR_ACTION_NOT_AUTHORIZED',
    values: { action: 'ecr-public:TagResource', resource: 'arn:aws:ecr-public::123456789012:repository/shop/new' },
  })
  expect(await access.repositoryState()).toBe('missing')
})

const tokenFault = (status: number, times: number) =>
  ({ standIn: 'ecr-public', path: '/token/', times, fault: { kind: 'status', status, body: 'no' } }) as const

test.each([
  [429, 'REGISTRY_THROTTLED', 6],
  [503, 'REGISTRY_UNAVAILABLE', 6],
  [403, 'REGISTRY_REFUSED', 1],
] as const)(
  'an answer %i of /token/ is %s after %i requests, with no second password',
  async (status, code, requests) => {
    await using cloud = await open()
    cloud.sandbox.faults.on(tokenFault(status, 99))
    await expect(accessTo(cloud).authorization()).rejects.toMatchObject({ code, upstream: { status, message: 'no' } })
    const { entries } = cloud.sandbox.journal
    expect(entries.filter(({ host }) => host === 'public.ecr.aws')).toHaveLength(requests)
    expect(entries.filter(({ host }) => host.startsWith('api.ecr-public'))).toHaveLength(1)
  },
)

test('a passing failure of /token/ is waited for', async () => {
  await using cloud = await open()
  cloud.sandbox.faults.on(tokenFault(503, 2))
  expect((await accessTo(cloud).authorization()).sha256()).toMatch(/^[0-9a-f]{64}$/)
})

test('an answer without a token is no credential', async () => {
  await using cloud = await open()
  const fault = { kind: 'status', status: 200, body: '{"token":"with space"}' } as const
  cloud.sandbox.faults.on({ standIn: 'ecr-public', path: '/token/', fault })
  await expect(accessTo(cloud).authorization()).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' })
})
