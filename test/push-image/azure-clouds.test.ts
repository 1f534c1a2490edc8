import { expect, test } from 'vitest'
import type { EntraApp, SandboxConfig, Tenant } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { openFrontDoor } from './front-door.ts'
import { expectEnd, faultsOf } from './told.ts'

type Cloud = NonNullable<Tenant['cloud']>

/** The example's tenant and registry in another cloud, the registry under this login server. */
function cloudOf(cloud: Cloud, loginServer: string, audience: string): SandboxConfig {
  const config = exampleCloud()
  const tenants = config.tenants.map((tenant) => ({
    ...tenant,
    cloud,
    apps: tenant.apps.map((app) => withAudience(app, audience)),
  }))
  const acrRegistries = config.acrRegistries.map((registry) => ({ ...registry, loginServer }))
  return { ...config, tenants, acrRegistries, subscriptions: [] }
}

function withAudience(app: EntraApp, audience: string): EntraApp {
  const { federatedCredentials } = app
  if (federatedCredentials === undefined) return app
  return { ...app, federatedCredentials: federatedCredentials.map((one) => ({ ...one, audiences: [audience] })) }
}

test.each<[registry: string, cloud: Cloud, azureCloud: string, authority: string, audience: string]>([
  ['contoso.azurecr.us', 'us-government', 'AzureUSGovernment', 'login.microsoftonline.us', 'USGov'],
  ['contoso.azurecr.cn', 'china', 'AzureChinaCloud', 'login.partner.microsoftonline.cn', 'China'],
  ['contoso-a1b2c3d4e5.azurecr.io', 'public', 'AzureCloud', 'login.microsoftonline.com', ''],
])('pushes to %s, and asks no authority of another cloud', async (registry, cloud, azureCloud, authority, suffix) => {
  const audience = `api://AzureADTokenExchange${suffix}`
  await using door = await openFrontDoor(cloudOf(cloud, registry, audience))
  const image = `${registry}/${example.repository}:1.4.2`
  const { step, results } = await door.push(image, {
    profile: { 'azure-cloud': azureCloud },
    params: { 'token-audience': audience },
  })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ IMAGE_URL: image, IMAGE_DIGEST: door.digest })
  const repository = repositoryState(door.sandbox.world, registry, example.repository)
  expect(repository.manifest('1.4.2')?.digest).toBe(door.digest)
  const hosts = new Set(door.sandbox.journal.entries.map(({ host }) => host))
  expect([...hosts].filter((host) => host?.startsWith('login.'))).toEqual([authority])
})

test.each([
  ['contoso.azurecr.us', 'AzureCloud'],
  ['contoso.azurecr.io', 'AzureChinaCloud'],
])('refuses %s for an identity of %s, and asks nobody', async (registry, azureCloud) => {
  await using door = await openFrontDoor()
  const refused = await door.push(`${registry}/shop/web:1`, { profile: { 'azure-cloud': azureCloud } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringContaining(`image (host): got "${registry}"`)])
  expect(door.requests()).toEqual([])
})
