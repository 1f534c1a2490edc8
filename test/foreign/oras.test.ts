import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { dockerConfig, ecr, imageIn, registries, wrongDockerConfig } from './registries.ts'
import type { ForeignRegistry } from './registries.ts'
import { skipWithout, toolPath } from './tools.ts'
import { cloudOfTwoRoles } from './two-roles.ts'

let cloud: ForeignCloud
beforeAll(async () => {
  cloud = await startForeignCloud(cloudOfTwoRoles())
  await writeFile(join(cloud.folder, 'chart.txt'), 'the artifact\n')
  await writeFile(join(cloud.folder, 'report.txt'), 'what was found in it\n')
})
beforeEach((context) => skipWithout(context, 'oras'))
afterAll(async () => {
  await cloud.close()
})

/** Runs oras in the folder of the files: their names go into the artifact as they are given, and are to be relative there. */
const orasIn = async (where: ForeignCloud, config: string, args: readonly string[]): Promise<Ended> =>
  where.run('/bin/sh', ['-c', 'cd "$0" && exec "$@"', cloud.folder, toolPath('oras'), ...args], {
    DOCKER_CONFIG: config,
  })

const oras = async (config: string, ...args: readonly string[]): Promise<Ended> => orasIn(cloud, config, args)

const tagsOf = ({ host }: ForeignRegistry): readonly string[] =>
  repositoryState(cloud.sandbox.world, host, example.repository).tags()

const CHART = 'application/vnd.example.chart'
const REPORT = 'application/vnd.example.report'

describe.each(registries)('oras with $name', (registry) => {
  test('pushes an artifact, attaches another to it, discovers that by its subject, and pulls it', async () => {
    const config = await dockerConfig(cloud, registry)
    const artifact = imageIn(registry, 'oras')
    expect(await oras(config, 'push', '--artifact-type', CHART, artifact, 'chart.txt')).toMatchObject({ code: 0 })
    const attached = await oras(config, 'attach', '--artifact-type', REPORT, artifact, 'report.txt')
    expect(attached).toMatchObject({ code: 0 })
    const found = await oras(config, 'discover', '--format', 'json', artifact)
    const { referrers } = JSON.parse(found.stdout)
    expect(referrers).toEqual([expect.objectContaining({ artifactType: REPORT })])
    const folder = join(cloud.folder, `pulled-${registry.name}`)
    const pulled = await oras(config, 'pull', '-o', folder, referrers[0].reference)
    expect(pulled).toMatchObject({ code: 0 })
    expect(await readFile(join(folder, 'report.txt'), 'utf8')).toBe('what was found in it\n')
    // Where a registry lists no referrers itself, oras tags such a list.
    expect(tagsOf(registry).filter((tag) => tag.startsWith('sha256-'))).toEqual([])
  })

  test('is refused with a wrong password, and leaves nothing', async () => {
    const config = await wrongDockerConfig(cloud, registry)
    const pushed = await oras(config, 'push', imageIn(registry, 'wrong'), 'chart.txt')
    expect(pushed).toMatchObject({ code: 1, stderr: expect.stringMatching(/unauthorized|401/i) })
    const state = repositoryState(cloud.sandbox.world, registry.host, example.repository)
    expect([state.tags().includes('wrong'), state.openUploads()]).toEqual([false, 0])
  })
})

test('oras is refused the referrers by ECR with a role that may only push and pull', async () => {
  await using plain = await startForeignCloud()
  const config = await dockerConfig(plain, ecr)
  const run = async (...args: readonly string[]) => orasIn(plain, config, args)
  const artifact = imageIn(ecr, 'oras')
  expect(await run('push', artifact, 'chart.txt')).toMatchObject({ code: 0 })
  expect(await run('discover', artifact)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not authorized to perform: ecr:ListImageReferrers'),
  })
})
