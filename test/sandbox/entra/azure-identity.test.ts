import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { createEntra } from './entra.ts'
import { createIssuers } from '../issuer.ts'
import type { MintTokenOptions } from '../mint-token.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { contoso, ids } from './contoso.ts'
import { verifyEntraToken } from './verify.ts'

let sandbox: Sandbox
let folder: string
beforeAll(async () => {
  sandbox = await startSandbox(contoso, { standIns: (world) => [createIssuers(world), createEntra(world)] })
  folder = await mkdtemp(join(tmpdir(), 'sandbox-entra-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await closeWithoutCrashes(sandbox)
})

const client = join(import.meta.dirname, 'azure-identity-client.ts')
const acrScope = 'https://containerregistry.azure.net/.default'

/** Runs the vendor's client with an environment made from nothing but what the sandbox needs. */
async function run(
  kind: string,
  options: { token?: Partial<MintTokenOptions>; environment?: Record<string, string> } = {},
): Promise<{ token?: string; error?: string }> {
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, sandbox.mintToken({ namespace: 'ci', serviceAccount: 'builder', ...options.token }))
  const env = {
    ...sandbox.environment(),
    NODE_EXTRA_CA_CERTS: await sandbox.caFile(folder),
    AZURE_TENANT_ID: ids.tenant,
    AZURE_CLIENT_ID: ids.builder,
    AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    ...options.environment,
  }
  const { stdout } = await promisify(execFile)(process.execPath, [client, kind, acrScope], { env })
  return JSON.parse(stdout)
}

test.each(['assertion', 'workload'])('@azure/identity gets a token with its defaults (%s)', async (kind) => {
  const { token, error } = await run(kind)
  expect(error).toBeUndefined()
  expect(verifyEntraToken(sandbox.world, token ?? '')).toMatchObject({
    aud: 'https://containerregistry.azure.net',
    oid: ids.builderPrincipal,
  })
})

test('@azure/identity is refused with AADSTS700213 for another subject, and gets no token', async () => {
  const { token, error } = await run('workload', { token: { serviceAccount: 'default' } })
  expect(token).toBeUndefined()
  expect(error).toContain('AADSTS700213')
  expect(error).toContain("'system:serviceaccount:ci:default'")
})

test('@azure/identity finds the authority of a sovereign cloud', async () => {
  const environment = {
    AZURE_TENANT_ID: ids.governmentTenant,
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us',
  }
  const { token, error } = await run('workload', { environment })
  expect(error).toBeUndefined()
  expect(verifyEntraToken(sandbox.world, token ?? '')).toMatchObject({ tid: ids.governmentTenant })
})

test('@azure/identity reaches nothing with an authority that the sandbox does not have', async () => {
  const { token } = await run('workload', { environment: { AZURE_AUTHORITY_HOST: 'https://login.evil.example' } })
  expect(token).toBeUndefined()
})
