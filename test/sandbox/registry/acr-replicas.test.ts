import { expect, test } from 'vitest'
import { controlAcr } from './acr-control.ts'
import { digestOf } from './digest.ts'
import { textMember } from './sample-acr.ts'
import { bearerAt, exchangeAt, LOGIN_SERVER, oneRegistry, pusherAt, tokenAt } from './sample-acr-front.ts'
import { hostOf, useFront } from './sample-front.ts'
import { beginUpload, errorOf, imageManifest, pushBlob, pushImage, putManifest, withDigest } from './sample-image.ts'

const start = useFront()
const EAST = 'contoso.eastus.geo.azurecr.io'
const WEST = 'contoso.westeurope.geo.azurecr.io'
const GEO = { replicas: ['eastus', 'westeurope'], regionalEndpoints: true } as const
const SCOPES = ['repository:team/app:pull,push']

test('a regional host wants its own name as service, for both requests', async () => {
  const sandbox = await start(oneRegistry(GEO))
  for (const service of [LOGIN_SERVER, EAST]) {
    const reply = await exchangeAt(sandbox, { host: WEST, service })
    expect([reply.status, errorOf(reply).code]).toEqual([400, 'UNAUTHORIZED'])
  }
  const refresh = textMember(await exchangeAt(sandbox, { host: WEST }), 'refresh_token')
  expect((await tokenAt(sandbox, refresh, { host: WEST, service: LOGIN_SERVER, scopes: SCOPES })).status).toBe(400)
  expect((await tokenAt(sandbox, refresh, { host: WEST, scopes: SCOPES })).status).toBe(200)
  const bare = await hostOf(sandbox, WEST).ask('GET', '/v2/')
  expect(bare.headers['www-authenticate']).toBe(`Bearer realm="https://${WEST}/oauth2/token",service="${WEST}"`)
})

test('regional hosts are there only where they are enabled, and for regions with a replica', async () => {
  const without = await start(oneRegistry({ replicas: GEO.replicas }))
  await expect(exchangeAt(without, { host: WEST })).rejects.toThrow(/no stand-in/)
  const sandbox = await start(oneRegistry(GEO))
  await expect(exchangeAt(sandbox, { host: 'contoso.japaneast.geo.azurecr.io' })).rejects.toThrow(/no stand-in/)
})

test('an upload that began at one replica is unknown at another', async () => {
  const sandbox = await start(oneRegistry(GEO))
  const west = await pusherAt(sandbox, 'team/app', { host: WEST })
  const location = withDigest(await beginUpload(west), digestOf('x'))
  for (const host of [EAST, LOGIN_SERVER]) {
    const reply = await hostOf(sandbox, host).ask('PUT', location, { headers: west.headers, body: 'x' })
    expect([reply.status, errorOf(reply).code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN'])
  }
  expect((await west.server.ask('PUT', location, { headers: west.headers, body: 'x' })).status).toBe(201)
})

test('a failover of the global host in the middle of a push loses its uploads', async () => {
  const sandbox = await start(oneRegistry(GEO))
  const target = await pusherAt(sandbox)
  const location = withDigest(await beginUpload(target), digestOf('x'))
  controlAcr(sandbox.world, LOGIN_SERVER).routeGlobalEndpointTo('westeurope')
  const put = { headers: target.headers, body: 'x' }
  expect((await target.server.ask('PUT', location, put)).status).toBe(404)
  expect((await hostOf(sandbox, EAST).ask('PUT', location, put)).status).toBe(201)
  expect((await pushImage(target, 'v1')).status).toBe(201)
})

test('a push shows at the other replicas after the lag, and a delete too', async () => {
  const sandbox = await start(
    oneRegistry({
      ...GEO,
      replicationLag: 30,
      roleAssignments: [{ principalId: 'aaaaaaaa-0000-4000-8000-000000000001', role: 'Owner' }],
    }),
  )
  const west = await pusherAt(sandbox, 'team/app', { host: WEST })
  await pushImage(west, 'v1')
  const ask = (method: string, host: string, path = 'manifests/v1') =>
    hostOf(sandbox, host).ask(method, `/v2/team/app/${path}`, { headers: west.headers })
  const early = await ask('GET', EAST)
  expect([early.status, errorOf(early).code, (await ask('GET', WEST)).status]).toEqual([404, 'MANIFEST_UNKNOWN', 200])
  sandbox.world.clock.advance(30_000)
  expect([(await ask('GET', EAST)).status, (await ask('HEAD', EAST, `blobs/${digestOf('layer')}`)).status]).toEqual([
    200, 200,
  ])
  expect((await ask('DELETE', WEST)).status).toBe(202)
  expect((await ask('GET', EAST)).status).toBe(200)
  sandbox.world.clock.advance(30_000)
  expect((await ask('GET', EAST)).status).toBe(404)
})

test('layers at one replica and the manifest at another are refused until they have arrived', async () => {
  const sandbox = await start(oneRegistry({ ...GEO, replicationLag: 30 }))
  const west = await pusherAt(sandbox, 'team/app', { host: WEST })
  for (const blob of ['{}', 'layer']) await pushBlob(west, blob)
  const east = { ...west, server: hostOf(sandbox, EAST) }
  const early = await putManifest(east, 'v1', imageManifest('{}', ['layer']))
  expect([early.status, errorOf(early).code]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN'])
  sandbox.world.clock.advance(30_000)
  expect((await putManifest(east, 'v1', imageManifest('{}', ['layer']))).status).toBe(201)
})

test.each([
  ['the global host', LOGIN_SERVER, 'contoso.eastus.data.azurecr.io'],
  ['a regional host', WEST, 'contoso.westeurope.data.azurecr.io'],
])(
  'with dedicated data endpoints %s sends pullers to the data host of its replica, where a token is a leak',
  async (_what, host, data) => {
    const sandbox = await start(oneRegistry({ ...GEO, dedicatedDataEndpoints: true }))
    const target = await pusherAt(sandbox, 'team/app', { host })
    await pushBlob(target, 'layer')
    const headers = await bearerAt(sandbox, ['repository:team/app:pull'], { host })
    const got = await target.server.ask('GET', `/v2/team/app/blobs/${digestOf('layer')}`, { headers })
    const link = new URL(got.headers.location ?? '')
    expect([got.status, link.host]).toEqual([307, data])
    const at = link.pathname + link.search
    expect((await hostOf(sandbox, data).ask('GET', at, { headers })).status).toBe(400)
    expect(sandbox.journal.entries.at(-1)?.refused).toBe('AUTHORIZATION_LEAK')
    expect((await hostOf(sandbox, data).ask('GET', at)).text).toBe('layer')
  },
)
