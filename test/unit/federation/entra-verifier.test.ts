import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AzureCloudName } from '../../../steps/lib/azure/clouds.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { createEntraVerifier } from '../../../steps/lib/federation/entra-verifier.ts'
import { createHttpClient, type HttpClient } from '../../../steps/lib/http/client.ts'
import { trustCertificates } from '../../../steps/lib/http/trust.ts'
import type { EntraTokenRules } from '../../../steps/lib/token/entra-token-rules.ts'
import { closeWithoutCrashes } from '../../sandbox/close-without-crashes.ts'
import { askToken, contoso, ids, type TokenRequest } from '../../sandbox/entra/contoso.ts'
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import { codesOf } from '../token/entra-tenant.ts'

let sandbox: Sandbox
let http: HttpClient
beforeEach(async () => {
  sandbox = await startSandbox(contoso)
  trustCertificates(sandbox.caPem)
  http = createHttpClient({ userAgent: 'tekton-entra-test', proxy: { httpsProxy: sandbox.proxyUrl, noProxy: '' } })
})
afterEach(async () => {
  http.close()
  await closeWithoutCrashes(sandbox)
})

const guarded: Omit<EntraTokenRules, 'tenantId'> = {
  audiences: { v1: [], v2: [ids.guardedApi] },
  kind: 'app',
  clients: [ids.builder],
  roles: { all: ['Aws.Push'] },
}
const publicApi: Omit<EntraTokenRules, 'tenantId'> = { audiences: { v1: ['api://public'], v2: [] }, kind: 'app' }

async function tokenFor(scope: string, request: TokenRequest = {}): Promise<Secret> {
  const { body } = await askToken(sandbox, { ...request, form: { scope } })
  return new Secret(String(JSON.parse(body).access_token))
}

/** A verifier that goes by the clouds' clock. */
const verifierOf = (tenantId: string = ids.tenant, cloud: AzureCloudName = 'AzureCloud') =>
  createEntraVerifier({ cloud, tenantId, http, clock: sandbox.world.clock })

test('takes the v2 token that Entra gives for an API with roles, by the keys that Entra publishes', async () => {
  const verdict = await verifierOf().verify(await tokenFor('api://guarded/.default'), guarded)
  expect(verdict).toMatchObject({
    token: { version: 2, kind: 'app', clientId: ids.builder, objectId: ids.builderPrincipal, roles: ['Aws.Push'] },
  })
})

test('takes a v1 token, whose audience is the URI and whose issuer has another host', async () => {
  const verdict = await verifierOf().verify(await tokenFor('api://public/.default'), publicApi)
  expect(verdict).toMatchObject({ token: { version: 1, audience: 'api://public', roles: [] } })
})

test('refuses a token that Entra gave without any role, which every principal of the tenant can get', async () => {
  const rules = { ...publicApi, roles: { any: ['Aws.Push'] } }
  expect(codesOf(await verifierOf().verify(await tokenFor('api://public/.default'), rules))).toEqual(['roles'])
})

test('refuses a true token for another API, with the same client', async () => {
  const token = await tokenFor('https://management.azure.com/.default')
  const both = { ...guarded, audiences: { v1: ['api://public'], v2: [ids.guardedApi] } }
  expect(codesOf(await verifierOf().verify(token, both))).toEqual(['audience', 'roles'])
})

test("refuses Microsoft Graph's token before it looks for a key, also where its audience was let in by mistake", async () => {
  const token = await tokenFor('https://graph.microsoft.com/.default')
  const asked = sandbox.journal.entries.length
  const rules = { ...publicApi, audiences: { v1: ['https://graph.microsoft.com'], v2: [] } }
  expect(codesOf(await verifierOf().verify(token, rules))).toEqual(['microsoft-api'])
  expect(sandbox.journal.entries.slice(asked)).toEqual([])
})

test('of the US Government cloud its own issuer and keys are taken, and no other', async () => {
  const token = await tokenFor('https://management.usgovcloudapi.net/.default', {
    host: 'login.microsoftonline.us',
    tenant: ids.governmentTenant,
  })
  const rules = { ...publicApi, audiences: { v1: ['https://management.usgovcloudapi.net'], v2: [] } }
  const government = verifierOf(ids.governmentTenant, 'AzureUSGovernment')
  expect(codesOf(await government.verify(token, rules))).toEqual([])
  expect(sandbox.journal.entries.at(-1)).toMatchObject({ host: 'login.microsoftonline.us' })
  expect(codesOf(await verifierOf().verify(token, rules))).toEqual(['issuer'])
})

test('follows a rotation of the keys: old and new tokens while both are published, then the new alone', async () => {
  const verifier = verifierOf()
  const old = await tokenFor('api://guarded/.default')
  expect(codesOf(await verifier.verify(old, guarded))).toEqual([])
  sandbox.rotateKeys({ tenant: ids.tenant })
  sandbox.world.clock.advance(60_000)
  const young = await tokenFor('api://guarded/.default')
  expect(codesOf(await verifier.verify(young, guarded))).toEqual([])
  expect(codesOf(await verifier.verify(old, guarded))).toEqual([])
  sandbox.retireKeys({ tenant: ids.tenant })
  sandbox.world.clock.advance(30 * 60_000)
  expect(codesOf(await verifier.verify(young, guarded))).toEqual([])
  expect(codesOf(await verifierOf().verify(old, guarded))).toEqual(['key-unknown'])
})

test('keys that were looked up last through an outage of Entra; without any, it says what it could not reach', async () => {
  const verifier = verifierOf()
  const token = await tokenFor('api://guarded/.default')
  expect(codesOf(await verifier.verify(token, guarded))).toEqual([])
  sandbox.faults.on({ standIn: 'entra', path: /keys$/, fault: { kind: 'status', status: 503 } })
  expect(codesOf(await verifier.verify(token, guarded))).toEqual([])
  const verdict = await verifierOf().verify(token, guarded)
  const expected = `the keys of the tenant at https://login.microsoftonline.com/${ids.tenant}/discovery/v2.0/keys`
  expect(verdict).toMatchObject({ faults: [{ code: 'keys-unavailable', got: 'HTTP 503', expected }] })
})

test('an expired token is refused by the clock, however good its signature is', async () => {
  const token = await tokenFor('api://guarded/.default')
  sandbox.world.clock.advance(91 * 60_000)
  expect(codesOf(await verifierOf().verify(token, guarded))).toEqual(['expired'])
})
