import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { dockerConfig, imageIn, registries, wrongDockerConfig } from './registries.ts'
import { skipWithout, toolPath } from './tools.ts'

let cloud: ForeignCloud
let source: string
let digest: string
beforeAll(async () => {
  cloud = await startForeignCloud()
  const folder = join(cloud.folder, 'source')
  source = `oci:${folder}:multi`
  digest = await writeSampleLayout(folder, {
    platforms: ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture })),
    layers: [{ hello: 'hello\n' }, { big: Buffer.alloc(3_000_000, 'skopeo') }],
    refName: 'multi',
  })
})
beforeEach((context) => skipWithout(context, 'skopeo'))
afterAll(async () => {
  await cloud.close()
})

/** Runs skopeo with a docker configuration; the machine's own signature policy is left out. */
const skopeo = async (config: string, ...args: readonly string[]): Promise<Ended> =>
  cloud.run(toolPath('skopeo'), ['--insecure-policy', ...args], { REGISTRY_AUTH_FILE: join(config, 'config.json') })

describe.each(registries)('skopeo with $name', (registry) => {
  test('copies an index there, inspects it, and copies the same digest back over the blob host', async () => {
    const config = await dockerConfig(cloud, registry)
    const image = `docker://${imageIn(registry, 'skopeo')}`
    expect(await skopeo(config, 'copy', '--all', source, image)).toMatchObject({ code: 0 })
    const inspected = await skopeo(config, 'inspect', '--format', '{{.Digest}}', image)
    expect(inspected).toMatchObject({ code: 0, stdout: `${digest}\n` })
    const pulled = join(cloud.folder, `pulled-${registry.name}`)
    expect(await skopeo(config, 'copy', '--all', image, `oci:${pulled}:back`)).toMatchObject({ code: 0 })
    expect(await readFile(join(pulled, 'index.json'), 'utf8')).toContain(digest)
    const hosts = cloud.sandbox.journal.entries.filter(({ status }) => status === 200).map(({ standIn }) => standIn)
    expect(hosts).toContain('blob-hosts')
  })

  test('is refused with a wrong password, and leaves nothing', async () => {
    const config = await wrongDockerConfig(cloud, registry)
    const { code, stderr } = await skopeo(config, 'copy', '--all', source, `docker://${imageIn(registry, 'wrong')}`)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/unauthorized: authentication required|401/)])
    const state = repositoryState(cloud.sandbox.world, registry.host, example.repository)
    expect([state.tags().includes('wrong'), state.openUploads()]).toEqual([false, 0])
  })
})
