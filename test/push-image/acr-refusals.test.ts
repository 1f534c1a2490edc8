import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import type { AcrRegistry } from '../sandbox/registry/acr-config.ts'
import { registryState } from '../sandbox/registry/state.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { commands, expectEnd, only, told, toldProse } from './told.ts'

const otherTenant = '6f1c9f4e-0000-4000-8000-00000000beef'
const imageOn = (name: string): string => acrImage.replace(example.acrHost, `${name}.azurecr.io`)

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(withRegistries(...mistaken))
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test.each([
  ['no role', 'roleless', 'ACR granted nothing'],
  ['AcrPull alone', 'pullonly', 'ACR granted only pull'],
])('refuses to push with %s before any upload, and says what was granted', async (_what, name, granted) => {
  door.requests()
  const result = await door.push(imageOn(name))
  expectEnd(result, 'ACR_NO_PUSH_PERMISSION', 77)
  expect(toldProse(result.step.stderr, 'what')).toBe(
    `The identity ${example.principalId} may not push to ${example.repository} on ${name}.azurecr.io: ${granted}.`,
  )
  expect(only(door.requests(), /^acr \S+ \/v2/)).toEqual([])
  expect(registryState(door.sandbox.world, `${name}.azurecr.io`).repositories()).toEqual([])
})

test('the role assignment of the remedy lets the very same run push', async () => {
  const { step } = await door.push(imageOn('roleless'))
  const [command = ''] = commands(told(step.stderr, 'remedy').join('\n'))
  const [, role, principalId = '', registry = ''] =
    /^az role assignment create --role (\w+) --assignee-object-id (\S+) --assignee-principal-type ServicePrincipal --scope \$\(az acr show --name (\S+) --query id -o tsv\)$/.exec(
      command,
    ) ?? []
  expect(role).toBe('AcrPush')
  await using mended = await openFrontDoor(
    withRegistries({
      loginServer: registry,
      tenantId: example.tenantId,
      roleAssignments: [{ principalId, role: 'AcrPush' }],
    }),
  )
  expect((await mended.push(imageOn('roleless'))).succeeded).toBe(true)
})

test('refuses a registry of another tenant, with the words and the id of ACR', async () => {
  door.requests()
  const result = await door.push(imageOn('foreign'))
  expectEnd(result, 'ACR_EXCHANGE_REFUSED', 77)
  expect(told(result.step.stderr, 'sent')).toEqual([
    'token audience https://containerregistry.azure.net',
    `principal ${example.principalId}`,
  ])
  const { error } = result.record.data
  expect(error).toMatchObject({ service: 'foreign.azurecr.io', status: 401, upstreamCode: 'UNAUTHORIZED' })
  expect(toldProse(result.step.stderr, 'cause')).toContain(
    `UNAUTHORIZED (HTTP 401), correlation ${error?.ids?.['correlation']} authentication required`,
  )
  expect(only(door.requests(), /^(?!issuer )/).map((request) => request.split(' ').slice(0, 3).join(' '))).toEqual([
    expect.stringMatching(/^entra POST /),
    'acr POST /oauth2/exchange',
  ])
})

test('takes a firewall in front of the registry for a refusal, not for its word on the token', async () => {
  door.sandbox.faults.on({
    standIn: 'acr',
    fault: { kind: 'status', status: 403, contentType: 'text/html', body: '<h1>Forbidden</h1>' },
  })
  const result = await door.push(acrImage)
  expectEnd(result, 'ACR_EXCHANGE_REFUSED', 77)
  expect(toldProse(result.step.stderr, 'cause')).toBe('contoso.azurecr.io (HTTP 403) <h1>Forbidden</h1>')
})

test('renews a credential that the registry no longer takes once, then gives up, and tags nothing', async () => {
  door.sandbox.faults.on({ standIn: 'acr', path: '/v2/', fault: { kind: 'status', status: 401 } })
  door.requests()
  const result = await door.push(acrImage)
  expectEnd(result, 'REGISTRY_CREDENTIAL_REFUSED', 77)
  expect(only(door.requests(), /\/oauth2\/exchange 200/)).toHaveLength(2)
  expect(registryState(door.sandbox.world, example.acrHost).tags(example.repository)).toEqual([])
})

test.each([
  ['exchange', '/oauth2/exchange'],
  ['access token', '/oauth2/token'],
])('waits as long as ACR asks at the %s, and then pushes', async (_what, path) => {
  await using fresh = await openFrontDoor()
  fresh.sandbox.faults.on({ standIn: 'acr', path, times: 1, fault: { kind: 'status', status: 429, retryAfter: 1 } })
  const { step, succeeded } = await fresh.push(acrImage, { run: inAHurry() })
  expect(toldProse(step.stderr, 'retry')).toMatch(/^REGISTRY_THROTTLED .* again in 1\.0 s$/)
  expect(succeeded).toBe(true)
})

test('gives up as temporary when ACR asks to slow down at every attempt', async () => {
  door.sandbox.faults.on({ standIn: 'acr', path: '/oauth2/exchange', fault: { kind: 'status', status: 429 } })
  door.requests()
  const result = await door.push(acrImage, { run: inAHurry() })
  expectEnd(result, 'REGISTRY_THROTTLED', 75)
  expect(only(door.requests(), /\/oauth2\/exchange/)).toHaveLength(6)
})

const mistaken: AcrRegistry[] = [
  { loginServer: 'roleless.azurecr.io', tenantId: example.tenantId, roleAssignments: [] },
  {
    loginServer: 'pullonly.azurecr.io',
    tenantId: example.tenantId,
    roleAssignments: [{ principalId: example.principalId, role: 'AcrPull' }],
  },
  {
    loginServer: 'foreign.azurecr.io',
    tenantId: otherTenant,
    roleAssignments: [{ principalId: example.principalId, role: 'AcrPush' }],
  },
]

function withRegistries(...more: AcrRegistry[]): SandboxConfig {
  const cloud = exampleCloud()
  return {
    ...cloud,
    tenants: [...cloud.tenants, { id: otherTenant, apps: [] }],
    acrRegistries: [...cloud.acrRegistries, ...more],
  }
}
