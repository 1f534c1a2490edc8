import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveDistribution } from './distribution.ts'
import { STANDARD_FLAVOR } from './flavor.ts'
import type { Flavor } from './flavor.ts'
import { serveLoopback } from './loopback.ts'
import { writeOciLayout } from './oci-layout.ts'
import type { OciLayout } from './oci-layout.ts'
import { refusal } from './refusal.ts'
import { createSampleWorld } from './sample-world.ts'
import { findSkopeo, runSkopeo } from './skopeo.ts'
import { registryState } from './state.ts'

const HOST = 'registry.example'
const CREDENTIALS = 'someone:right'

const WITH_PASSWORD: Flavor = {
  ...STANDARD_FLAVOR,
  authorize: async ({ request }) => {
    if (request.headers.authorization === `Basic ${Buffer.from(CREDENTIALS).toString('base64')}`) return
    throw refusal('UNAUTHORIZED', { headers: { 'WWW-Authenticate': 'Basic realm="sandbox"' } })
  },
}

let folder: string
let layout: OciLayout

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skopeo-'))
  layout = await writeOciLayout(join(folder, 'layout'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const serve = async () => {
  const world = createSampleWorld()
  const server = await serveLoopback((request, response) =>
    serveDistribution(world, WITH_PASSWORD, { request, response, host: HOST }),
  )
  return {
    world,
    image: (name: string) => `docker://127.0.0.1:${server.port}/team/app:${name}`,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

const push = (from: string, to: string, ...options: string[]) =>
  runSkopeo(['copy', '--dest-tls-verify=false', ...options, `oci:${layout.folder}:${from}`, to])

const pull = (from: string, to: string, ...options: string[]) =>
  runSkopeo(['copy', '--src-tls-verify=false', '--src-creds', CREDENTIALS, ...options, from, `oci:${to}:pulled`])

describe.skipIf(!findSkopeo())('skopeo over plain HTTP', () => {
  test('pushes an image of three layers and pulls the same bytes back', async () => {
    await using it = await serve()
    expect(await push('single', it.image('v1'), '--dest-creds', CREDENTIALS)).toMatchObject({ code: 0 })
    const state = registryState(it.world, HOST)
    const stored = state.manifest('team/app', 'v1')
    expect([state.tags('team/app'), state.openUploads()]).toEqual([['v1'], []])
    expect(layout.layerDigests.slice(0, 3).every((digest) => state.hasBlob('team/app', digest))).toBe(true)
    const pulled = join(folder, 'pulled-single')
    expect(await pull(it.image('v1'), pulled)).toMatchObject({ code: 0 })
    const hex = stored?.digest.slice('sha256:'.length) ?? ''
    expect(await readFile(join(pulled, 'blobs', 'sha256', hex))).toEqual(stored?.bytes)
  })

  test('pushes an index with its images and pulls it back with the same digest', async () => {
    await using it = await serve()
    expect(await push('multi', it.image('all'), '--all', '--dest-creds', CREDENTIALS)).toMatchObject({ code: 0 })
    const state = registryState(it.world, HOST)
    expect(state.manifest('team/app', 'all')?.digest).toBe(layout.indexDigest)
    expect(layout.layerDigests.every((digest) => state.hasBlob('team/app', digest))).toBe(true)
    const pulled = join(folder, 'pulled-multi')
    expect(await pull(it.image('all'), pulled, '--all')).toMatchObject({ code: 0 })
    expect(await readFile(join(pulled, 'index.json'), 'utf8')).toContain(layout.indexDigest)
  })

  test('sends no layer a second time', async () => {
    await using it = await serve()
    await push('single', it.image('v1'), '--dest-creds', CREDENTIALS)
    const before = it.world.journal.entries.length
    await push('single', it.image('v2'), '--dest-creds', CREDENTIALS)
    const later = it.world.journal.entries.slice(before).map(({ operation }) => operation)
    expect(later).toContain('HEAD blob')
    expect(later).not.toContain('POST uploads')
    expect(registryState(it.world, HOST).tags('team/app')).toEqual(['v1', 'v2'])
  })

  test.each([
    ['a wrong password', ['--dest-creds', 'someone:wrong']],
    ['no password', []],
  ])('is refused with %s and leaves nothing', async (_what, options) => {
    await using it = await serve()
    const { code, output } = await push('single', it.image('v1'), ...options)
    expect(code).not.toBe(0)
    expect(output).toContain('authentication required')
    expect([registryState(it.world, HOST).repositories(), registryState(it.world, HOST).openUploads()]).toEqual([
      [],
      [],
    ])
  })
})
