import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { subject } from '../push-image/identity-clouds.ts'
import { sinks } from '../push-image/sinks.ts'
import { faultsOf, only, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { recordsOf } from '../sandbox/sink/sink-state.ts'
import { clusterHosts, clusterRoleArn } from './clouds.ts'
import { expectRefused, openHandOverDoor, type HandOverDoor, type HandOverResult, type Params } from './front-door.ts'
import { aks, boundCloud, outboundCloud, whoami, withGuardedSink } from './identity-clouds.ts'

const calls: readonly (readonly [stepAction: string, params: Params])[] = [
  ['login-registries', { registries: [example.acrHost] }],
  ['write-kubeconfig', aks],
]
const faults = (result: HandOverResult): string[] => faultsOf(result)
const who = `Entra: ${example.clientId} of ${example.tenantId}, `

describe('by an AKS identity binding', () => {
  let door: HandOverDoor
  let folder: string
  beforeAll(async () => {
    door = await openHandOverDoor(boundCloud(subject))
    folder = await mkdtemp(join(tmpdir(), 'tekton-entra-bound-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
    await door[Symbol.asyncDispose]()
  })

  /** What the webhook of AKS gives a pod, in a run of a sandbox. */
  async function injected({ sandbox }: HandOverDoor) {
    const { namespace, serviceAccount } = example
    const file = join(folder, 'token')
    await writeFile(file, sandbox.mintToken({ namespace, serviceAccount, audience: 'api://AKSIdentityBinding' }))
    const { url = '', sniName = '', caPem = '' } = sandbox.aksTokenProxy ?? {}
    await writeFile(join(folder, 'ca.crt'), caPem)
    const extraEnv = {
      AZURE_FEDERATED_TOKEN_FILE: file,
      AZURE_KUBERNETES_TOKEN_PROXY: url,
      AZURE_KUBERNETES_SNI_NAME: sniName,
      AZURE_KUBERNETES_CA_FILE: join(folder, 'ca.crt'),
    }
    return { profile: { 'azure-identity': 'identity-binding' }, run: { extraEnv } }
  }

  test.each(calls)('%s works', async (name, params) => {
    const result = await door.run(name, params, await injected(door))
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(toldProse(result.step.stderr, 'identity')).toBe(`${who}by the AKS cluster's identity binding`)
    expect(result.record.data.identity).toMatchObject({ azureIdentity: 'identity-binding' })
  })

  test.each(calls)('%s is refused where nothing is bound to the account', async (name, params) => {
    await using own = await openHandOverDoor(boundCloud('system:serviceaccount:ci:other'))
    await expectRefused(await own.run(name, params, await injected(own)), 'AKS_BINDING_NOT_AUTHORIZED', { exit: 77 })
  })

  test('write-azure-environment does not take the binding’s token for one that tools could use', async () => {
    door.requests()
    const { run } = await injected(door)
    await expectRefused(await door.run('write-azure-environment', {}, { run }), 'TOKEN_OF_IDENTITY_BINDING', {
      exit: 64,
    })
    expect(only(door.requests(), /^entra POST/)).toEqual([])
  })
})

describe('by a token of AWS', () => {
  const profile = {
    'azure-identity': 'aws',
    'aws-identity': 'cluster',
    'aws-role-arn': clusterRoleArn,
    'aws-token-resource': undefined,
    'aws-region': example.region,
  }
  let door: HandOverDoor
  beforeAll(async () => {
    door = await openHandOverDoor(withGuardedSink(outboundCloud()))
  })
  afterAll(async () => await door[Symbol.asyncDispose]())

  test.each(calls)('%s works, and Entra sees no token of the cluster', async (name, params) => {
    const result = await door.run(name, params, { profile })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(toldProse(result.step.stderr, 'identity')).toBe(
      `${who}by a token that AWS gives for the role below AWS: ${clusterRoleArn} by the projected token for AWS, without Entra`,
    )
    const projected = result.record.data.tokens.filter(({ kind }) => kind === 'projected')
    expect(projected.map(({ audience }) => audience)).toEqual(['sts.amazonaws.com'])
  })

  test('a login to both clouds is one identity in each', async () => {
    const { acrHost, ecrHost } = example
    const result = await door.run('login-registries', { registries: [acrHost, ecrHost] }, { profile })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(result.record.data.identity).toMatchObject({ azureIdentity: 'aws', awsIdentity: 'cluster' })
  })

  test('AKS takes the token as the identity’s', async () => {
    const result = await door.run('write-kubeconfig', aks, { profile })
    const token = await readFile(join(result.volume, 'kube/shop.token'), 'utf8')
    expect(await whoami(door.sandbox, clusterHosts.aks, token)).toEqual({ status: 201, username: example.principalId })
  })

  test.each(calls)(
    '%s is refused where each would need the other first, or in another account, and nothing is sent',
    async (name, params) => {
      door.requests()
      const circle = await door.run(name, params, { profile: { ...profile, 'aws-identity': 'entra' } })
      await expectRefused(circle, 'INPUT_INVALID', { exit: 64 })
      expect(faults(circle)[0]).toMatch(/^aws-identity: got "entra", expected cluster, with azure-identity: aws/)
      const elsewhere = { ...profile, 'allowed-accounts': '999999999999' }
      await expectRefused(await door.run(name, params, { profile: elsewhere }), 'AWS_ACCOUNT_NOT_ALLOWED', { exit: 77 })
      expect(door.requests()).toEqual([])
    },
  )

  test.each(['identity-binding', 'aws'])(
    'write-azure-environment refuses %s, says why, and asks nobody: no tool could do it',
    async (kind) => {
      door.requests()
      const result = await door.run('write-azure-environment', {}, { profile: { ...profile, 'azure-identity': kind } })
      await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
      expect(faults(result)).toEqual([
        expect.stringMatching(
          /^azure-identity \(profile entra-identity\): got ".*", expected cluster: what tools read/,
        ),
      ])
      expect(door.requests()).toEqual([])
    },
  )

  test('write-azure-environment’s refusal reaches a sink that asks for a token, by the identity that it cannot hand over', async () => {
    const sink = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource }
    const result = await door.run('write-azure-environment', {}, { profile: { ...profile, ...sink } })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    const kept = recordsOf(door.sandbox.world).filter(({ attributes }) => attributes['id'] === result.record.id)
    expect(kept).toHaveLength(1)
  })
})
