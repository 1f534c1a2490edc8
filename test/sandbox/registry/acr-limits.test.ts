import { expect, test } from 'vitest'
import type { Sandbox } from '../sandbox.ts'
import { controlAcr } from './acr-control.ts'
import { bearerAt, exchangeAt, LOGIN_SERVER, oneRegistry, PULLER, PUSHER, pusherAt } from './sample-acr-front.ts'
import { hostOf, useFront } from './sample-front.ts'
import { errorOf, pushImage } from './sample-image.ts'
import { repositoryState } from './state.ts'
import { digestOf } from './digest.ts'
import { imageManifest } from './sample-image.ts'

const start = useFront()
const SCOPES = ['repository:team/app:pull,push']

const askTimes = async (sandbox: Sandbox, times: number, headers: object, host = LOGIN_SERVER) => {
  const statuses: number[] = []
  for (let index = 0; index < times; index += 1)
    statuses.push((await hostOf(sandbox, host).ask('GET', '/v2/', { headers: { ...headers } })).status)
  return statuses
}

test('one identity has half of the registry, told by a Retry-After that counts down', async () => {
  const sandbox = await start(oneRegistry({ throttles: { reads: 6 } }))
  const headers = await bearerAt(sandbox, SCOPES)
  expect(await askTimes(sandbox, 4, headers)).toEqual([200, 200, 200, 429])
  const ask = () => hostOf(sandbox, LOGIN_SERVER).ask('GET', '/v2/', { headers })
  sandbox.world.clock.advance(20_000)
  const full = await ask()
  expect([full.status, full.headers['retry-after'], errorOf(full).code]).toEqual([429, '40', 'TOOMANYREQUESTS'])
  sandbox.world.clock.advance(39_500)
  expect((await ask()).headers['retry-after']).toBe('1')
  sandbox.world.clock.advance(500)
  expect((await ask()).status).toBe(200)
})

test('identities share the registry', async () => {
  const sandbox = await start(oneRegistry({ throttles: { reads: 4 } }))
  const [pusher, puller] = [await bearerAt(sandbox, SCOPES), await bearerAt(sandbox, SCOPES, { oid: PULLER })]
  expect(await askTimes(sandbox, 3, pusher)).toEqual([200, 200, 429])
  expect(await askTimes(sandbox, 3, puller)).toEqual([200, 200, 429])
})

test('writes are counted apart from reads', async () => {
  const sandbox = await start(oneRegistry({ throttles: { writes: 2 } }))
  const { server, headers } = await pusherAt(sandbox)
  const post = async () => (await server.ask('POST', '/v2/team/app/blobs/uploads/', { headers })).status
  expect([await post(), await post()]).toEqual([202, 429])
  expect((await server.ask('GET', '/v2/', { headers })).status).toBe(200)
})

test('requests for tokens have a limit of their own', async () => {
  const sandbox = await start(oneRegistry({ throttles: { tokens: 2 } }))
  expect([(await exchangeAt(sandbox)).status, (await exchangeAt(sandbox, { oid: PULLER })).status]).toEqual([200, 200])
  const full = await exchangeAt(sandbox)
  expect([full.status, full.headers['retry-after'], errorOf(full).code]).toEqual([429, '60', 'TOOMANYREQUESTS'])
  expect(sandbox.journal.entries.at(-1)).toMatchObject({ status: 429, refused: 'TOOMANYREQUESTS' })
})

test('each replica counts for itself', async () => {
  const geo = { replicas: ['eastus', 'westeurope'], regionalEndpoints: true }
  const sandbox = await start(oneRegistry({ ...geo, throttles: { reads: 2 } }))
  const headers = await bearerAt(sandbox, SCOPES)
  expect(await askTimes(sandbox, 2, headers, 'contoso.eastus.geo.azurecr.io')).toEqual([200, 429])
  expect(await askTimes(sandbox, 2, headers, 'contoso.westeurope.geo.azurecr.io')).toEqual([200, 429])
})

const DELETER = { roleAssignments: [{ principalId: PUSHER, role: 'Owner' }] } as const
const image = digestOf(imageManifest('{}', ['layer']))

test('a locked tag is not overwritten and not deleted, by its digest neither, until it is unlocked', async () => {
  const sandbox = await start(oneRegistry(DELETER))
  const target = await pusherAt(sandbox)
  await pushImage(target, 'v1')
  const control = controlAcr(sandbox.world, LOGIN_SERVER)
  control.setAttributes({ repository: 'team/app', reference: 'v1', writeEnabled: false })
  const over = await pushImage(target, 'v1', ['other'])
  expect([over.status, errorOf(over)]).toMatchObject([
    405,
    {
      code: 'REGISTRY_DISALLOWED_OPERATION',
      message: expect.stringContaining('The operation is disallowed'),
      detail: {},
    },
  ])
  const remove = (reference: string) =>
    target.server.ask('DELETE', `/v2/team/app/manifests/${reference}`, { headers: target.headers })
  expect([(await remove('v1')).status, (await remove(image)).status]).toEqual([405, 405])
  expect(repositoryState(sandbox.world, LOGIN_SERVER, 'team/app').manifest('v1')?.digest).toBe(image)
  expect((await pushImage(target, 'v2', ['other'])).status).toBe(201)
  control.setAttributes({ repository: 'team/app', reference: 'v1' })
  expect((await pushImage(target, 'v1', ['other'])).status).toBe(201)
})

test('deleteEnabled false stops deletes only', async () => {
  const lock = { repository: 'team/app', reference: 'v1', deleteEnabled: false }
  const sandbox = await start(oneRegistry({ ...DELETER, locks: [lock] }))
  const target = await pusherAt(sandbox)
  await pushImage(target, 'v1')
  expect((await pushImage(target, 'v1', ['other'])).status).toBe(201)
  const gone = await target.server.ask('DELETE', '/v2/team/app/manifests/v1', { headers: target.headers })
  expect(gone.status).toBe(405)
})

test('a locked repository takes no push at all; readEnabled false stops pulls', async () => {
  const sandbox = await start(oneRegistry({ locks: [{ repository: 'team/app', writeEnabled: false }] }))
  const { server, headers } = await pusherAt(sandbox)
  expect((await server.ask('POST', '/v2/team/app/blobs/uploads/', { headers })).status).toBe(405)
  controlAcr(sandbox.world, LOGIN_SERVER).setAttributes({ repository: 'team/app', readEnabled: false })
  expect((await pushImage({ server, repository: 'team/app', headers }, 'v1')).status).toBe(201)
  expect((await server.ask('GET', '/v2/team/app/manifests/v1', { headers })).status).toBe(405)
})
