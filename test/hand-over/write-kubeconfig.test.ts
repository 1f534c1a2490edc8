import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { clusterHosts, otherAccountId, wideCloud } from './clouds.ts'
import { contentsOf, expectRefused, openHandOverDoor, type HandOverDoor, type HandOverResult } from './front-door.ts'
import { whoami } from './identity-clouds.ts'

const name = 'write-kubeconfig'
const { region } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(wideCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

const aks = { 'cluster-type': 'aks', 'cluster-name': 'shop', 'cluster-server': `https://${clusterHosts.aks}:443` }
const eks = {
  'cluster-type': 'eks',
  'cluster-name': 'shop',
  'cluster-server': `https://${clusterHosts.eks}`,
  'aws-region': region,
}

/** What the API servers checked last. */
function lastChecks(): readonly string[] {
  return door.sandbox.journal.entries.findLast(({ standIn }) => standIn === 'kubernetes')?.checks ?? []
}

const tokenIn = async ({ volume }: HandOverResult, file = 'kube/shop.token') =>
  await readFile(join(volume, file), 'utf8')

test('AKS: writes a token beside a kubeconfig that names it, which the cluster takes, and says when it ends', async () => {
  const ca = Buffer.from(door.sandbox.caPem).toString('base64')
  const result = await door.run(name, { ...aks, 'cluster-ca': ca, namespace: 'shop' })
  expect(result.step.status, result.step.stderr).toBe(0)
  const contents = await contentsOf(result.volume)
  expect(Object.fromEntries(Object.entries(contents).map(([path, { mode }]) => [path, mode]))).toEqual({
    kube: '700',
    'kube/config': '600',
    'kube/shop.token': '600',
  })
  expect(JSON.parse(contents['kube/config']?.text ?? '')).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'shop', cluster: { server: `https://${clusterHosts.aks}:443`, 'certificate-authority-data': ca } },
    ],
    users: [{ name: 'shop', user: { tokenFile: 'shop.token' } }],
    contexts: [{ name: 'shop', context: { cluster: 'shop', user: 'shop', namespace: 'shop' } }],
    'current-context': 'shop',
  })
  const token = await tokenIn(result)
  expect(await whoami(door.sandbox, clusterHosts.aks, token)).toEqual({ status: 201, username: example.principalId })
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { exp: number }
  expect(Date.parse(result.results['EXPIRES_AT'] ?? '')).toBe(exp * 1000)
  expect(toldProse(result.step.stderr, 'written')).toMatch(/^shop in .*\/kube\/shop\.token: ends /)
})

test('AKS: a cluster that does not let the identity in refuses the same token', async () => {
  const result = await door.run(name, aks)
  expect(await whoami(door.sandbox, clusterHosts.otherAks, await tokenIn(result))).toMatchObject({ status: 401 })
  expect(lastChecks().join()).toContain('is not let in')
})

test('EKS: writes a presigned call for exactly this cluster, good for 15 minutes', async () => {
  const result = await door.run(name, eks)
  expect(result.step.status, result.step.stderr).toBe(0)
  const token = await tokenIn(result)
  const { status, username } = await whoami(door.sandbox, clusterHosts.eks, token)
  expect([status, username]).toEqual([201, `arn:aws:sts::${example.accountId}:assumed-role/ci-push/ci.build-web-x7k2p`])
  const left = (Date.parse(result.results['EXPIRES_AT'] ?? '') - Date.now()) / 60_000
  expect(left).toBeGreaterThan(14)
  expect(left).toBeLessThanOrEqual(15)
  expect(result.record.data.tokens.map(({ kind }) => kind)).toContain('kubernetes')
  // The other one calls STS with its own name, which is signed.
  expect(await whoami(door.sandbox, clusterHosts.otherEks, token)).toMatchObject({ status: 401 })
  expect(lastChecks().join()).toContain('STS says 403 SignatureDoesNotMatch')
})

test('adds a second cluster to the first, keeps what it did not write, and the current context', async () => {
  const volume = await door.volume()
  await mkdir(join(volume, 'kube'))
  const before = { 'current-context': 'kept', contexts: [{ name: 'kept' }], preferences: { colors: true } }
  await writeFile(join(volume, 'kube/config'), JSON.stringify(before))
  for (const params of [
    { ...aks, context: 'azure' },
    { ...eks, context: 'aws' },
    { ...aks, context: 'azure', namespace: 'b' },
  ]) {
    const { step } = await door.run(name, params, { volume })
    expect(step.status, step.stderr).toBe(0)
  }
  const config = JSON.parse(await readFile(join(volume, 'kube/config'), 'utf8')) as {
    contexts: { name: string; context?: object }[]
  }
  expect(config).toMatchObject({ 'current-context': 'kept', preferences: { colors: true } })
  expect(config.contexts.map((one) => one.name).toSorted()).toEqual(['aws', 'azure', 'kept'])
  expect(config.contexts.find((one) => one.name === 'azure')?.context).toMatchObject({ namespace: 'b' })
  expect(Object.keys(await contentsOf(volume)).toSorted()).toEqual([
    'kube',
    'kube/aws.token',
    'kube/azure.token',
    'kube/config',
  ])
})

test('takes the cluster from the identity profile', async () => {
  const result = await door.run(name, {}, { profile: { ...aks } })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(Object.keys(await contentsOf(result.volume))).toContain('kube/shop.token')
})

describe('what is refused', () => {
  test('all faults at once, and nobody is asked', async () => {
    door.requests()
    const params = {
      'cluster-type': 'eks',
      'cluster-server': 'http://shop',
      'cluster-name': 'a b',
      'cluster-ca': 'LS0t',
      context: '../x',
      namespace: 'A',
    }
    const result = await door.run(name, params, {
      profile: { 'aws-role-arn': undefined, 'aws-token-resource': undefined },
    })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    const faults = faultsOf(result)
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'cluster-name',
      'cluster-server',
      'context',
      'namespace',
      'cluster-ca',
      'aws-role-arn',
      'aws-token-resource',
      'aws-region',
    ])
    expect(door.requests()).toEqual([])
  })

  test('an account that is not allowed, before anything is sent', async () => {
    door.requests()
    await expectRefused(
      await door.run(name, eks, { profile: { 'allowed-accounts': otherAccountId } }),
      'AWS_ACCOUNT_NOT_ALLOWED',
      { exit: 77 },
    )
    expect(door.requests()).toEqual([])
  })

  test('a kubeconfig in other YAML, which is left as it is', async () => {
    const volume = await door.volume()
    await mkdir(join(volume, 'kube'))
    await writeFile(join(volume, 'kube/config'), 'apiVersion: v1\nkind: Config\n')
    const result = await door.run(name, { ...aks, 'dry-run': 'true' }, { volume })
    await expectRefused(result, 'HANDOVER_FILE_UNUSABLE', { exit: 64, left: ['kube', 'kube/config'] })
    expect(toldProse(result.step.stderr, 'what')).toContain('KUBECONFIG=a:b')
  })

  test('an identity that Entra does not trust', async () => {
    await expectRefused(await door.run(name, aks, { token: { serviceAccount: 'default' } }), 'ENTRA_SUBJECT_MISMATCH', {
      exit: 77,
    })
  })
})

test('a dry run makes the token and leaves nothing', async () => {
  const result = await door.run(name, { ...eks, 'dry-run': 'true' })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(await contentsOf(result.volume)).toEqual({})
  expect(told(result.step.stderr, 'plan')).toHaveLength(1)
})
