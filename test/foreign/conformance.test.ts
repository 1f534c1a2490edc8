import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../sandbox/close-without-crashes.ts'
import { mintAcrToken } from '../sandbox/registry/acr-tokens.ts'
import { AUTHORIZATION_LEAK } from '../sandbox/registry/blob-hosts.ts'
import { serveDistribution } from '../sandbox/registry/distribution.ts'
import { STANDARD_FLAVOR } from '../sandbox/registry/flavor.ts'
import { serveLoopback } from '../sandbox/registry/loopback.ts'
import { LOGIN_SERVER, oneRegistry, PUSHER } from '../sandbox/registry/sample-acr-front.ts'
import { ECR_ACCOUNTS, HOST as ECR_HOST, login } from '../sandbox/registry/sample-ecr.ts'
import { createSampleWorld } from '../sandbox/registry/sample-world.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { ACR, CORE, ECR } from './conformance-differences.ts'
import { compareCases, runConformance } from './conformance.ts'
import { skipWithout } from './tools.ts'

const NULL_USER = '00000000-0000-0000-0000-000000000000'
const REPOSITORIES = ['conformance/repo1', 'conformance/repo2'] as const
const clouds = {
  issuers: [],
  ...oneRegistry({ roleAssignments: [{ principalId: PUSHER, role: 'Owner' }] }),
  accounts: [
    {
      ...ECR_ACCOUNTS[0],
      repositories: REPOSITORIES.map((name) => ({ region: 'eu-west-1', name })),
      accountSettings: { BLOB_MOUNTING: 'ENABLED' },
    },
  ],
} as const

let sandbox: Sandbox
let folder: string
let way: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-clouds-'))
  sandbox = await startSandbox(clouds)
  way = { ...sandbox.environment(), SSL_CERT_FILE: await sandbox.caFile(folder), OCI_TLS: 'enabled' }
})
beforeEach((context) => skipWithout(context, 'conformance'))
afterAll(async () => {
  await closeWithoutCrashes(sandbox)
  await rm(folder, { recursive: true, force: true })
})

/** Off by default in the suite, and had by the core. */
const EVERYTHING = {
  OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
  OCI_API_MANIFESTS_TAG_PARAM: 'true',
  OCI_API_BLOBS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
}

const noLeaks = (): void =>
  expect(sandbox.journal.entries.map(({ refused }) => refused)).not.toContain(AUTHORIZATION_LEAK)

test('the plain registry passes all of it', async () => {
  await using world = createSampleWorld()
  await using server = await serveLoopback((request, response) =>
    serveDistribution(world, STANDARD_FLAVOR, { request, response, host: 'registry.example' }),
  )
  const cases = await runConformance({ ...EVERYTHING, OCI_TLS: 'disabled', OCI_REGISTRY: `127.0.0.1:${server.port}` })
  expect(cases.length).toBeGreaterThan(500)
  expect(compareCases(cases, CORE)).toEqual({ surprises: [], stale: [] })
})

test('ECR, through the proxy, differs only where ECR does', async () => {
  const { Authorization } = login(sandbox.world, 'pusher')
  const [user = '', password = ''] = Buffer.from(Authorization.slice('Basic '.length), 'base64').toString().split(':')
  const cases = await runConformance({ ...way, OCI_REGISTRY: ECR_HOST, OCI_USERNAME: user, OCI_PASSWORD: password })
  expect(compareCases(cases, ECR)).toEqual({ surprises: [], stale: [] })
  noLeaks()
})

test('ACR, through the proxy, differs only where ACR does', async () => {
  const [registry] = clouds.acrRegistries
  if (registry === undefined) throw new Error('one registry')
  const principal = { objectId: PUSHER, clientId: 'client' }
  const password = mintAcrToken(sandbox.world, registry, { kind: 'refresh_token', principal })
  const credentials = { OCI_USERNAME: NULL_USER, OCI_PASSWORD: password }
  const cancel = { OCI_API_BLOBS_UPLOAD_CANCEL: 'true' }
  const cases = await runConformance({ ...way, ...cancel, OCI_REGISTRY: LOGIN_SERVER, ...credentials })
  expect(compareCases(cases, ACR)).toEqual({ surprises: [], stale: [] })
  noLeaks()
})
