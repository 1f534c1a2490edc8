import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { writeDockerConfig } from './docker-config.ts'
import { acr, dockerConfig, ecr, imageIn, registries, wrongDockerConfig } from './registries.ts'
import { skipWithout, toolPath } from './tools.ts'

let cloud: ForeignCloud
let source: string
let digest: string
beforeAll(async () => {
  cloud = await startForeignCloud()
  const folder = join(cloud.folder, 'source')
  source = `ocidir://${folder}:multi`
  digest = await writeSampleLayout(folder, {
    platforms: ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture })),
    layers: [{ hello: 'hello\n' }, { big: Buffer.alloc(3_000_000, 'regctl') }],
    refName: 'multi',
  })
})
beforeEach((context) => skipWithout(context, 'regctl'))
afterAll(async () => {
  await cloud.close()
})

/** Runs regctl with a docker configuration, which it reads when it has none of its own. */
const regctl = async (config: string, ...args: readonly string[]): Promise<Ended> =>
  cloud.run(toolPath('regctl'), args, { DOCKER_CONFIG: config })

describe.each(registries)('regctl with $name', (registry) => {
  test('copies an index there, inspects a platform of it, and copies the same digest back', async () => {
    const config = await dockerConfig(cloud, registry)
    const image = imageIn(registry, 'regctl')
    expect(await regctl(config, 'image', 'copy', source, image)).toMatchObject({ code: 0 })
    expect(await regctl(config, 'image', 'digest', image)).toMatchObject({ code: 0, stdout: `${digest}\n` })
    const { stdout } = await regctl(config, 'image', 'inspect', '--platform', 'linux/arm64', image)
    expect(JSON.parse(stdout)).toMatchObject({ os: 'linux', architecture: 'arm64' })
    const back = `ocidir://${join(cloud.folder, `back-${registry.name}`)}:back`
    expect(await regctl(config, 'image', 'copy', image, back)).toMatchObject({ code: 0 })
    expect(await regctl(config, 'image', 'digest', back)).toMatchObject({ stdout: `${digest}\n` })
  })

  test('is refused with a wrong password, and leaves nothing', async () => {
    const config = await wrongDockerConfig(cloud, registry)
    const { code, stderr } = await regctl(config, 'image', 'copy', source, imageIn(registry, 'wrong'))
    expect([code, stderr]).toEqual([1, expect.stringContaining('unauthorized')])
    const state = repositoryState(cloud.sandbox.world, registry.host, example.repository)
    expect([state.tags().includes('wrong'), state.openUploads()]).toEqual([false, 0])
  })
})

test('regctl copies an index from ACR to ECR with the same digest', async () => {
  const both = await Promise.all([acr, ecr].map(async (one) => [one.host, await one.login(cloud)] as const))
  const config = await writeDockerConfig(cloud.folder, both)
  const [from, to] = [imageIn(acr, 'across'), imageIn(ecr, 'across')]
  expect(await regctl(config, 'image', 'copy', source, from)).toMatchObject({ code: 0 })
  expect(await regctl(config, 'image', 'copy', from, to)).toMatchObject({ code: 0 })
  expect(await regctl(config, 'image', 'digest', to)).toMatchObject({ code: 0, stdout: `${digest}\n` })
})
