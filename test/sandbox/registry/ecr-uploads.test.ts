import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { HOST, useEcr } from './sample-ecr.ts'
import { beginUpload, errorOf, locationPath, withDigest } from './sample-image.ts'
import { registryState, repositoryState } from './state.ts'

const MIB = 1024 * 1024
const ecr = useEcr()

test('takes one stream by PATCH, answers it 201, and closes with an empty PUT', async () => {
  const headers = ecr.target().headers
  const patch = await ecr.server().ask('PATCH', await beginUpload(ecr.target()), { headers, body: 'layer' })
  expect([patch.status, patch.headers.range]).toEqual([201, '0-4'])
  const put = await ecr.server().ask('PUT', withDigest(locationPath(patch), digestOf('layer')), { headers })
  expect(put.status).toBe(201)
})

const parts = (...sizes: number[]) => sizes.map((size, index) => Buffer.alloc(size, index + 1))

const patchAll = async (chunks: readonly Buffer[], at = ecr.server()) => {
  const headers = ecr.target().headers
  const location = await beginUpload({ ...ecr.target(), server: at })
  const ranges = []
  let offset = 0
  for (const body of chunks) {
    const range = { 'Content-Range': `${offset}-${offset + body.length - 1}` }
    const patch = await at.ask('PATCH', location, { body, headers: { ...headers, ...range } })
    ranges.push(patch.headers.range)
    offset += body.length
  }
  return { location, ranges, offset }
}

test('reports a stale Range after the second chunk, stores the bytes, and refuses the offset that it reported', async () => {
  const [a, b, c] = parts(5 * MIB, 5 * MIB, 3)
  if (a === undefined || b === undefined || c === undefined) throw new Error('three parts')
  const { location, ranges, offset } = await patchAll([a, b])
  expect(ranges).toEqual([`0-${5 * MIB - 1}`, `0-${5 * MIB - 1}`])
  const headers = ecr.target().headers
  const misled = await ecr.server().ask('PATCH', location, {
    body: c,
    headers: { ...headers, 'Content-Range': `${5 * MIB}-${5 * MIB + 2}` },
  })
  expect(misled.status).toBe(416)
  const put = await ecr.server().ask('PUT', withDigest(location, digestOf(Buffer.concat([a, b, c]))), {
    body: c,
    headers: { ...headers, 'Content-Range': `${offset}-${offset + 2}` },
  })
  expect(put.status).toBe(201)
})

test('reports the true Range where the bug is switched off', async () => {
  await using mended = await ecr.start({ staleRange: false })
  const { ranges } = await patchAll(parts(5 * MIB, 5 * MIB), mended)
  expect(ranges).toEqual([`0-${5 * MIB - 1}`, `0-${10 * MIB - 1}`])
})

test('fails an empty closing PUT after several chunks with 500', async () => {
  const chunks = parts(5 * MIB, 5 * MIB)
  const { location } = await patchAll(chunks)
  const put = await ecr.server().ask('PUT', withDigest(location, digestOf(Buffer.concat(chunks))), {
    headers: ecr.target().headers,
  })
  expect(put.status).toBe(500)
  expect(repositoryState(ecr.world(), HOST, 'team/app').hasBlob(digestOf(Buffer.concat(chunks)))).toBe(false)
})

test('refuses a short chunk that is not the last when the upload is closed, and the upload is gone', async () => {
  const [a, b] = parts(5 * MIB - 1, 1)
  if (a === undefined || b === undefined) throw new Error('two parts')
  const { location } = await patchAll([a])
  const put = await ecr.server().ask('PUT', withDigest(location, digestOf(Buffer.concat([a, b]))), {
    body: b,
    headers: ecr.target().headers,
  })
  expect([put.status, errorOf(put).code]).toEqual([400, 'BLOB_UPLOAD_INVALID'])
  expect(registryState(ecr.world(), HOST).openUploads()).toEqual([])
})
