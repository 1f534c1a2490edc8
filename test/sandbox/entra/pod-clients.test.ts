import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { verifyEntraToken } from './verify.ts'

const armScope = 'https://management.azure.com/.default'

let sandbox: Sandbox
let folder: string
beforeAll(async () => {
  sandbox = await startSandbox(fabrikamCloud())
  folder = await mkdtemp(join(tmpdir(), 'sandbox-pods-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await closeWithoutCrashes(sandbox)
})

async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ token?: string; error?: string }> {
  const file = join(import.meta.dirname, program)
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { env })
  return JSON.parse(stdout)
}

async function tokenFile(audience?: string): Promise<string> {
  const file = join(folder, 'token')
  const token = sandbox.mintToken({
    namespace: 'ci',
    serviceAccount: 'builder',
    ...(audience === undefined ? {} : { audience }),
  })
  await writeFile(file, token)
  return file
}

describe('@azure/identity with an app of many tenants', () => {
  const ask = async (tenant: string, ...allowed: readonly string[]) =>
    run('multi-tenant-client.ts', [armScope, tenant, ...allowed], {
      ...sandbox.environment(),
      NODE_EXTRA_CA_CERTS: await sandbox.caFile(folder),
      AZURE_TENANT_ID: fabrikam.tenant,
      AZURE_CLIENT_ID: fabrikam.shared,
      AZURE_FEDERATED_TOKEN_FILE: await tokenFile(),
    })

  test('gets a token of its service principal in the other tenant, on the trust of its own', async () => {
    const { token, error } = await ask(fabrikam.partner, fabrikam.partner)
    expect(error).toBeUndefined()
    expect(verifyEntraToken(sandbox.world, token ?? '')).toMatchObject({
      tid: fabrikam.partner,
      oid: fabrikam.sharedInPartner,
    })
  })

  test('gets none of a tenant that it was not allowed to ask, and Entra is not asked', async () => {
    const before = sandbox.journal.entries.length
    expect((await ask(fabrikam.partner)).token).toBeUndefined()
    expect(sandbox.journal.entries.slice(before)).toEqual([])
  })

  test('gets none of a tenant without its service principal: AADSTS700016', async () => {
    const { token, error } = await ask(fabrikam.locked, '*')
    expect(token).toBeUndefined()
    expect(error).toContain('AADSTS700016')
  })
})

describe('@azure/identity while Entra fails', () => {
  const ask = async () =>
    run('azure-identity-client.ts', ['workload', armScope], {
      ...sandbox.environment(),
      NODE_EXTRA_CA_CERTS: await sandbox.caFile(folder),
      AZURE_TENANT_ID: fabrikam.tenant,
      AZURE_CLIENT_ID: fabrikam.builder,
      AZURE_FEDERATED_TOKEN_FILE: await tokenFile(),
    })
  const tokenPath = /\/token$/

  test('tries again after 429 and 503, and gets its token', async () => {
    sandbox.faults.on({ path: tokenPath, times: 1, fault: { kind: 'entra-outage', code: 90055, retryAfter: 1 } })
    sandbox.faults.on({ path: tokenPath, from: 2, times: 1, fault: { kind: 'entra-outage', code: 90033 } })
    const { token, error } = await ask()
    sandbox.faults.clear()
    expect(error).toBeUndefined()
    expect(verifyEntraToken(sandbox.world, token ?? '')).toMatchObject({ oid: fabrikam.builderPrincipal })
  })

  test.each([
    { kind: 'proxy-page' },
    { kind: 'short-body', bytes: 30 },
    { kind: 'reset-after-bytes', bytes: 30 },
  ] as const)('has an error and no token when all it gets is a fault ($kind)', async (fault) => {
    const off = sandbox.faults.on({ path: tokenPath, fault })
    const { token, error } = await ask()
    off()
    expect(token).toBeUndefined()
    expect(error).toMatch(/Error/)
  })
})

describe('@azure/identity in a pod with an AKS identity binding', () => {
  const ask = async (environment: Record<string, string> = {}, audience = 'api://AKSIdentityBinding') => {
    const { url = '', sniName = '', caPem = '' } = sandbox.aksTokenProxy ?? {}
    return run('identity-binding-client.ts', [armScope], {
      AZURE_TENANT_ID: fabrikam.tenant,
      AZURE_CLIENT_ID: fabrikam.identity,
      AZURE_FEDERATED_TOKEN_FILE: await tokenFile(audience),
      AZURE_KUBERNETES_TOKEN_PROXY: url,
      AZURE_KUBERNETES_SNI_NAME: sniName,
      AZURE_KUBERNETES_CA_DATA: caPem,
      ...environment,
    })
  }

  test('gets a token of the identity from the token proxy, and asks nobody else', async () => {
    const before = sandbox.journal.entries.length
    const { token, error } = await ask()
    expect(error).toBeUndefined()
    expect(verifyEntraToken(sandbox.world, token ?? '')).toMatchObject({ oid: fabrikam.identityPrincipal })
    const asked = sandbox.journal.entries.slice(before).map(({ standIn }) => standIn)
    expect(new Set(asked)).toEqual(new Set(['aks-token-proxy', 'issuer']))
  })

  test('is refused with the audience of the public authority', async () => {
    expect((await ask({}, 'api://AzureADTokenExchange')).error).toContain('AADSTS700212')
  })

  test('trusts no other CA', async () => {
    const { token } = await ask({ AZURE_KUBERNETES_CA_DATA: sandbox.caPem })
    expect(token).toBeUndefined()
  })
})
