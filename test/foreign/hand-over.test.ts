import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  clusterHosts,
  clusterRoleArn,
  otherAccountId,
  otherRoleArn,
  stsAudience,
  wideCloud,
} from '../hand-over/clouds.ts'
import { memory, runOnce, type Params, type Variation } from '../hand-over/front-door.ts'
import { verifyEntraToken } from '../sandbox/entra/verify.ts'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startForeignCloud, type ForeignCloud } from './cloud.ts'
import { azureIdentity, textOf } from './node-clients.ts'
import { skipWithout, toolPath } from './tools.ts'

// Each StepAction writes its files, and clients that nobody here wrote are given these and nothing else.
const { acrHost, ecrHost, region, repository } = example

let cloud: ForeignCloud
let scratch: string
let layout: string
let digest: string
beforeAll(async () => {
  cloud = await startForeignCloud(wideCloud())
  scratch = await mkdtemp(join(memory, 'tekton-entra-foreign-'))
  layout = join(cloud.folder, 'source')
  digest = await writeSampleLayout(layout, { layers: [{ hello: 'hello\n' }], refName: 'v1' })
})
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true })
  await cloud.close()
})

/** Runs a StepAction and gives its hand-over volume. */
async function handOver(stepAction: string, params: Params, variation: Variation = {}): Promise<string> {
  const volume = await mkdtemp(join(scratch, 'volume-'))
  const { step } = await runOnce(cloud.sandbox, volume, { stepAction, params, variation })
  expect(step.status, step.stderr).toBe(0)
  return volume
}

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

