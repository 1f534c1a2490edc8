import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { serveDistribution } from './distribution.ts'
import { STANDARD_FLAVOR } from './flavor.ts'
import { serveLoopback } from './loopback.ts'
import { beginUpload, locationPath, withDigest } from './sample-image.ts'
import { createSampleWorld } from './sample-world.ts'
import { openRegistries, repositoryState } from './state.ts'

const HOST = 'registry.example'
const MIB = 1024 * 1024
const CHUNK = Buffer.alloc(MIB, 'x')
const CHUNKS = 300
/** 10 GiB of the same byte, and their digest as sha256sum says it: hashing them twice would take too long. */
const MANY_CHUNKS = 10 * 1024
const DIGEST_OF_MANY = 'sha256:0de79ea39c44e0ccd41d6bc8ff496450a015c5b4a85e6240200332621686d052'
/** On a machine of two cores that does something else besides. */
const PATIENCE_MS = 300_000
/** Generous: buffers of sockets and the collector's own pace, for the client and the server in one process. */
const MOST_GROWTH = 120 * MIB

/** Yields one chunk over and over, so that the client holds none of it, and notes how large the process gets. */
const watchedChunks = (peak: { rss: number }, chunks = CHUNKS): Readable =>
  Readable.from(
    (function* () {
      for (let index = 0; index < chunks; index += 1) {
        peak.rss = Math.max(peak.rss, process.memoryUsage().rss)
        yield CHUNK
      }
    })(),
  )

const digestOfAll = (): string => {
  const hash = createHash('sha256')
  for (let index = 0; index < CHUNKS; index += 1) hash.update(CHUNK)
  return `sha256:${hash.digest('hex')}`
}

test.each([
  ['to disk', false],
  ['counted only', true],
])('streams 300 MiB %s without holding them in memory', async (_where, counted) => {
  await using world = createSampleWorld()
  openRegistries(world, { counted })
  await using server = await serveLoopback((request, response) =>
    serveDistribution(world, STANDARD_FLAVOR, { request, response, host: HOST }),
  )
  const location = await beginUpload({ server, repository: 'big' })
  const before = process.memoryUsage().rss
  const peak = { rss: before }
  const patch = await server.ask('PATCH', location, { body: watchedChunks(peak) })
  expect(patch.headers.range).toBe(`0-${CHUNKS * MIB - 1}`)
  const put = await server.ask('PUT', withDigest(locationPath(patch), digestOfAll()))
  expect(put.status).toBe(201)
  expect(repositoryState(world, HOST, 'big').hasBlob(digestOfAll())).toBe(true)
  expect(peak.rss - before).toBeLessThan(MOST_GROWTH)
})

test(
  'takes a layer of 10 GiB where blobs are counted only, without growing, and keeps no byte of it',
  { timeout: PATIENCE_MS },
  async () => {
    await using world = createSampleWorld({ blobStorage: 'counted' })
    await using server = await serveLoopback((request, response) =>
      serveDistribution(world, STANDARD_FLAVOR, { request, response, host: HOST }),
    )
    const location = await beginUpload({ server, repository: 'huge' })
    const before = process.memoryUsage().rss
    const peak = { rss: before }
    const patch = await server.ask('PATCH', location, { body: watchedChunks(peak, MANY_CHUNKS) })
    expect(patch.headers.range).toBe(`0-${MANY_CHUNKS * MIB - 1}`)
    const put = await server.ask('PUT', withDigest(locationPath(patch), DIGEST_OF_MANY))
    expect(put.status).toBe(201)
    const head = await server.ask('HEAD', `/v2/huge/blobs/${DIGEST_OF_MANY}`)
    expect(head.headers['content-length']).toBe(String(MANY_CHUNKS * MIB))
    expect(await readdir(openRegistries(world).store.folder)).toEqual([])
    expect(peak.rss - before).toBeLessThan(MOST_GROWTH)
  },
)
