import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { writeDockerConfig } from './docker-config.ts'
import { acr, dockerConfig, ecr, imageIn, registries, wrongDockerConfig } from './registries.ts'
import type { ForeignRegistry } from './registries.ts'
import { skipWithout, toolPath } from './tools.ts'

let cloud: ForeignCloud
let source: string
let digest: string
beforeAll(async () => {
  cloud = await startForeignCloud()
  source = join(cloud.folder, 'source')
  digest = await writeSampleLayout(source, {
    layers: [{ hello: 'hello\n' }, { big: Buffer.alloc(3_000_000, 'crane') }],
  })
})
beforeEach((context) => skipWithout(context, 'crane'))
afterAll(async () => {
  await cloud.close()
})

/** Runs crane with a docker configuration, and nothing else to log in with. */
const crane = async (config: string, ...args: readonly string[]): Promise<Ended> =>
  cloud.run(toolPath('crane'), args, { DOCKER_CONFIG: config })

const stateOf = ({ host }: ForeignRegistry) => repositoryState(cloud.sandbox.world, host, example.repository)

const requestsToBlobHosts = (): number =>
  cloud.sandbox.journal.entries.filter(({ standIn, status }) => standIn === 'blob-hosts' && status === 200).length

describe.each(registries)('crane with $name', (registry) => {
  test('pushes an image, validates it over the blob host, and pulls the same digest back', async () => {
    const config = await dockerConfig(cloud, registry)
    const image = imageIn(registry, 'crane')
    const before = requestsToBlobHosts()
    expect(await crane(config, 'push', source, image)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(digest),
    })
    expect(await crane(config, 'digest', image)).toMatchObject({ stdout: `${digest}\n` })
    expect(await crane(config, 'validate', '--remote', image)).toMatchObject({ stdout: `PASS: ${image}\n` })
    const pulled = join(cloud.folder, `pulled-${registry.name}`)
    expect(await crane(config, 'pull', '--format=oci', image, pulled)).toMatchObject({ code: 0 })
    expect(await readFile(join(pulled, 'index.json'), 'utf8')).toContain(digest)
    expect(requestsToBlobHosts()).toBeGreaterThan(before)
    expect(stateOf(registry).openUploads()).toBe(0)
  })

  test("is refused with a wrong password in the registry's own words, and leaves nothing", async () => {
    const config = await wrongDockerConfig(cloud, registry)
    const image = imageIn(registry, 'wrong')
    const read = await crane(config, 'manifest', image)
    expect(read).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(registry.refusal) })
    expect(await crane(config, 'push', source, image)).toMatchObject({ code: 1, stdout: '' })
    expect([stateOf(registry).tags().includes('wrong'), stateOf(registry).openUploads()]).toEqual([false, 0])
  })
})

describe('crane', () => {
  test('copies a multi-platform index from ACR to ECR with the same digest', async () => {
    const folder = join(cloud.folder, 'index')
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }))
    await writeSampleLayout(folder, { platforms, layers: [{ hello: 'hello\n' }] })
    const both = await Promise.all([acr, ecr].map(async (one) => [one.host, await one.login(cloud)] as const))
    const config = await writeDockerConfig(cloud.folder, both)
    const [from, to] = [imageIn(acr, 'index'), imageIn(ecr, 'index')]
    expect(await crane(config, 'push', '--index', folder, from)).toMatchObject({ code: 0 })
    expect(await crane(config, 'copy', from, to)).toMatchObject({ code: 0 })
    const [first, second] = [await crane(config, 'digest', from), await crane(config, 'digest', to)]
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) })
    expect(second).toEqual(first)
    expect(await crane(config, 'validate', '--remote', to)).toMatchObject({ stdout: `PASS: ${to}\n` })
  })

  test('is told by ECR which action on which repository its role lacks', async () => {
    const config = await dockerConfig(cloud, ecr)
    const { code, stderr } = await crane(config, 'manifest', `${example.ecrHost}/other/app:v1`)
    expect(code).toBe(1)
    expect(stderr).toContain('DENIED: User: arn:aws:sts::')
    expect(stderr).toContain(
      `ecr:BatchGetImage on resource: arn:aws:ecr:${example.region}:${example.accountId}:repository/other/app`,
    )
  })

  test('is told by ECR that its password has run out, twelve hours later', async () => {
    await using later = await startForeignCloud()
    const config = await dockerConfig(later, ecr)
    later.sandbox.world.clock.advance(13 * 3_600_000)
    const { code, stderr } = await later.run(toolPath('crane'), ['manifest', imageIn(ecr, 'late')], {
      DOCKER_CONFIG: config,
    })
    expect([code, stderr]).toEqual([1, expect.stringContaining('Your authorization token has expired')])
  })

  test('is refused by ACR when it deletes, because AcrPush does not', async () => {
    const config = await dockerConfig(cloud, acr)
    const image = imageIn(acr, 'kept')
    await crane(config, 'push', source, image)
    const { code, stderr } = await crane(config, 'delete', image)
    expect([code, stderr]).toEqual([1, expect.stringContaining('UNAUTHORIZED: authentication required')])
    expect(stateOf(acr).tags()).toContain('kept')
  })
})
