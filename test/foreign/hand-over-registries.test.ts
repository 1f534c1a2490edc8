import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import type { ForeignCloud } from './cloud.ts'
import { openHandedOver, type HandedOver } from './handed-over.ts'
import { skipWithout, toolPath } from './tools.ts'

// Clients that nobody here wrote are given what login-registries has written, and nothing else.
const { acrHost, ecrHost, repository } = example

let handed: HandedOver
let cloud: ForeignCloud
let layout: string
let digest: string
beforeAll(async () => {
  handed = await openHandedOver()
  cloud = handed.cloud
  layout = join(cloud.folder, 'source')
  digest = await writeSampleLayout(layout, { layers: [{ hello: 'hello\n' }], refName: 'v1' })
})
afterAll(async () => await handed[Symbol.asyncDispose]())

const handOver: HandedOver['handOver'] = async (stepAction, params) => await handed.handOver(stepAction, params)

const tagAt = (host: string, tag: string) =>
  repositoryState(cloud.sandbox.world, host, repository).manifest(tag)?.digest

describe('login-registries', () => {
  const both = [acrHost, ecrHost]
  let config: string
  let variables: Readonly<Record<string, string>>
  beforeAll(async () => {
    config = join(await handOver('login-registries', { registries: both }), 'docker')
    variables = { DOCKER_CONFIG: config, REGISTRY_AUTH_FILE: join(config, 'config.json') }
  })

  test.for(both)('crane pushes to %s', async (host, context) => {
    skipWithout(context, 'crane')
    const { code, stderr } = await cloud.run(
      toolPath('crane'),
      ['push', layout, `${host}/${repository}:crane`],
      variables,
    )
    expect([code, stderr.includes('error')], stderr).toEqual([0, false])
    expect(tagAt(host, 'crane')).toBe(digest)
  })

  test.for(both)('skopeo copies to %s', async (host, context) => {
    skipWithout(context, 'skopeo')
    const args = ['--insecure-policy', 'copy', `oci:${layout}:v1`, `docker://${host}/${repository}:skopeo`]
    expect(await cloud.run(toolPath('skopeo'), args, variables)).toMatchObject({ code: 0 })
    expect(tagAt(host, 'skopeo')).toBe(digest)
  })

  test.for(both)('regctl copies to %s', async (host, context) => {
    skipWithout(context, 'regctl')
    const args = ['image', 'copy', `ocidir://${layout}:v1`, `${host}/${repository}:regctl`]
    expect(await cloud.run(toolPath('regctl'), args, variables)).toMatchObject({ code: 0 })
    expect(tagAt(host, 'regctl')).toBe(digest)
  })

  test.for(both)('oras copies to %s', async (host, context) => {
    skipWithout(context, 'oras')
    const args = ['cp', '--from-oci-layout', `${layout}:v1`, `${host}/${repository}:oras`]
    expect(await cloud.run(toolPath('oras'), args, variables)).toMatchObject({ code: 0 })
    expect(tagAt(host, 'oras')).toBe(digest)
  })

  test.for(both)('buildah pushes to %s what it has built', async (host, context) => {
    skipWithout(context, 'buildah')
    const storage = [
      '--root',
      join(cloud.folder, 'root'),
      '--runroot',
      join(cloud.folder, 'run'),
      '--storage-driver',
      'vfs',
    ]
    const name = `work-${both.indexOf(host)}`
    const policy = join(cloud.folder, 'policy.json')
    await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
    const buildah = async (...args: string[]) => {
      const { code, stderr } = await cloud.run(toolPath('buildah'), [...storage, ...args], variables)
      expect(code, stderr).toBe(0)
    }
    await buildah('from', '--name', name, 'scratch')
    await buildah('commit', '--signature-policy', policy, name, name)
    await buildah('push', '--signature-policy', policy, name, `docker://${host}/${repository}:buildah`)
    expect(tagAt(host, 'buildah')).toMatch(/^sha256:/)
  })

  test.for(both)(
    'crane pulls from %s with a login that can pull from one repository, and pushes nothing',
    async (host, context) => {
      skipWithout(context, 'crane')
      await cloud.run(toolPath('crane'), ['push', layout, `${host}/${repository}:there`], variables)
      const narrow = {
        DOCKER_CONFIG: join(
          await handOver('login-registries', { registries: [`${host}/${repository}`], access: 'pull' }),
          'docker',
        ),
      }
      expect(await cloud.run(toolPath('crane'), ['digest', `${host}/${repository}:there`], narrow)).toMatchObject({
        stdout: `${digest}\n`,
      })
      const pushed = await cloud.run(toolPath('crane'), ['push', layout, `${host}/${repository}:narrow`], narrow)
      expect(pushed).toMatchObject({ code: 1, stderr: expect.stringMatching(/UNAUTHORIZED|DENIED/) })
      expect(tagAt(host, 'narrow')).toBeUndefined()
      const other = await cloud.run(toolPath('crane'), ['digest', `${host}/other/app:v1`], narrow)
      expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/UNAUTHORIZED|DENIED/) })
    },
  )
})
