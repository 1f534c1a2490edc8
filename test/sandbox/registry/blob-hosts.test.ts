import { expect, test } from 'vitest'
import { createBlobHosts } from './blob-hosts.ts'
import { presignedS3Url, sasUrl } from './blob-links.ts'
import { digestOf, parseDigest } from './digest.ts'
import { serveLoopback } from './loopback.ts'
import { createSampleWorld } from './sample-world.ts'
import { openRegistries } from './state.ts'

const CONTOSO = { loginServer: 'contoso.azurecr.io', tenantId: '', roleAssignments: [] }

async function* hello(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('hello')
}

/** A world with one blob, its two kinds of links, and the stand-in behind the links' host. */
const prepare = async (vendor: 'azure' | 's3') => {
  const world = createSampleWorld()
  const digest = parseDigest(digestOf('hello'))
  if (digest === undefined) throw new Error('not a digest')
  const writer = openRegistries(world).store.begin()
  await writer.append(hello())
  await writer.seal(digest)
  const blob = { digest, size: 5 }
  const makeLink = () =>
    new URL(
      vendor === 's3'
        ? presignedS3Url({ world, host: '123456789012.dkr.ecr.us-east-1.amazonaws.com' }, 'us-east-1', blob)
        : sasUrl({ world }, { registry: CONTOSO, host: CONTOSO.loginServer }, blob),
    )
  const standIn = createBlobHosts(world)
  const { host } = makeLink()
  const server = await serveLoopback((request, response) => standIn.handle(request, response, host))
  const path = () => {
    const link = makeLink()
    return link.pathname + link.search
  }
  return {
    world,
    standIn,
    host,
    server,
    path,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

test.each(['azure', 's3'] as const)('%s: serves the bytes of a signed link once, whole or in part', async (vendor) => {
  await using it = await prepare(vendor)
  expect(it.standIn.owns(it.host)).toBe(true)
  const path = it.path()
  const first = await it.server.ask('GET', path)
  expect([first.status, first.text, first.headers['content-length']]).toEqual([200, 'hello', '5'])
  const part = await it.server.ask('GET', it.path(), { headers: { Range: 'bytes=1-2' } })
  expect([part.status, part.text, part.headers['content-range']]).toEqual([206, 'el', 'bytes 1-2/5'])
  const again = await it.server.ask('GET', path)
  expect([again.status, again.headers['content-type']]).toEqual([403, 'application/xml'])
})

test.each(['azure', 's3'] as const)(
  '%s: refuses a request with credentials, journals it and keeps the link good',
  async (vendor) => {
    await using it = await prepare(vendor)
    const path = it.path()
    const leaked = await it.server.ask('GET', path, { headers: { Authorization: 'Bearer canary' } })
    expect(leaked.status).toBe(400)
    expect(it.world.journal.entries).toMatchObject([
      { operation: 'leaked Authorization', refused: 'AUTHORIZATION_LEAK' },
    ])
    expect(JSON.stringify(it.world.journal.entries)).not.toContain('canary')
    expect((await it.server.ask('GET', path)).status).toBe(200)
  },
)

test.each(['azure', 's3'] as const)(
  '%s: refuses links that are changed, cut, late or used for writing',
  async (vendor) => {
    await using it = await prepare(vendor)
    const path = it.path()
    const signature = /(sig|X-Amz-Signature)=[^&]*/
    const statuses = []
    for (const bad of [
      path.replace(signature, '$1=AAAA'),
      path.replace(signature, ''),
      path.replace(/\?.*/, ''),
      '/',
    ]) {
      statuses.push((await it.server.ask('GET', bad)).status)
    }
    statuses.push((await it.server.ask('PUT', path, { body: 'x' })).status)
    it.world.clock.advance(3_600_000)
    statuses.push((await it.server.ask('GET', path)).status)
    expect(statuses).toEqual([403, 403, 403, 403, 403, 403])
  },
)

test('the journal shows no query', async () => {
  await using it = await prepare('azure')
  await it.server.ask('GET', it.path())
  const journal = JSON.stringify(it.world.journal.entries)
  for (const secret of it.world.minted.all) expect(journal).not.toContain(secret)
  expect(journal).not.toContain('?')
})

test.each([
  ['prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com', true],
  ['prod-cn-north-1-starport-layer-bucket.s3.cn-north-1.amazonaws.com.cn', true],
  ['prod-eu-west-1-starport-layer-bucket.s3.us-east-1.amazonaws.com', false],
  ['other.s3.eu-west-1.amazonaws.com', false],
  ['prod-eusc-de-east-1-starport-layer-bucket.s3.eusc-de-east-1.amazonaws.eu', true],
  ['prod-cn-north-1-starport-layer-bucket.s3.cn-north-1.amazonaws.com', false],
  ['d5l0dvt14r5h8.cloudfront.net', true],
  ['account1.blob.core.windows.net', true],
  ['account1.blob.core.usgovcloudapi.net', true],
  ['account1.blob.core.chinacloudapi.cn', true],
  ['contoso.westeurope.data.azurecr.io', false],
  ['a.b.blob.core.windows.net', false],
  ['blob.core.windows.net.evil.example', false],
])('owns %s: %s', (host, owned) => {
  expect(createBlobHosts(createSampleWorld()).owns(host)).toBe(owned)
})
