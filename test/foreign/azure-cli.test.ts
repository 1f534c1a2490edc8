import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verifyEntraToken } from '../sandbox/entra/verify.ts'
import { example } from '../sandbox/example-cloud.ts'
import type { MintTokenOptions } from '../sandbox/mint-token.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { writeDockerConfig } from './docker-config.ts'
import { acr, imageIn } from './registries.ts'
import { skipWithout, toolPath } from './tools.ts'

let cloud: ForeignCloud
beforeAll(async () => {
  cloud = await startForeignCloud()
})
beforeEach((context) => skipWithout(context, 'az'))
afterAll(async () => {
  await cloud.close()
})

type Az = (...args: readonly string[]) => Promise<Ended>

/** The CLI with a configuration of its own, so that nobody is logged in. */
const newAz = async (): Promise<Az> => {
  const AZURE_CONFIG_DIR = await mkdtemp(join(cloud.folder, 'az-'))
  const quiet = {
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
    AZURE_CORE_SURVEY_MESSAGE: 'false',
    AZURE_CORE_NO_COLOR: 'true',
  }
  return (...args) => cloud.run(toolPath('az'), args, { AZURE_CONFIG_DIR, ...quiet })
}

const login = async (az: Az, pod: Partial<MintTokenOptions> = {}): Promise<Ended> => {
  const file = (await cloud.azure(pod))['AZURE_FEDERATED_TOKEN_FILE'] ?? ''
  const options = { '-u': example.clientId, '-t': example.tenantId, '--federated-token': await readFile(file, 'utf8') }
  return az('login', '--service-principal', ...Object.entries(options).flat())
}

describe('az', () => {
  test('logs in with the token of a pod, shows its subscription, and hands out tokens', async () => {
    const az = await newAz()
    const { stdout } = await login(az)
    expect(JSON.parse(stdout)).toMatchObject([
      { id: example.subscriptionId, tenantId: example.tenantId, user: { name: example.clientId } },
    ])
    const asked = await az('account', 'get-access-token', '--resource', example.awsTokenResource)
    const { accessToken, tenant } = JSON.parse(asked.stdout)
    expect(tenant).toBe(example.tenantId)
    expect(verifyEntraToken(cloud.sandbox.world, accessToken)).toMatchObject({
      aud: example.awsAppId,
      sub: example.principalId,
    })
  })

  test('gets a login for the registry, and is refused one that it may not see', async () => {
    const az = await newAz()
    await login(az)
    const exposed = await az('acr', 'login', '-n', 'contoso', '--expose-token')
    expect(JSON.parse(exposed.stdout)).toMatchObject({
      loginServer: example.acrHost,
      username: '00000000-0000-0000-0000-000000000000',
      refreshToken: expect.any(String),
    })
    expect(await az('acr', 'login', '-n', 'fabrikam', '--expose-token')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`could not be found in subscription 'Contoso CI (${example.subscriptionId})'`),
    })
  })

  test('gets a login that crane pushes with', async (context) => {
    skipWithout(context, 'crane')
    const az = await newAz()
    await login(az)
    const { stdout } = await az('acr', 'login', '-n', 'contoso', '--expose-token')
    const { username, refreshToken } = JSON.parse(stdout)
    const DOCKER_CONFIG = await writeDockerConfig(cloud.folder, [[example.acrHost, `${username}:${refreshToken}`]])
    const layout = join(cloud.folder, 'source')
    await writeSampleLayout(layout, { layers: [{ hello: 'hello\n' }] })
    const push = ['push', layout, imageIn(acr, 'by-az')]
    expect(await cloud.run(toolPath('crane'), push, { DOCKER_CONFIG })).toMatchObject({ code: 0 })
  })

  test("is refused with another service account in Entra's words, and is not logged in", async () => {
    const az = await newAz()
    const { code, stdout, stderr } = await login(az, { serviceAccount: 'default' })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('AADSTS700213')
    expect(stderr).toContain("subject 'system:serviceaccount:ci:default'")
    expect(await az('account', 'show')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Please run 'az login'"),
    })
  })
})
