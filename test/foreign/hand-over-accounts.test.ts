import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterHosts, clusterRoleArn, otherAccountId, otherRoleArn, stsAudience } from '../hand-over/clouds.ts'
import type { Params } from '../hand-over/front-door.ts'
import { verifyEntraToken } from '../sandbox/entra/verify.ts'
import { example } from '../sandbox/example-cloud.ts'
import type { ForeignCloud } from './cloud.ts'
import { openHandedOver, type HandedOver } from './handed-over.ts'
import { azureIdentity, textOf } from './node-clients.ts'
import { skipWithout, toolPath } from './tools.ts'

// Clients that nobody here wrote are given what the StepActions have written, and nothing else.
const { region } = example

let handed: HandedOver
let cloud: ForeignCloud
let scratch: string
beforeAll(async () => {
  handed = await openHandedOver()
  cloud = handed.cloud
  scratch = handed.scratch
})
afterAll(async () => await handed[Symbol.asyncDispose]())

const handOver: HandedOver['handOver'] = async (stepAction, params) => await handed.handOver(stepAction, params)

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
      'aws-identity': 'cluster',
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
