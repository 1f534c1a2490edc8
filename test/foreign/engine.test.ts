import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../steps/lib/core/clock.ts'
import { StepError } from '../../steps/lib/core/errors.ts'
import { Secret } from '../../steps/lib/core/secret.ts'
import { createHttpClient } from '../../steps/lib/http/client.ts'
import { loadImage } from '../../steps/lib/oci/image.ts'
import { openLayout } from '../../steps/lib/oci/layout.ts'
import type { PushSummary } from '../../steps/lib/oci/push.ts'
import { RegistryClient } from '../../steps/lib/oci/registry-client.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import type { SampleImage } from '../sandbox/sample-image.ts'
import { runProgram } from './cloud.ts'
import type { Ended } from './cloud.ts'
import { writeDockerConfig } from './docker-config.ts'
import { pushImage } from '../unit/oci/fixtures.ts'
import { goodLogin, startDockerRegistry } from './docker-registry.ts'
import type { DockerRegistry } from './docker-registry.ts'
import { skipWithout, toolPath } from './tools.ts'

const repository = 'shop/web'
const layers = [{ hello: 'hello\n' }, { big: Buffer.alloc(3_000_000, 'engine') }]
const platforms = ['amd64', 'arm64', 's390x'].map((architecture) => ({ os: 'linux', architecture }))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-engine-'))
})
beforeEach((context) => skipWithout(context, 'docker-registry'))
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Pushes a sample image with our engine as `push-image` does; a retry would be a fault here. */
async function pushTo(registry: DockerRegistry, image: SampleImage, login = goodLogin): Promise<PushSummary> {
  const layout = await mkdtemp(join(folder, 'layout-'))
  await writeSampleLayout(layout, image)
  const http = createHttpClient({ userAgent: 'tekton-entra-test', plainHttp: true })
  const signal = AbortSignal.timeout(40_000)
  const client = new RegistryClient({
    http,
    origin: registry.origin,
    repository,
    authorizer: {
      authorization: async () => new Secret(`Basic ${Buffer.from(login).toString('base64')}`),
      renew: async () => undefined,
    },
    patience: {
      clock: systemClock,
      random: Math.random,
      signal,
      deadlineAt: Date.now() + 30_000,
      propagationWaitMs: 0,
      onRetry: (error) => {
        throw error
      },
    },
    cancelsUploads: true,
  })
  try {
    const loaded = await loadImage(await openLayout(layout))
    return await pushImage(client, loaded, ['v1'])
  } finally {
    http.close()
  }
}

/** Runs a reader that nobody here wrote, logged in to the registry. */
async function read(registry: DockerRegistry, tool: 'crane' | 'skopeo', ...args: readonly string[]): Promise<Ended> {
  const config = await writeDockerConfig(folder, [[registry.origin.host, goodLogin]])
  return await runProgram(toolPath(tool), args, {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    DOCKER_CONFIG: config,
    REGISTRY_AUTH_FILE: join(config, 'config.json'),
  })
}

const skopeoDigest = async (registry: DockerRegistry): Promise<string> => {
  const image = `docker://${registry.origin.host}/${repository}:v1`
  const { stdout, stderr } = await read(
    registry,
    'skopeo',
    'inspect',
    '--tls-verify=false',
    '--format',
    '{{.Digest}}',
    image,
  )
  return stdout.trim() || stderr
}

const craneValidates = async (registry: DockerRegistry): Promise<string> => {
  const { stdout, stderr } = await read(
    registry,
    'crane',
    'validate',
    '--remote',
    `${registry.origin.host}/${repository}:v1`,
  )
  return stdout.split(':')[0] === 'PASS' ? 'PASS' : stderr
}

test('our engine pushes an image that skopeo and crane find whole', async (context) => {
  skipWithout(context, 'skopeo', 'crane')
  await using registry = await startDockerRegistry()
  const { digest, pushedBlobs, manifests } = await pushTo(registry, { layers })
  expect([pushedBlobs, manifests]).toEqual([3, 1])
  expect(await skopeoDigest(registry)).toBe(digest)
  expect(await craneValidates(registry)).toBe('PASS')
})

test('our engine pushes an index of three platforms that skopeo and crane find whole', async (context) => {
  skipWithout(context, 'skopeo', 'crane')
  await using registry = await startDockerRegistry()
  const { digest, pushedBlobs, manifests } = await pushTo(registry, { layers, platforms })
  expect([pushedBlobs, manifests]).toEqual([5, 4])
  expect(await skopeoDigest(registry)).toBe(digest)
  expect(await craneValidates(registry)).toBe('PASS')
})

test('our engine sends nothing a second time: one look at the tag', async () => {
  await using registry = await startDockerRegistry()
  await pushTo(registry, { layers, platforms })
  expect((await registry.requests()).filter((request) => request.startsWith('PUT '))).toHaveLength(9)
  const again = await pushTo(registry, { layers, platforms })
  expect(again).toMatchObject({ pushedBlobs: 0, skippedBlobs: 5, pushedBytes: 0, manifests: 0 })
  expect(await registry.requests()).toEqual([`HEAD /v2/${repository}/manifests/v1`])
})

test('our engine is refused with a wrong password, and starts no upload', async () => {
  await using registry = await startDockerRegistry()
  const error: unknown = await pushTo(registry, { layers }, 'someone:wrong').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(StepError)
  expect(error).toMatchObject({ code: 'REGISTRY_CREDENTIAL_REFUSED' })
  expect((await registry.requests()).filter((request) => !request.startsWith('HEAD '))).toEqual([])
})
