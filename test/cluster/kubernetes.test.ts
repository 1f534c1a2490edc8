import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ISSUER } from './address-plan.ts'
import { noCluster, ownCluster, skipWithoutCluster, up } from './own-cluster.ts'
import { makeNamespace, runPod, idlePod } from './pods.ts'

const cluster = ownCluster()
const { kubectl } = cluster
beforeAll(async () => {
  if (noCluster() === undefined) await up(cluster, '--tekton', 'none')
})
afterAll(async () => {
  await cluster.remove()
})
beforeEach(skipWithoutCluster)

/** Where every pod has the authority of the API server's certificate. */
const CA = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt'
const AUDIENCE = 'api://AzureADTokenExchange'

test('a pod under Pod Security restricted has a token that the keys of the API server verify', async () => {
  await makeNamespace(kubectl, 'tokens')
  const log = await runPod(kubectl, 'tokens', idlePod(['show', '/token/token'], tokenVolume, tokenMount))
  const discovery = await askAnonymously('/.well-known/openid-configuration')
  expect(discovery).toMatchObject({ issuer: ISSUER, jwks_uri: `${ISSUER}/openid/v1/jwks` })
  const keys = createLocalJWKSet((await askAnonymously('/openid/v1/jwks')) as JSONWebKeySet)
  const { payload } = await jwtVerify(log, keys, { issuer: ISSUER, audience: AUDIENCE })
  expect(payload.sub).toBe('system:serviceaccount:tokens:default')
  expect(payload['kubernetes.io']).toMatchObject({ namespace: 'tokens', pod: { name: 'idle' } })
})

test('a pod may be made as soon as up has ended', async () => {
  const fresh = ownCluster()
  try {
    await up(fresh, '--tekton', 'none')
    expect(await runPod(fresh.kubectl, 'default', idlePod(['show', '/etc/hostname']))).toBe('idle\n')
  } finally {
    await fresh.remove()
  }
})

test('Pod Security restricted refuses a pod that may become root', async () => {
  await makeNamespace(kubectl, 'refusals')
  const pod = idlePod([], {}, { securityContext: {} })
  const { status, stderr } = await kubectl.try(['create', '-n', 'refusals', '-f', '-'], JSON.stringify(pod))
  expect(status).toBe(1)
  expect(stderr).toContain('violates PodSecurity "restricted:latest"')
})

test('a claim gets a volume that the user of the steps may write', async () => {
  await makeNamespace(kubectl, 'volumes')
  await kubectl.run(['apply', '-n', 'volumes', '-f', '-'], JSON.stringify(claim))
  await runPod(kubectl, 'volumes', idlePod(['write', '/data/note', 'kept'], claimVolume, claimMount))
  await kubectl.run(['delete', 'pod', 'idle', '-n', 'volumes', '--now'])
  const log = await runPod(kubectl, 'volumes', idlePod(['show', '/data/note'], claimVolume, claimMount))
  expect(log).toBe('kept')
})

test('a Service is reached by its address, from a pod, under the name of the issuer', async () => {
  await makeNamespace(kubectl, 'services')
  const alias = { hostAliases: [{ ip: '10.96.0.1', hostnames: ['kubernetes.default.svc.cluster.local'] }] }
  const log = await runPod(kubectl, 'services', idlePod(['get', `${ISSUER}/openid/v1/jwks`, CA], alias))
  expect(JSON.parse(log)).toEqual(await askAnonymously('/openid/v1/jwks'))
})

test('up finds the cluster that is there and makes no other', async () => {
  const before = readFileSync(`${cluster.state}/cluster.json`, 'utf8')
  const { status, stdout } = await cluster.command('up', '--tekton', 'none')
  expect(status).toBe(0)
  expect(stdout).toContain(`export KUBECONFIG='${cluster.kubeconfig}'`)
  expect(readFileSync(`${cluster.state}/cluster.json`, 'utf8')).toBe(before)
})

test('status shows the node and says that the cluster can be used', async () => {
  const { status, stdout } = await cluster.command('status')
  expect(stdout).toMatch(/^node +Ready/m)
  expect(status).toBe(0)
})

const tokenVolume = {
  volumes: [
    {
      name: 'token',
      projected: { sources: [{ serviceAccountToken: { path: 'token', audience: AUDIENCE, expirationSeconds: 3600 } }] },
    },
  ],
}
const tokenMount = { volumeMounts: [{ name: 'token', mountPath: '/token', readOnly: true }] }

const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}
const claimVolume = {
  securityContext: { fsGroup: 65532 },
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
}
const claimMount = { volumeMounts: [{ name: 'data', mountPath: '/data' }] }

/** Asks the API server from this machine's own network, without any credential, and checks who answers. */
async function askAnonymously(path: string): Promise<unknown> {
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
  }
  const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster
  return await new Promise((resolve, reject) => {
    const asked = request(`${server}${path}`, { ca: Buffer.from(ca, 'base64') }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    asked.on('error', reject).end()
  })
}
