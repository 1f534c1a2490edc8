import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { dockerConfig, ecr, imageIn, registries, wrongDockerConfig } from './registries.ts'
import { skipWithout, toolPath } from './tools.ts'
import { cloudOfTwoRoles } from './two-roles.ts'

let cloud: ForeignCloud
let chart: string
let report: string
beforeAll(async () => {
  cloud = await startForeignCloud(cloudOfTwoRoles())
  chart = join(cloud.folder, 'chart.txt')
  report = join(cloud.folder, 'report.txt')
  await Promise.all([writeFile(chart, 'the artifact\n'), writeFile(report, 'what was found in it\n')])
})
beforeEach((context) => skipWithout(context, 'oras'))
afterAll(async () => {
  await cloud.close()
})

const oras = async (config: string, ...args: readonly string[]): Promise<Ended> =>
  cloud.run(toolPath('oras'), args, { DOCKER_CONFIG: config })

const CHART = 'application/vnd.example.chart'
const REPORT = 'application/vnd.example.report'
/** The files of these tests have absolute paths, which oras takes only when told to. */
const anywhere = '--disable-path-validation'

describe.each(registries)('oras with $name', (registry) => {
  test('pushes an artifact, attaches another to it, discovers that by its subject, and pulls it', async () => {
    const config = await dockerConfig(cloud, registry)
    const artifact = imageIn(registry, 'oras')
    expect(await oras(config, 'push', anywhere, '--artifact-type', CHART, artifact, chart)).toMatchObject({ code: 0 })
    const attached = await oras(config, 'attach', anywhere, '--artifact-type', REPORT, artifact, report)
    expect(attached).toMatchObject({ code: 0 })
    const found = await oras(config, 'discover', '--format', 'json', artifact)
    const { referrers } = JSON.parse(found.stdout)
    expect(referrers).toEqual([expect.objectContaining({ artifactType: REPORT })])
    const folder = join(cloud.folder, `pulled-${registry.name}`)
    const pulled = await oras(config, 'pull', '-o', folder, referrers[0].reference)
    expect(pulled).toMatchObject({ code: 0 })
    expect(await readFile(join(folder, 'report.txt'), 'utf8')).toBe('what was found in it\n')
  })

  test('keeps no tag in the place of the referrers that the registry lists itself', async () => {
    const tags = repositoryState(cloud.sandbox.world, registry.host, example.repository).tags()
    expect(tags.filter((tag) => tag.startsWith('sha256-'))).toEqual([])
  })

  test('is refused with a wrong password, and leaves nothing', async () => {
    const config = await wrongDockerConfig(cloud, registry)
    const pushed = await oras(config, 'push', anywhere, imageIn(registry, 'wrong'), chart)
    expect(pushed).toMatchObject({ code: 1, stderr: expect.stringMatching(/unauthorized|401/i) })
    const state = repositoryState(cloud.sandbox.world, registry.host, example.repository)
    expect([state.tags().includes('wrong'), state.openUploads()]).toEqual([false, 0])
  })
})

test('oras is refused the referrers by ECR with a role that may only push and pull', async () => {
  await using plain = await startForeignCloud()
  const config = await dockerConfig(plain, ecr)
  const run = async (...args: readonly string[]) => plain.run(toolPath('oras'), args, { DOCKER_CONFIG: config })
  const artifact = imageIn(ecr, 'oras')
  expect(await run('push', anywhere, artifact, chart)).toMatchObject({ code: 0 })
  expect(await run('discover', artifact)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not authorized to perform: ecr:ListImageReferrers'),
  })
})
