import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { probePush, uploadBlob } from '../../../steps/lib/oci/registry/blobs.ts'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import type { Image, Manifest } from '../../../steps/lib/oci/image.ts'
import { getManifest, putManifest } from '../../../steps/lib/oci/registry/manifests.ts'
import { planPush } from '../../../steps/lib/oci/registry/plan.ts'
import { push } from '../../../steps/lib/oci/registry/push.ts'
import { emptyLayout, errorOf, pushImage, testClient, type TestDescriptor, type TestLayout } from './fixtures.ts'
import { keepReferrer } from '../../../steps/lib/oci/registry/referrers.ts'
import { freePort } from '../../free-port.ts'

// A registry and a reader that nobody here wrote.
const registryProgram = '/usr/bin/docker-registry'
const skopeo = '/usr/bin/skopeo'
const layerGzip = 'application/vnd.oci.image.layer.v1.tar+gzip'
const installed = existsSync(registryProgram)
if (!installed)
  console.warn(`${registryProgram} is not installed: nothing is tested against a registry of someone else`)

test.skipIf(!installed)('pushes an image that Docker’s registry takes and skopeo reads', async () => {
  await using registry = await startDockerRegistry()
  await using layout = await emptyLayout()
  await layout.roots(await imageOf(layout, 'amd64', Buffer.alloc(2_000_000, 'x')))
  const client = testClient(registry.origin)
  const image = await layout.load()
  await probePush(client)
  const summary = await pushImage(client, image, ['v1'])
  expect(summary).toMatchObject({ pushedBlobs: 2, manifests: 1, digest: image.root.descriptor.digest })
  expect(await planPush(client, image, { tags: ['v1'] })).toEqual({ kind: 'present' })
  expect(await planPush(client, image, { tags: ['v2'] })).toEqual({ kind: 'tag-only', tags: ['v2'] })
  await push({ image, targets: [{ client, plan: { kind: 'tag-only', tags: ['v2'] } }] })
  const seen = inspect(registry.origin, 'v2')
  expect(seen === undefined || seen.includes(`"Digest": "${summary.digest}"`)).toBe(true)
})

test.skipIf(!installed)('pushes a multi-platform index that Docker’s registry takes and skopeo reads', async () => {
  await using registry = await startDockerRegistry()
  await using layout = await emptyLayout()
  const platforms = await Promise.all(
    ['amd64', 'arm64'].map((architecture) => imageOf(layout, architecture, Buffer.from(architecture))),
  )
  await layout.roots(await layout.index(platforms))
  const client = testClient(registry.origin)
  const image = await layout.load()
  const summary = await pushImage(client, image, ['v1'])
  expect(summary).toMatchObject({ pushedBlobs: 4, manifests: 3 })
  const seen = inspect(registry.origin, 'v1', '--raw')
  expect(seen ?? image.root.bytes.toString()).toBe(image.root.bytes.toString())
})

test.skipIf(!installed)('is told by Docker’s registry that bytes have another digest', async () => {
  await using registry = await startDockerRegistry()
  await using layout = await emptyLayout()
  const blob = await layout.blob(layerGzip, 'right')
  await layout.roots(await layout.manifest([blob]))
  await writeFile(layout.file(blob), 'wrong')
  const { source, blobs } = await layout.load()
  const wrong = blobs.find(({ digest }) => digest === blob.digest)
  if (wrong === undefined) throw new Error('no layer')
  const error = await errorOf(uploadBlob(testClient(registry.origin), wrong, source.openBlob(wrong)))
  expect(error.code).toBe('REGISTRY_DIGEST_REFUSED')
  expect(error.values['digest']).toBe(digestOf(Buffer.from('right')))
})

test.skipIf(!installed)(
  'keeps the referrers of an image under a tag, because Docker’s registry has no API for them',
  async () => {
    await using registry = await startDockerRegistry()
    await using layout = await emptyLayout()
    await layout.roots(await imageOf(layout, 'amd64', Buffer.from('image')))
    const client = testClient(registry.origin)
    const image = await layout.load()
    await pushImage(client, image, ['v1'])
    const subject = image.root.descriptor
    const referrers = ['signature', 'sbom'].map((name) => referrerOf(image, name))
    for (const referrer of referrers) {
      await putManifest(client, referrer.descriptor.digest, referrer)
      expect(await keepReferrer(client, { ...referrer, subject, artifactType: 'application/vnd.example' })).toBe('tag')
    }
    const tag = subject.digest.replace(':', '-')
    const list = await getManifest(client, tag)
    expect(JSON.parse(String(list?.bytes))).toMatchObject({
      manifests: referrers.map(({ descriptor }) => ({ ...descriptor, artifactType: 'application/vnd.example' })),
    })
    expect(inspect(registry.origin, tag, '--raw') ?? String(list?.bytes)).toBe(String(list?.bytes))
  },
)

/** A manifest that refers to the image, with the image's own config as its content. */
function referrerOf({ root }: Image, name: string): Manifest {
  const { config } = JSON.parse(root.bytes.toString())
  const document = {
    schemaVersion: 2,
    mediaType: root.descriptor.mediaType,
    config,
    layers: [],
    subject: root.descriptor,
  }
  const bytes = Buffer.from(JSON.stringify({ ...document, annotations: { name } }))
  return { descriptor: { ...root.descriptor, digest: digestOf(bytes), size: bytes.length }, bytes }
}

async function imageOf(layout: TestLayout, architecture: string, content: Buffer): Promise<TestDescriptor> {
  const layer = await layout.blob(layerGzip, gzipSync(content))
  const config = { architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(content)] }, config: {} }
  const described = await layout.blob('application/vnd.oci.image.config.v1+json', JSON.stringify(config))
  const platform = { architecture, os: 'linux' }
  return Object.assign(await layout.manifest([layer], { config: described }), { platform })
}

/** What skopeo says of the image; undefined where it is not installed. */
function inspect(origin: URL, tag: string, ...flags: string[]): string | undefined {
  if (!existsSync(skopeo)) return undefined
  const args = ['inspect', '--tls-verify=false', ...flags, `docker://${origin.host}/team/app:${tag}`]
  const { stdout, stderr, status } = spawnSync(skopeo, args, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', HOME: tmpdir() },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}

async function startDockerRegistry(): Promise<AsyncDisposable & { origin: URL }> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-registry-'))
  const port = await freePort()
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `127.0.0.1:${port}`, secret: 'only for this test' },
  }
  // YAML takes JSON.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const child = spawn(registryProgram, ['serve', join(folder, 'config.yml')], {
    stdio: 'ignore',
    env: { PATH: '/usr/bin:/bin' },
  })
  const origin = new URL(`http://127.0.0.1:${port}`)
  await untilReady(child, origin)
  return {
    origin,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(child: ChildProcess, origin: URL): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`)
    const answer = await fetch(new URL('/v2/', origin)).catch(() => undefined)
    if (answer?.ok === true) return
    await delay(50)
  }
  throw new Error('docker-registry is not ready after 10 s')
}
