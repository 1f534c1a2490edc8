import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { mintAcrToken } from './acr-tokens.ts'
import { createAcrRegistry } from './acr-registry.ts'
import { AUTHORIZATION_LEAK, createBlobHosts } from './blob-hosts.ts'
import { createEcrRegistry } from './ecr-registry.ts'
import { writeOciLayout } from './oci-layout.ts'
import type { OciLayout } from './oci-layout.ts'
import { ACR_CONFIG, HOST as ACR, PULLER, PUSHER } from './sample-acr.ts'
import { ECR_ACCOUNTS, HOST as ECR, login } from './sample-ecr.ts'
import { findSkopeo, runSkopeo } from './skopeo.ts'
import { closeRegistries, repositoryState } from './state.ts'

const NULL_USER = '00000000-0000-0000-0000-000000000000'

let folder: string
let layout: OciLayout
let sandbox: Sandbox
let environment: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'real-names-'))
  layout = await writeOciLayout(join(folder, 'layout'))
  sandbox = await startSandbox(
    { issuers: [], accounts: ECR_ACCOUNTS, ...ACR_CONFIG },
    { standIns: (world) => [createAcrRegistry(world), createEcrRegistry(world), createBlobHosts(world)] },
  )
  environment = { ...sandbox.environment(), SSL_CERT_FILE: await sandbox.caFile(folder) }
})

afterAll(async () => {
  await sandbox.close()
  await closeRegistries(sandbox.world)
  await rm(folder, { recursive: true, force: true })
})

/** User and password for ACR: the null user with a refresh token, which skopeo exchanges by itself. */
const acrCredentials = (objectId: string): string => {
  const [registry] = ACR_CONFIG.acrRegistries
  const principal = { objectId, clientId: 'client' }
  return `${NULL_USER}:${mintAcrToken(sandbox.world, registry, { kind: 'refresh_token', principal })}`
}

/** User and password for ECR, as GetAuthorizationToken gives them. */
const ecrCredentials = (role: string): string => {
  const { Authorization } = login(sandbox.world, role)
  return Buffer.from(Authorization.slice('Basic '.length), 'base64').toString('utf8')
}

const push = (credentials: string, to: string) =>
  runSkopeo(['copy', '--all', '--dest-creds', credentials, `oci:${layout.folder}:multi`, `docker://${to}`], environment)

const pull = (credentials: string, from: string, to: string) =>
  runSkopeo(
    ['copy', '--all', '--src-creds', credentials, `docker://${from}`, `oci:${join(folder, to)}:pulled`],
    environment,
  )

const REGISTRIES = [
  ['acr', ACR, () => acrCredentials(PUSHER), () => acrCredentials(PULLER)],
  ['ecr', ECR, () => ecrCredentials('pusher'), () => ecrCredentials('puller')],
] as const

describe.skipIf(!findSkopeo())('skopeo through the proxy, under the real host names', () => {
  test.each(REGISTRIES)(
    '%s: pushes an index, pulls it over the blob host, and leaks no credential there',
    async (name, host, pusher, puller) => {
      expect(await push(pusher(), `${host}/team/app:v1`)).toMatchObject({ code: 0 })
      const state = repositoryState(sandbox.world, host, 'team/app')
      expect([state.manifest('v1')?.digest, state.openUploads()]).toEqual([layout.indexDigest, 0])
      expect(await pull(puller(), `${host}/team/app:v1`, name)).toMatchObject({ code: 0 })
      expect(await readFile(join(folder, name, 'index.json'), 'utf8')).toContain(layout.indexDigest)
      const journal = sandbox.journal.entries
      expect(journal.some(({ standIn, status }) => standIn === 'blob-hosts' && status === 200)).toBe(true)
      expect(journal.map(({ refused }) => refused)).not.toContain(AUTHORIZATION_LEAK)
      expect(sandbox.crashes).toEqual([])
    },
  )

  test.each(REGISTRIES)(
    '%s: a puller cannot push, and nothing is left behind',
    async (_name, host, _pusher, puller) => {
      const { code, output } = await push(puller(), `${host}/fixed:v2`)
      expect([code === 0, /denied|unauthorized|authentication required/i.test(output)]).toEqual([false, true])
      const state = repositoryState(sandbox.world, host, 'fixed')
      expect([state.tags(), state.openUploads()]).toEqual([[], 0])
    },
  )
})
