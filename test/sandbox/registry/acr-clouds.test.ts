import { expect, test } from 'vitest'
import { issuerOf, clouds } from '../entra/clouds.ts'
import { digestOf } from './digest.ts'
import { TENANT } from './sample-acr.ts'
import { bearerAt, exchangeAt, oneRegistry, pusherAt } from './sample-acr-front.ts'
import { hostOf, useFront } from './sample-front.ts'
import { pushBlob, pushImage } from './sample-image.ts'
import { repositoryState } from './state.ts'

const start = useFront()

const CLOUDS = [
  ['public', 'contoso.azurecr.io', 'https://management.azure.com', 'blob.core.windows.net'],
  ['us-government', 'contoso.azurecr.us', 'https://management.usgovcloudapi.net', 'blob.core.usgovcloudapi.net'],
  ['china', 'contoso.azurecr.cn', 'https://management.core.chinacloudapi.cn/', 'blob.core.chinacloudapi.cn'],
] as const

const issuerIn = (name: (typeof CLOUDS)[number][0]): string => {
  const cloud = clouds.find((candidate) => candidate.name === name)
  if (cloud === undefined) throw new Error(`no cloud ${name}`)
  return issuerOf(cloud, TENANT, 1)
}

test.each(CLOUDS)('%s: %s takes a push and sends pullers to its own storage', async (cloud, host, _arm, storage) => {
  const sandbox = await start(oneRegistry({ loginServer: host }, cloud))
  const target = await pusherAt(sandbox, 'team/app', { host, claims: { iss: issuerIn(cloud) } })
  expect((await pushImage(target, 'v1')).status).toBe(201)
  const got = await target.server.ask('GET', `/v2/team/app/blobs/${digestOf('layer')}`, { headers: target.headers })
  const link = new URL(got.headers.location ?? '')
  expect([got.status, link.host]).toEqual([307, expect.stringMatching(new RegExp(`^[a-z0-9]+\\.${storage}$`))])
  const at = link.pathname + link.search
  expect((await hostOf(sandbox, link.host).ask('GET', at, { headers: target.headers })).status).toBe(400)
  expect(sandbox.journal.entries.at(-1)?.refused).toBe('AUTHORIZATION_LEAK')
  expect((await hostOf(sandbox, link.host).ask('GET', at)).text).toBe('layer')
})

test.each(CLOUDS)(
  '%s: %s takes ARM tokens of its own cloud only, and none where they are switched off',
  async (cloud, host, arm) => {
    const claims = { iss: issuerIn(cloud), aud: arm }
    const other = cloud === 'public' ? 'https://management.chinacloudapi.cn' : 'https://management.azure.com'
    const open = await start(oneRegistry({ loginServer: host }, cloud))
    expect((await exchangeAt(open, { host, claims })).status).toBe(200)
    expect((await exchangeAt(open, { host, claims: { ...claims, aud: other } })).status).toBe(401)
    const strict = await start(oneRegistry({ loginServer: host, acceptsArmTokens: false }, cloud))
    expect((await exchangeAt(strict, { host, claims })).status).toBe(401)
    expect((await exchangeAt(strict, { host, claims: { iss: issuerIn(cloud) } })).status).toBe(200)
  },
)

test('a domain name label is part of the name: without its hash there is no such registry', async () => {
  const host = 'contoso-a1b2c3d4e5.azurecr.io'
  const sandbox = await start(oneRegistry({ loginServer: host }))
  expect((await pushBlob(await pusherAt(sandbox, 'team/app', { host }), 'layer')).status).toBe(201)
  await expect(exchangeAt(sandbox, { host: 'contoso.azurecr.io' })).rejects.toThrow(/no stand-in/)
  expect((await exchangeAt(sandbox, { host, service: 'contoso.azurecr.io' })).status).toBe(400)
})

test('lifetimes can be set, and an access token that ends in the middle of a push can be renewed', async () => {
  const sandbox = await start(oneRegistry({ tokenLifetimes: { refresh: 600, access: 60 } }))
  const target = await pusherAt(sandbox)
  await pushBlob(target, 'layer')
  sandbox.world.clock.advance(60_000)
  const late = await target.server.ask('POST', '/v2/team/app/blobs/uploads/', { headers: target.headers })
  expect([late.status, late.headers['www-authenticate']]).toEqual([401, expect.stringContaining('invalid_token')])
  const headers = await bearerAt(sandbox, ['repository:team/app:pull,push'])
  expect((await pushImage({ ...target, headers }, 'v1')).status).toBe(201)
  expect(repositoryState(sandbox.world, 'contoso.azurecr.io', 'team/app').tags()).toEqual(['v1'])
})
