import { expect, test } from 'vitest'
import type { AwsAccount, EcrRepository } from '../config.ts'
import type { Sandbox } from '../sandbox.ts'
import { digestOf } from './digest.ts'
import { ACCOUNT, ECR_ACCOUNTS, HOST, login } from './sample-ecr.ts'
import { hostOf, useFront } from './sample-front.ts'
import { pushBlob } from './sample-image.ts'
import { repositoryState } from './state.ts'

const start = useFront()
const startWith = (change: Partial<AwsAccount>) => start({ accounts: [{ ...ECR_ACCOUNTS[0], ...change }] })
const targetOf = (sandbox: Sandbox, repository: string, role = 'pusher') => ({
  server: hostOf(sandbox, HOST),
  repository,
  headers: login(sandbox.world, role),
})
const repository = (name: string, more: Partial<EcrRepository> = {}): EcrRepository => ({
  region: 'eu-west-1',
  name,
  ...more,
})

const MOUNT = `/v2/copy/blobs/uploads/?mount=${digestOf('layer')}&from=team/app`
const ENABLED = { accountSettings: { BLOB_MOUNTING: 'ENABLED' } } as const
const TWO = [repository('team/app'), repository('copy')]

test('mounts a blob where BLOB_MOUNTING is on, without a byte being sent', async () => {
  const sandbox = await startWith({ ...ENABLED, repositories: TWO })
  const target = targetOf(sandbox, 'team/app')
  await pushBlob(target, 'layer')
  const mounted = await target.server.ask('POST', MOUNT, { headers: target.headers })
  expect([mounted.status, mounted.headers.location]).toEqual([
    201,
    `https://${HOST}/v2/copy/blobs/${digestOf('layer')}`,
  ])
  expect(repositoryState(sandbox.world, HOST, 'copy').hasBlob(digestOf('layer'))).toBe(true)
})

const onlyPushes = {
  name: 'copier',
  trustPolicy: { Version: '2012-10-17', Statement: [] },
  policies: [
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'ecr:*', Resource: `arn:aws:ecr:*:${ACCOUNT}:repository/copy` },
        { Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource: '*' },
      ],
    },
  ],
} as const

test.each([
  ['is off, as by default', { repositories: TWO }, 'pusher'],
  [
    'is on and the caller may not download from the source',
    { ...ENABLED, roles: [...ECR_ACCOUNTS[0].roles, onlyPushes], repositories: TWO },
    'copier',
  ],
  [
    'is on and the repositories are encrypted with other keys',
    {
      ...ENABLED,
      repositories: [
        repository('team/app'),
        repository('copy', { encryptionConfiguration: { encryptionType: 'KMS' } }),
      ],
    },
    'pusher',
  ],
] as const)('answers 202 to a mount and copies nothing when BLOB_MOUNTING %s', async (_why, change, role) => {
  const sandbox = await startWith(change)
  await pushBlob(targetOf(sandbox, 'team/app'), 'layer')
  const { server, headers } = targetOf(sandbox, 'copy', role)
  expect((await server.ask('POST', MOUNT, { headers })).status).toBe(202)
  expect(repositoryState(sandbox.world, HOST, 'copy').hasBlob(digestOf('layer'))).toBe(false)
})

test('a mount without a source starts an upload', async () => {
  const sandbox = await startWith({ ...ENABLED, repositories: TWO })
  const target = targetOf(sandbox, 'team/app')
  await pushBlob(target, 'layer')
  const reply = await target.server.ask('POST', `/v2/copy/blobs/uploads/?mount=${digestOf('layer')}`, {
    headers: target.headers,
  })
  expect(reply.status).toBe(202)
})