describe('write-aws-profile', () => {
  const variablesOf = (volume: string) => ({
    AWS_CONFIG_FILE: join(volume, 'aws/config'),
    AWS_SHARED_CREDENTIALS_FILE: join(volume, 'aws/credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  })
  const profiles = [`default ${region}`, `other=${otherRoleArn} eu-west-1`]
  const expected = [
    ['default', example.accountId, 'ci-push', region],
    ['other', otherAccountId, 'deploy', 'eu-west-1'],
  ] as const

  test('the AWS CLI acts in each account by its profile, and gets a registry password there', async (context) => {
    skipWithout(context, 'aws')
    const variables = variablesOf(await handOver('write-aws-profile', { profiles }))
    for (const [profile, account, role, where] of expected) {
      const said = await cloud.run(
        toolPath('aws'),
        ['sts', 'get-caller-identity', '--output', 'json', '--profile', profile],
        variables,
      )
      expect(JSON.parse(said.stdout)).toMatchObject({
        Account: account,
        Arn: expect.stringContaining(`assumed-role/${role}/`),
      })
      const password = await cloud.run(toolPath('aws'), ['ecr', 'get-login-password', '--profile', profile], variables)
      expect(cloud.sandbox.world.ecrPasswords.get(password.stdout.trimEnd())).toMatchObject({
        accountId: account,
        ecrRegion: where,
      })
    }
  })

  test('boto3 does', async (context) => {
    skipWithout(context, 'python')
    const variables = variablesOf(await handOver('write-aws-profile', { profiles }))
    for (const [profile, account, role, where] of expected) {
      const program = join(import.meta.dirname, 'programs/boto3_profile.py')
      expect(await cloud.ask(toolPath('python'), [program, profile], variables)).toEqual({
        arn: expect.stringMatching(new RegExp(`^arn:aws:sts::${account}:assumed-role/${role}/`)),
        region: where,
      })
    }
  })

  test('the AWS CLI refreshes a profile by itself from the token’s file', async (context) => {
    skipWithout(context, 'aws')
    const token = join(scratch, 'cluster-token')
    const { namespace, serviceAccount } = example
    await writeFile(token, cloud.sandbox.mintToken({ namespace, serviceAccount, audience: stsAudience }), {
      mode: 0o600,
    })
    const params = {
      credentials: 'web-identity',
      'token-audience': stsAudience,
      'web-identity-token-file': token,
      profiles: [`deploy=${clusterRoleArn} ${region}`],
    }
    const variables = variablesOf(await handOver('write-aws-profile', params))
    const said = await cloud.run(
      toolPath('aws'),
      ['sts', 'get-caller-identity', '--output', 'json', '--profile', 'deploy'],
      variables,
    )
    expect(JSON.parse(said.stdout), said.stderr).toMatchObject({
      Arn: expect.stringContaining('assumed-role/from-cluster/ci.build-web-x7k2p'),
    })
  })
})

describe('write-azure-environment', () => {
  const armScope = 'https://management.azure.com/.default'

  async function variablesOf(): Promise<Record<string, string>> {
    const { AZURE_FEDERATED_TOKEN_FILE: file = '' } = await cloud.azure()
    const volume = await handOver('write-azure-environment', { 'federated-token-file': file })
    const lines = (await readFile(join(volume, 'azure/environment.env'), 'utf8')).trimEnd().split('\n')
    return Object.fromEntries(
      lines.map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
  }

  test('@azure/identity gets a token', async () => {
    const token = textOf(await azureIdentity(cloud, armScope, await variablesOf()), 'token')
    expect(verifyEntraToken(cloud.sandbox.world, token)).toMatchObject({ oid: example.principalId })
  })

  test('azure-identity for Python gets a token', async (context) => {
    skipWithout(context, 'python')
    const program = join(import.meta.dirname, 'programs/azure_identity_token.py')
    const token = textOf(await cloud.ask(toolPath('python'), [program, armScope], await variablesOf()), 'token')
    expect(verifyEntraToken(cloud.sandbox.world, token)).toMatchObject({ oid: example.principalId })
  })

  test('az logs in with what stands there, by the line of the README', async (context) => {
    skipWithout(context, 'az')
    const line =
      '"$0" login --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID" --federated-token "$(cat "$AZURE_FEDERATED_TOKEN_FILE")"'
    const readme = await readFile(join(import.meta.dirname, '../../steps/write-azure-environment/README.md'), 'utf8')
    expect(readme).toContain(line.replace('"$0"', 'az'))
    const quiet = { AZURE_CONFIG_DIR: await mkdtemp(join(scratch, 'az-')), AZURE_CORE_COLLECT_TELEMETRY: 'false' }
    const { stdout, stderr } = await cloud.run('/bin/sh', ['-c', line, toolPath('az')], {
      ...(await variablesOf()),
      ...quiet,
    })
    expect(JSON.parse(stdout), stderr).toMatchObject([{ id: example.subscriptionId, user: { name: example.clientId } }])
  })
})

describe('write-kubeconfig', () => {
  const eks = {
    'cluster-type': 'eks',
    'cluster-name': 'shop',
    'cluster-server': `https://${clusterHosts.eks}`,
    'aws-region': region,
  }
  const aks = { 'cluster-type': 'aks', 'cluster-name': 'shop', 'cluster-server': `https://${clusterHosts.aks}:443` }

  test.for<readonly [string, Params, string]>([
    ['an AKS cluster', aks, example.principalId],
    ['an EKS cluster', eks, `arn:aws:sts::${example.accountId}:assumed-role/ci-push/ci.build-web-x7k2p`],
  ])('kubectl is let in by %s', async ([, params, username], context) => {
    skipWithout(context, 'kubectl')
    const ca = Buffer.from(cloud.sandbox.caPem).toString('base64')
    const volume = await handOver('write-kubeconfig', { ...params, 'cluster-ca': ca })
    const { code, stdout, stderr } = await cloud.run(
      toolPath('kubectl'),
      ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
      {
        KUBECONFIG: join(volume, 'kube/config'),
      },
    )
    expect([code, stdout], stderr).toEqual([0, username])
  })

  test('what the AWS CLI makes for a cluster is let in by the same API server', async (context) => {
    skipWithout(context, 'aws', 'kubectl')
    const volume = await handOver('write-aws-profile', { profiles: [`default ${region}`] })
    const variables = {
      AWS_CONFIG_FILE: join(volume, 'aws/config'),
      AWS_SHARED_CREDENTIALS_FILE: join(volume, 'aws/credentials'),
    }
    const { stdout } = await cloud.run(
      toolPath('aws'),
      ['eks', 'get-token', '--cluster-name', 'shop', '--output', 'json'],
      variables,
    )
    const { status } = JSON.parse(stdout) as { status: { token: string } }
    const args = [
      'auth',
      'whoami',
      '--server',
      `https://${clusterHosts.eks}`,
      '--certificate-authority',
      join(cloud.folder, 'sandbox-ca.crt'),
      '--token',
      status.token,
    ]
    const said = await cloud.run(toolPath('kubectl'), [...args, '-o', 'jsonpath={.status.userInfo.username}'])
    expect([said.code, said.stdout], said.stderr).toEqual([0, expect.stringContaining('assumed-role/ci-push/')])
  })
})
