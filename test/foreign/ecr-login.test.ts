import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { awsScope, entraToken } from './node-clients.ts'
import { ecr, imageIn } from './registries.ts'
import { skipWithout, toolPath } from './tools.ts'
import { cloudOfTwoRoles, idleRoleArn } from './two-roles.ts'

const HELPER = 'docker-credential-ecr-login'

let cloud: ForeignCloud
let variables: Readonly<Record<string, string>>
beforeAll(async () => {
  cloud = await startForeignCloud(cloudOfTwoRoles())
  // Its cache would answer in the place of ECR.
  variables = { ...(await cloud.aws(await entraToken(cloud, awsScope))), AWS_ECR_DISABLE_CACHE: 'true' }
})
beforeEach((context) => skipWithout(context, HELPER))
afterAll(async () => {
  await cloud.close()
})

/** A helper reads the registry's host from standard input. */
const get = async (more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  cloud.run('/bin/sh', ['-c', 'echo "$1" | "$0" get', toolPath(HELPER), example.ecrHost], { ...variables, ...more })

test('docker-credential-ecr-login gives a login for the host of ECR, with a password that ECR knows', async () => {
  const { Username, Secret } = JSON.parse((await get()).stdout)
  expect([Username, cloud.sandbox.world.ecrPasswords.has(Secret)]).toEqual(['AWS', true])
})

test('docker-credential-ecr-login gives nothing to a role that may not log in, and logs what AWS said', async () => {
  const before = cloud.sandbox.world.ecrPasswords.size
  const { code, stdout } = await get({ AWS_ROLE_ARN: idleRoleArn })
  expect([code, stdout.trimEnd()]).toEqual([1, 'credentials not found in native keychain'])
  const log = await readFile(join(cloud.folder, 'home', '.ecr', 'log', 'ecr-login.log'), 'utf8')
  expect(log).toContain('AccessDeniedException')
  expect(log).toContain('is not authorized to perform: ecr:GetAuthorizationToken')
  expect(cloud.sandbox.world.ecrPasswords.size).toBe(before)
})

test('crane pushes to ECR with no login but that of the helper', async (context) => {
  skipWithout(context, 'crane')
  const DOCKER_CONFIG = await mkdtemp(join(cloud.folder, 'docker-'))
  await writeFile(join(DOCKER_CONFIG, 'config.json'), JSON.stringify({ credHelpers: { [ecr.host]: 'ecr-login' } }))
  const layout = join(cloud.folder, 'source')
  await writeSampleLayout(layout, { layers: [{ hello: 'hello\n' }] })
  const PATH = `${dirname(toolPath(HELPER))}:/usr/bin:/bin`
  const push = (more = {}) =>
    cloud.run(toolPath('crane'), ['push', layout, imageIn(ecr, 'helper')], {
      ...variables,
      PATH,
      DOCKER_CONFIG,
      ...more,
    })
  expect(await push({ AWS_ROLE_ARN: idleRoleArn })).toMatchObject({ code: 1, stdout: '' })
  expect(await push()).toMatchObject({ code: 0 })
})
