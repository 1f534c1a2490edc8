import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EntraApp, SandboxConfig } from '../sandbox/config.ts'
import type { IdentityBinding } from '../sandbox/config-azure.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor, type FrontDoorResult } from './front-door.ts'
import { subject } from './identity-clouds.ts'
import { expectEnd, expectNothingPushed, only, told, toldProse } from './told.ts'

const otherIdentity = '9a8b7c6d-1111-4222-8333-444455556666'
const binding: IdentityBinding = {
  issuer: example.issuer,
  tenantId: example.tenantId,
  clientId: example.clientId,
  subjects: [subject],
}

/** The builder is a managed identity that no federated credential lets in, only the binding of the cluster. */
function boundCloud(change: Partial<IdentityBinding> = {}, kind: EntraApp['kind'] = 'managed-identity'): SandboxConfig {
  const cloud = exampleCloud()
  const bound = (app: EntraApp): EntraApp =>
    app.clientId === example.clientId ? { ...app, kind, federatedCredentials: [] } : app
  const tenants = cloud.tenants.map((tenant) => ({ ...tenant, apps: tenant.apps.map(bound) }))
  return { ...cloud, tenants, identityBindings: [{ ...binding, ...change }] }
}

/** A managed identity beside the builder is bound, the builder is not. */
function otherBound(kind: EntraApp['kind']): SandboxConfig {
  const cloud = boundCloud({ clientId: otherIdentity }, kind)
  const other = { clientId: otherIdentity, displayName: 'other', kind: 'managed-identity' } as const
  return { ...cloud, tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: [...tenant.apps, other] })) }
}

let door: FrontDoor
let folder: string
beforeAll(async () => {
  door = await openFrontDoor(boundCloud())
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-binding-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await door[Symbol.asyncDispose]()
})

const profile = { 'azure-identity': 'identity-binding' }

type Injected = { readonly audience?: string; readonly variables?: Readonly<Record<string, string>> }

/** Pushes in a pod that the webhook of AKS has changed: its own token, and what it tells of the token proxy. */
async function pushBound(
  own: FrontDoor,
  image: string,
  { audience, variables }: Injected = {},
  more = {},
): Promise<FrontDoorResult> {
  const file = join(folder, 'token')
  const { namespace, serviceAccount } = example
  await writeFile(
    file,
    own.sandbox.mintToken({ namespace, serviceAccount, audience: audience ?? 'api://AKSIdentityBinding' }),
  )
  const { url = '', sniName = '', caPem = '' } = own.sandbox.aksTokenProxy ?? {}
  await writeFile(join(folder, 'ca.crt'), caPem)
  const extraEnv = {
    AZURE_FEDERATED_TOKEN_FILE: file,
    AZURE_KUBERNETES_TOKEN_PROXY: url,
    AZURE_KUBERNETES_SNI_NAME: sniName,
    AZURE_KUBERNETES_CA_FILE: join(folder, 'ca.crt'),
    ...variables,
  }
  return await own.push(image, { profile, ...more, run: { extraEnv } })
}

test.each([
  ['ACR', acrImage],
  ['ECR', ecrImage],
])('pushes to %s by the cluster’s token proxy, and never asks Entra’s own authority', async (_, image) => {
  door.requests()
  const { step, results, record } = await pushBound(door, image)
  expect(step.status, step.stderr).toBe(0)
  expect(results['IMAGE_DIGEST']).toBe(door.digest)
  expect(record.data.identity).toMatchObject({ azureIdentity: 'identity-binding', objectId: example.principalId })
  expect(record.data.tokens[0]).toMatchObject({ kind: 'projected', audience: 'api://AKSIdentityBinding' })
  const asked = door.requests()
  expect(only(asked, /^aks-token-proxy/)).toHaveLength(1)
  expect(only(asked, /^entra POST/)).toEqual([])
  expect(toldProse(step.stderr, 'identity')).toContain("by the AKS cluster's identity binding")
})

test('takes the CA from the variable, too', async () => {
  const variables = { AZURE_KUBERNETES_CA_FILE: '', AZURE_KUBERNETES_CA_DATA: door.sandbox.aksTokenProxy?.caPem ?? '' }
  const { step } = await pushBound(door, acrImage, { variables })
  expect(step.status, step.stderr).toBe(0)
})

