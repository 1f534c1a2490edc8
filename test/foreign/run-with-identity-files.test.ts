import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterHosts, secondAcrHost } from '../hand-over/clouds.ts'
import type { Variation } from '../run-with-identity/broker-door.ts'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { answerOf, openBrokeredClients, type BrokeredClients } from './brokered.ts'
import { skipWithout, toolPath } from './tools.ts'

// What the broker keeps in files is read by clients that nobody here wrote, as the command of the Task.
const { acrHost, ecrHost, repository, region } = example
const both = [acrHost, ecrHost]

let clients: BrokeredClients
let layout: string
let digest: string
beforeAll(async () => {
  clients = await openBrokeredClients()
  layout = join(clients.folder, 'source')
  digest = await writeSampleLayout(layout, { layers: [{ hello: 'hello\n' }], refName: 'v1' })
})
afterAll(async () => await clients[Symbol.asyncDispose]())

const tagAt = (host: string, tag: string) =>
  repositoryState(clients.door.sandbox.world, host, repository).manifest(tag)?.digest

describe('docker’s configuration', () => {
  const loggedIn: Variation = { params: { clouds: ['none'], registries: both, 'azure-resources': [] } }

  test.for(both)('crane pushes to %s', async (host, context) => {
    skipWithout(context, 'crane')
    const { code, stderr, entries, ended } = await clients.run(
      [toolPath('crane'), 'push', layout, `${host}/${repository}:crane`],
      loggedIn,
    )
    expect(code, stderr).toBe(0)
    expect(tagAt(host, 'crane')).toBe(digest)
    expect(entries.map(({ entry }) => entry)).toEqual([`logins to ${acrHost} ${ecrHost}`])
    expect(ended.results['hand-outs']).toBe('1')
  })

  test.for(both)('skopeo copies to %s', async (host, context) => {
    skipWithout(context, 'skopeo')
    const args = ['--insecure-policy', 'copy', `oci:${layout}:v1`, `docker://${host}/${repository}:skopeo`]
    const { code, stderr } = await clients.run([toolPath('skopeo'), ...args], loggedIn)
    expect(code, stderr).toBe(0)
    expect(tagAt(host, 'skopeo')).toBe(digest)
  })

  test('buildah pushes to both what it has built', async (context) => {
    skipWithout(context, 'buildah')
    const policy = join(clients.folder, 'policy.json')
    await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
    const stores = ['root', 'run'].map((name) => join(clients.folder, name))
    const buildah = `"$0" --root ${stores[0]} --runroot ${stores[1]} --storage-driver vfs`
    const pushes = both.map(
      (host) => `${buildah} push --signature-policy ${policy} work docker://${host}/${repository}:buildah`,
    )
    const script = [
      `${buildah} from --name work scratch`,
      `${buildah} commit --signature-policy ${policy} work work`,
      ...pushes,
    ]
    const { code, stderr } = await clients.run(['/bin/sh', '-ec', script.join('\n'), toolPath('buildah')], loggedIn)
    expect(code, stderr).toBe(0)
    for (const host of both) expect(tagAt(host, 'buildah')).toMatch(/^sha256:/)
  })

  test('a registry that was not named is closed, and nothing else is handed out', async (context) => {
    skipWithout(context, 'crane')
    const { code, stderr, ended } = await clients.run(
      [toolPath('crane'), 'push', layout, `${secondAcrHost}/${repository}:crane`],
      loggedIn,
    )
    expect(code, stderr).not.toBe(0)
    expect(stderr).toMatch(/UNAUTHORIZED|DENIED|authentication required/i)
    expect(ended.statusResults['hand-outs']).toBe('1')
  })
})

describe('a kubeconfig', () => {
  test.for<readonly [string, Record<string, string>, string]>([
    [
      'AKS',
      { 'cluster-type': 'aks', 'cluster-name': 'shop', 'cluster-server': `https://${clusterHosts.aks}:443` },
      example.principalId,
    ],
    [
      'EKS',
      {
        'cluster-type': 'eks',
        'cluster-name': 'shop',
        'cluster-server': `https://${clusterHosts.eks}`,
        'aws-region': region,
      },
      `arn:aws:sts::${example.accountId}:assumed-role/ci-push/ci.deploy-web-x7k2p`,
    ],
  ])('kubectl is let in by %s', async ([, cluster, username], context) => {
    skipWithout(context, 'kubectl')
    const ca = Buffer.from(clients.door.sandbox.caPem).toString('base64')
    const { code, stdout, stderr, entries } = await clients.run(
      [toolPath('kubectl'), 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'],
      { params: { clouds: ['none'], 'azure-resources': [], 'cluster-ca': ca, ...cluster } },
    )
    expect([code, stdout], stderr).toEqual([0, username])
    expect(entries.map(({ entry }) => entry)).toEqual(['token for the cluster shop'])
  })
})

describe('for as long as the command runs', () => {
  const seenFiles = (...args: readonly string[]) => [
    process.execPath,
    join(import.meta.dirname, 'programs/seen-files.ts'),
    ...args,
  ]
  const often = { clouds: ['none'], 'azure-resources': [], registries: [ecrHost], 'refresh-after': '1s' }

  test('it finds another login in the place of the first one, each handed out on the record', async () => {
    const seen = await clients.run(seenFiles('REGISTRY_AUTH_FILE', '', '3'), { params: often })
    const hashes = answerOf(seen)
    expect(new Set(Object.values(hashes)).size).toBe(3)
    expect(Object.values(hashes)).not.toContain('gone')
    expect(seen.entries.length).toBeGreaterThanOrEqual(3)
    expect(Number(seen.ended.results['hand-outs'])).toBe(seen.entries.length)
  })

  test('access that is taken away in Entra takes the file away at the next refresh; the broker says why', async () => {
    await using others = await openBrokeredClients()
    const { world } = others.door.sandbox
    const apps = world.config.tenants.flatMap((tenant) => tenant.apps)
    const app = apps.find(({ clientId }) => clientId === example.clientId)
    const credentials = app?.federatedCredentials as unknown[] | undefined
    const running = others.run(seenFiles('REGISTRY_AUTH_FILE', '', '1000'), {
      params: often,
      // The command has seen the first login by then.
      run: { onStderr: (text) => void (/^[0-9a-f]{64}$/m.test(text) && credentials?.splice(0)) },
    })
    const { code, stdout, ended } = await running
    expect([code, (JSON.parse(stdout) as string[]).at(-1)]).toEqual([0, 'gone'])
    expect(ended.log.broker).toContain('ENTRA_NO_FEDERATED_CREDENTIAL')
    expect(ended.succeeded).toBe(true)
  })
})

describe('without them', () => {
  test('the command’s own configuration is not hidden', async () => {
    const script = 'echo "${DOCKER_CONFIG}|${REGISTRY_AUTH_FILE}|${KUBECONFIG}"'
    const { stdout } = await clients.run(['/bin/sh', '-c', script], { params: { clouds: ['aws'] } })
    expect(stdout).toBe('||\n')
  })

  test('a cluster in the profile alone makes no kubeconfig: a run has to ask for it', async () => {
    const profile = {
      'cluster-type': 'eks',
      'cluster-name': 'shop',
      'cluster-server': `https://${clusterHosts.eks}`,
    }
    const { stdout, entries } = await clients.run(['/bin/sh', '-c', 'echo "${KUBECONFIG}"'], {
      profile,
      params: { clouds: ['aws'] },
    })
    expect([stdout, entries]).toEqual(['\n', []])
  })
})
