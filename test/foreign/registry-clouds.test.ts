import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../sandbox/close-without-crashes.ts'
import { AUTHORIZATION_LEAK } from '../sandbox/registry/blob-hosts.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { runProgram } from './cloud.ts'
import type { Ended } from './cloud.ts'
import { writeDockerConfig } from './docker-config.ts'
import { acrWithConditions, byScopeMap, ecrPublic, everyCloud, openAcr, registries } from './every-cloud.ts'
import type { AnyRegistry } from './every-cloud.ts'
import { skipWithout, toolPath } from './tools.ts'

let sandbox: Sandbox
let folder: string
let layout: string
let way: Record<string, string>
beforeAll(async () => {
  sandbox = await startSandbox(everyCloud)
  folder = await mkdtemp(join(tmpdir(), 'registry-clouds-'))
  layout = join(folder, 'source')
  await writeSampleLayout(layout, { layers: [{ hello: 'hello\n' }], refName: 'one' })
  way = { PATH: '/usr/bin:/bin', HOME: folder, ...sandbox.environment(), SSL_CERT_FILE: await sandbox.caFile(folder) }
})
afterAll(async () => {
  const leaks = sandbox.journal.entries.filter(({ refused }) => refused === AUTHORIZATION_LEAK)
  await closeWithoutCrashes(sandbox)
  await rm(folder, { recursive: true, force: true })
  if (leaks.length > 0) throw new Error(`a client sent its registry credential to ${leaks[0]?.host}`)
})

const crane = (config: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(toolPath('crane'), args, { ...way, DOCKER_CONFIG: config })
const skopeo = (config: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(toolPath('skopeo'), ['--insecure-policy', ...args], {
    ...way,
    REGISTRY_AUTH_FILE: join(config, 'config.json'),
  })

/** Folder of a docker configuration with the registry's login. */
const loggedIn = async ({ host, login }: AnyRegistry): Promise<string> =>
  writeDockerConfig(folder, [[host, await login(sandbox, host)]])

describe('crane', () => {
  beforeEach((context) => skipWithout(context, 'crane'))

  test.each(registries)(
    '$what: pushes, lists the tag and validates every layer over the blob host',
    async (registry) => {
      const config = await loggedIn(registry)
      const repository = `${registry.host}/${registry.repository}`
      expect(await crane(config, 'push', layout, `${repository}:crane`)).toMatchObject({ code: 0 })
      const validated = await crane(config, 'validate', '--remote', `${repository}:crane`)
      expect(validated).toMatchObject({ stdout: `PASS: ${repository}:crane\n` })
      expect(await crane(config, 'ls', repository)).toMatchObject({ code: 0, stdout: 'crane\n' })
    },
  )

  test.each([ecrPublic, openAcr])('$what: pulls without any login, and cannot push so', async (registry) => {
    const repository = `${registry.host}/${registry.repository}`
    await crane(await loggedIn(registry), 'push', layout, `${repository}:open`)
    const nobody = await writeDockerConfig(folder, [])
    const validated = await crane(nobody, 'validate', '--remote', `${repository}:open`)
    expect(validated).toMatchObject({ stdout: `PASS: ${repository}:open\n` })
    expect((await crane(nobody, 'push', layout, `${repository}:nobody`)).code).toBe(1)
    const listed = await crane(nobody, 'ls', repository)
    expect(listed).toMatchObject({ code: 0, stdout: expect.not.stringContaining('nobody') })
  })

  test.each([
    ['outside the condition of its role', acrWithConditions],
    ['outside its scope map', { ...openAcr, login: byScopeMap }],
  ])('is refused %s', async (_where, registry) => {
    const pushed = await crane(await loggedIn(registry), 'push', layout, `${registry.host}/other/app:v1`)
    expect(pushed).toMatchObject({ code: 1, stderr: expect.stringContaining('401 Unauthorized') })
  })

  test('cannot list tags with a scope map that gives content only, though it pushed them', async () => {
    const registry = { ...openAcr, login: byScopeMap }
    const config = await loggedIn(registry)
    expect((await crane(config, 'push', layout, `${registry.host}/blind/app:v1`)).code).toBe(0)
    expect((await crane(config, 'ls', `${registry.host}/blind/app`)).code).toBe(1)
  })
})

describe('skopeo', () => {
  beforeEach((context) => skipWithout(context, 'skopeo'))

  test.each(registries)('$what: copies an image there and back', async (registry) => {
    const config = await loggedIn(registry)
    const image = `docker://${registry.host}/${registry.repository}:skopeo`
    expect(await skopeo(config, 'copy', `oci:${layout}:one`, image)).toMatchObject({ code: 0 })
    const back = join(folder, registry.what.replaceAll(' ', '-'))
    expect(await skopeo(config, 'copy', image, `oci:${back}:back`)).toMatchObject({ code: 0 })
  })
})