test('a dry run goes by the binding, and pushes nothing', async () => {
  await using own = await openFrontDoor(boundCloud())
  const { step } = await pushBound(own, acrImage, {}, { params: { 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expectNothingPushed(own)
})

test('in a pod that the webhook has not seen, says how it comes to see it, and asks nobody', async () => {
  door.requests()
  const refused = await door.push(acrImage, { profile })
  expectEnd(refused, 'AKS_BINDING_MISSING', 64)
  const remedy = told(refused.step.stderr, 'remedy').join('\n')
  expect(remedy).toContain('annotations: { azure.workload.identity/use-identity-binding: "true" }')
  expect(door.requests()).toEqual([])
})

test.each<[what: string, variables: Record<string, string>, variable: string, reason: string]>([
  [
    'no https',
    { AZURE_KUBERNETES_TOKEN_PROXY: 'http://proxy/x' },
    'AZURE_KUBERNETES_TOKEN_PROXY',
    'no plain https URL',
  ],
  [
    'a login',
    { AZURE_KUBERNETES_TOKEN_PROXY: 'https://me:secret@proxy/x' },
    'AZURE_KUBERNETES_TOKEN_PROXY',
    'no plain https URL',
  ],
  ['a query', { AZURE_KUBERNETES_TOKEN_PROXY: 'https://proxy/x?y=1' }, 'AZURE_KUBERNETES_TOKEN_PROXY', 'no plain'],
  ['two CAs', { AZURE_KUBERNETES_CA_DATA: 'x' }, 'AZURE_KUBERNETES_CA_DATA', 'AZURE_KUBERNETES_CA_FILE is set as well'],
  ['a CA that is not there', { AZURE_KUBERNETES_CA_FILE: '/nowhere/ca' }, 'AZURE_KUBERNETES_CA_FILE', 'ENOENT'],
  ['no CA', { AZURE_KUBERNETES_CA_FILE: '' }, 'AZURE_KUBERNETES_CA_DATA', 'there is no certificate in it'],
])('refuses %s in what tells of the token proxy, and asks nobody', async (_, variables, variable, reason) => {
  door.requests()
  const refused = await pushBound(door, acrImage, { variables })
  expectEnd(refused, 'AKS_BINDING_INVALID', 64)
  expect(toldProse(refused.step.stderr, 'what')).toContain(`The variable ${variable}`)
  expect(toldProse(refused.step.stderr, 'what')).toContain(reason)
  expect(refused.step.stderr).not.toContain('secret@')
  expect(door.requests()).toEqual([])
})

test('trusts no other CA than the cluster’s for the token proxy, and sends it no token', async () => {
  await writeFile(join(folder, 'other.crt'), door.sandbox.caPem)
  door.requests()
  const refused = await pushBound(door, acrImage, {
    variables: { AZURE_KUBERNETES_CA_FILE: join(folder, 'other.crt') },
  })
  expectEnd(refused, 'AKS_BINDING_INVALID', 64)
  expect(toldProse(refused.step.stderr, 'what')).toContain('a certificate of another CA')
  expect(door.requests()).toEqual([])
})

test('refuses a token for Entra itself before it is sent to the token proxy', async () => {
  door.requests()
  const refused = await pushBound(door, acrImage, { audience: 'api://AzureADTokenExchange' })
  expectEnd(refused, 'AKS_BINDING_AUDIENCE_MISMATCH', 64)
  expect(door.requests()).toEqual([])
})

test('never sends a token for identity bindings to Entra’s own authority: says how the choice is made', async () => {
  door.requests()
  const refused = await pushBound(door, acrImage, {}, { profile: {} })
  expectEnd(refused, 'TOKEN_OF_IDENTITY_BINDING', 64)
  expect(told(refused.step.stderr, 'sent')).toEqual([
    'token audience api://AKSIdentityBinding',
    'expected audience api://AzureADTokenExchange',
  ])
  expect(door.requests()).toEqual([])
})

test.each([
  ['another service account of the cluster', boundCloud({ subjects: ['system:serviceaccount:ci:other'] })],
  ['another identity', otherBound('managed-identity')],
  ['another one, and the client is an app registration', otherBound('application')],
])('says how the binding is made when it is for %s, and pushes nothing', async (_, cloud) => {
  await using own = await openFrontDoor(cloud)
  const refused = await pushBound(own, acrImage)
  expectEnd(refused, 'AKS_BINDING_NOT_AUTHORIZED', 77)
  const remedy = told(refused.step.stderr, 'remedy').join('\n')
  expect(remedy).toContain('az aks identity-binding create')
  expect(remedy).toContain(`resources: [${example.clientId}]`)
  expect(remedy).toContain('--serviceaccount=ci:builder')
  expect(only(own.requests(), /^entra POST/)).toEqual([])
  expectNothingPushed(own)
})
