import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, serveLayouts, type LayoutServer } from '../../cluster/image/serve-layout.ts'
import { writeSampleLayout } from '../../sandbox/sample-image.ts'

let folder: string
let server: LayoutServer
let digest: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layouts-'))
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }))
  digest = await writeSampleLayout(join(folder, 'shop/web'), { platforms, layers: [{ hello: 'x' }], refName: '1.4.2' })
  await writeSampleLayout(join(folder, 'whole'), { layers: [{ hello: 'y' }], refName: 'host:5000/whole:7' })
  server = await serveLayouts(folder, { port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const ask = async (path: string, method = 'GET') => await fetch(`${server.origin}/v2/${path}`, { method })
const indexType = 'application/vnd.oci.image.index.v1+json'

test('gives a manifest by tag and by digest, its children, and their blobs', async () => {
  expect((await ask('')).status).toBe(200)
  const byTag = await ask('shop/web/manifests/1.4.2')
  expect([byTag.status, byTag.headers.get('content-type')]).toEqual([200, indexType])
  expect(byTag.headers.get('docker-content-digest')).toBe(digest)
  const text = await byTag.text()
  expect(await (await ask(`shop/web/manifests/${digest}`)).text()).toBe(text)
  const { manifests } = JSON.parse(text) as { manifests: { digest: string }[] }
  const child = await ask(`shop/web/manifests/${manifests[0]?.digest}`)
  expect(child.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json')
  const { layers } = (await child.json()) as { layers: { digest: string; size: number }[] }
  const blob = await ask(`shop/web/blobs/${layers[0]?.digest}`)
  expect((await blob.arrayBuffer()).byteLength).toBe(layers[0]?.size)
})

test('answers HEAD with the length and no body, and lists the tags', async () => {
  const head = await ask('shop/web/manifests/1.4.2', 'HEAD')
  const length = String((await (await ask('shop/web/manifests/1.4.2')).text()).length)
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, length, ''])
  expect(await (await ask('shop/web/tags/list')).json()).toEqual({ name: 'shop/web', tags: ['1.4.2'] })
})

test('finds the tag of a layout that names its image in full', async () => {
  expect((await ask('whole/manifests/7')).status).toBe(200)
})

describe('answers an error as distribution-spec has it, and reads nothing outside of its folder', () => {
  test.each([
    ['an unknown repository', 'shop/api/manifests/1', 404, 'NAME_UNKNOWN'],
    ['an unknown tag', 'shop/web/manifests/2', 404, 'MANIFEST_UNKNOWN'],
    ['an unknown digest', `shop/web/manifests/sha256:${'0'.repeat(64)}`, 404, 'MANIFEST_UNKNOWN'],
    ['a blob that is none', 'shop/web/blobs/..%2f..%2findex.json', 404, 'BLOB_UNKNOWN'],
    ['a name that climbs', '..%2f..%2fetc/manifests/1', 404, 'NAME_UNKNOWN'],
    ['a broken escape', '%ff/manifests/1', 404, 'NAME_UNKNOWN'],
  ])('%s', async (_, path, status, code) => {
    const answer = await ask(path)
    expect([answer.status, await answer.json()]).toEqual([status, { errors: [expect.objectContaining({ code })] }])
  })

  test('a push', async () => {
    expect((await ask('shop/web/blobs/uploads/', 'POST')).status).toBe(405)
  })
})

test.each([[[]], [['folder']], [['folder', 'port']], [['folder', '1', 'host', 'more']]])(
  'says how it is called instead of serving with %j',
  async (args) => {
    await expect(run(args)).rejects.toThrow(/usage: serve-layout FOLDER PORT \[HOST\]/)
  },
)
