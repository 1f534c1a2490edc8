import { afterAll, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor, type Variation } from './front-door.ts'
import { expectEnd, faultsOf, told } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const otherId = '00000000-1111-4222-8333-000000000001'

test('names both ways to give what ECR needs, all of it at once', async () => {
  const result = await door.push(ecrImage, {
    profile: { 'aws-role-arn': undefined, 'aws-token-resource': undefined, 'tenant-id': undefined },
  })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([
    'tenant-id: got nothing, expected a tenant id (GUID), by the param tenant-id or by the key tenant-id in the ConfigMap entra-identity of this namespace',
    'aws-role-arn: got nothing, expected the ARN of a role, by the param aws-role-arn or by the key aws-role-arn in the ConfigMap entra-identity of this namespace',
    'aws-token-resource: got nothing, expected an application ID URI, or aws-identity: cluster, by the param aws-token-resource or by the key aws-token-resource in the ConfigMap entra-identity of this namespace',
  ])
})

test('trims what a ConfigMap or an author adds around a value', async () => {
  const spaced = (text: string): string => `  ${text}\n`
  const { succeeded, results } = await door.push(spaced(acrImage.replace('1.4.2', 'trimmed')), {
    profile: {
      'tenant-id': spaced(example.tenantId),
      'client-id': spaced(example.clientId),
      'https-proxy': spaced(door.sandbox.proxyUrl),
    },
  })
  expect(succeeded).toBe(true)
  expect(results['IMAGE_URL']).toBe(acrImage.replace('1.4.2', 'trimmed'))
})

const webhook = {
  AZURE_TENANT_ID: otherId,
  AZURE_CLIENT_ID: otherId,
  AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/',
}
const withoutProfile = { 'tenant-id': undefined, 'client-id': undefined }

test.each<[what: string, variation: Variation, expected: string[]]>([
  [
    'the param beats profile and webhook',
    {
      params: { 'tenant-id': example.principalId },
      profile: { 'azure-cloud': 'AzureCloud' },
      run: { extraEnv: webhook },
    },
    [
      `tenant-id ${example.principalId} (param)`,
      `client-id ${example.clientId} (profile)`,
      'azure-cloud AzureCloud (profile)',
    ],
  ],
  [
    'the webhook comes after the profile',
    {
      profile: withoutProfile,
      run: { extraEnv: { ...webhook, AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com' } },
    },
    [
      `tenant-id ${otherId} (webhook AZURE_TENANT_ID)`,
      `client-id ${otherId} (webhook AZURE_CLIENT_ID)`,
      'azure-cloud AzureCloud (webhook AZURE_AUTHORITY_HOST)',
    ],
  ],
])('%s', async (_what, { params, ...variation }, expected) => {
  const result = await door.push(acrImage, { ...variation, params: { ...params, path: 'nothing-there' } })
  expectEnd(result, 'LAYOUT_NOT_FOUND', 64)
  const inputs = told(result.step.stderr, 'input').map((line) => line.replace(/ {2,}/g, ' '))
  expect(inputs).toEqual(expect.arrayContaining(expected))
})

test.each([
  ['AzureUSGovernment', 'https://login.microsoftonline.us/', '*.azurecr.us'],
  ['AzureChinaCloud', 'https://login.chinacloudapi.cn', '*.azurecr.cn'],
])('takes %s from the webhook, and then refuses registries of the public cloud', async (_cloud, authority, suffix) => {
  const result = await door.push(acrImage, { run: { extraEnv: { AZURE_AUTHORITY_HOST: authority } } })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringContaining(`Azure Container Registry (${suffix}, `)])
})
