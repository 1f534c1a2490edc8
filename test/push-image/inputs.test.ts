import { afterAll, beforeAll, expect, test } from 'vitest'
import { supportedHosts } from '../../steps/lib/federation/registry-host.ts'
import { readTask } from '../contract/repository.ts'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, openFrontDoor, type FrontDoor, type Variation } from './front-door.ts'
import { expectEnd, faultsOf, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** Ends a run after its inputs were read and before anything is sent. */
const nothingThere = { path: 'nothing-there' } as const

test('reports all faults at once, each with the param as the author spells it, and sends nothing', async () => {
  door.requests()
  const result = await door.push(`registry.example/Shop@sha256:beef`, {
    params: {
      'tenant-id': 'contoso',
      path: '../secrets',
      identity: 'Entra_Identity',
      'dry-run': 'yes',
      'propagation-wait': '20',
      'aws-role-arn': 'ci-push',
      'aws-region': 'Frankfurt',
      'allowed-accounts': ['12'],
    },
    profile: {},
    run: {
      configMaps: {
        Entra_Identity: { 'client-id': 'ci-builder', 'https-proxy': 'proxy.example:3128', 'ca.crt': 'garbage' },
      },
    },
  })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([
    'path: got "../secrets", expected a relative path inside the workspace',
    'identity: got "Entra_Identity", expected the name of a ConfigMap',
    'tenant-id: got "contoso", expected a tenant id (GUID)',
    'client-id (profile Entra_Identity): got "ci-builder", expected a client id (GUID)',
    'aws-role-arn: got "ci-push", expected the ARN of a role, such as arn:aws:iam::123456789012:role/ci-push',
    'aws-region: got "Frankfurt", expected an AWS region such as eu-central-1',
    'allowed-accounts: got "12", expected AWS account ids of 12 digits',
    'dry-run: got "yes", expected "true" or "false"',
    'propagation-wait: got "20", expected a duration such as 30s, 15m or 1h30m',
    'https-proxy (profile): got "something else", expected a URL such as http://proxy.example:3128',
    'ca.crt (profile): got "something else", expected PEM certificates',
    expect.stringMatching(/^image \(repository\): got "Shop", expected at most 255 characters/),
  ])
  expect(toldProse(result.step.stderr, 'what')).toContain('12 values')
  expect(result.record.data.error).toMatchObject({
    params: expect.arrayContaining(['path', 'tenant-id', 'image (repository)']),
  })
  expect(door.requests()).toEqual([])
})

test.each([
  ['', 'image', 'nothing'],
  ['shop/web:1', 'image (host)', '"shop"'],
  ['https://contoso.azurecr.io/shop/web', 'image (reference)', '"https://contoso.azurecr.io/shop/web"'],
  ['contoso.azurecr.io/shop/web :1', 'image (reference)', '"contoso.azurecr.io/shop/web :1"'],
  ['contoso.azurecr.io/', 'image (repository)', '""'],
  ['contoso.azurecr.io/Shop/web', 'image (repository)', '"Shop/web"'],
  [`contoso.azurecr.io/${'a'.repeat(256)}`, 'image (repository)', `"${'a'.repeat(256)}"`],
  ['contoso.azurecr.io/shop/web:-x', 'image (tag)', '"-x"'],
  [`contoso.azurecr.io/shop/web:${'t'.repeat(129)}`, 'image (tag)', `"${'t'.repeat(129)}"`],
  [
    `contoso.azurecr.io/shop/web@sha256:${'0'.repeat(64)}`,
    'image',
    `"contoso.azurecr.io/shop/web@sha256:${'0'.repeat(64)}"`,
  ],
  ['contoso.azurecr.io/shop/web@sha256:0', 'image (digest)', '"sha256:0"'],
])('refuses the image %s', async (image, param, got) => {
  const result = await door.push(image)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringContaining(`${param}: got ${got}, expected `)])
})

test.each([
  'contoso.azurecr.io.evil.example',
  'evilazurecr.io',
  'azurecr.io',
  'a.b.azurecr.io',
  'contoso.azurecr.io:8443',
  'contoso.azurecr.us',
  'contoso.azurecr.cn',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example',
  '123456789012.dkr.ecr.eu-central-1.evilamazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn',
  '123456789012.dkr.ecr.cn-north-1.amazonaws.com',
  '12345678901.dkr.ecr.eu-central-1.amazonaws.com',
  'public.ecr.aws.evil.example',
  'contoso.westeurope.data.azurecr.io',
  'docker.io',
  'localhost:5000',
])('refuses the host %s, names the supported ones, and never calls Entra', async (host) => {
  door.requests()
  const result = await door.push(`${host}/shop/web:1`)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([`image (host): got "${host}", expected ${supportedHosts('AzureCloud')}`])
  expect(door.requests()).toEqual([])
})

test('takes a host in capitals for the same registry, and no other', async () => {
  const { succeeded } = await door.push(acrImage.replace('contoso', 'CONTOSO').replace('1.4.2', 'capitals'))
  expect(succeeded).toBe(true)
  expect(repositoryState(door.sandbox.world, example.acrHost, example.repository).tags()).toContain('capitals')
})

test.each<[what: string, fault: string, variation: Variation]>([
  [
    'a cloud that there is not',
    'azure-cloud: got "AzureGermanCloud", expected one of AzureCloud, AzureUSGovernment, AzureChinaCloud',
    { params: { 'azure-cloud': 'AzureGermanCloud' } },
  ],
  [
    'an authority host that there is not',
    'azure-cloud (webhook AZURE_AUTHORITY_HOST): got "https://login.evil.example/", expected one of',
    { run: { extraEnv: { AZURE_AUTHORITY_HOST: 'https://login.evil.example/' } } },
  ],
  ['an absolute path', 'path: got "/etc", expected a relative path', { params: { path: '/etc' } }],
  ['a path that climbs out', 'path: got "a/../../b", expected a relative path', { params: { path: 'a/../../b' } }],
  [
    'a list flag that is misspelt',
    '--alowed-accounts: got "--alowed-accounts", expected a list of this step',
    { run: { task: withArgs('--alowed-accounts') } },
  ],
  [
    'a value outside a list',
    'args: got "123456789012", expected nothing outside a list',
    { run: { task: withArgs('123456789012') } },
  ],
  [
    'a workspace that is not bound',
    'workspace source: got nothing, expected a bound workspace',
    { run: { task: withOptionalWorkspace(), workspaces: {} } },
  ],
])('refuses %s before it sends anything', async (_what, fault, variation) => {
  door.requests()
  const result = await door.push(acrImage, variation)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringContaining(fault)])
  expect(door.requests()).toEqual([])
})

test('says where it looked for an image layout that is not there, and never calls Entra', async () => {
  door.requests()
  const result = await door.push(acrImage, { params: nothingThere })
  expectEnd(result, 'LAYOUT_NOT_FOUND', 64)
  expect(toldProse(result.step.stderr, 'what')).toContain(`${door.source}/nothing-there`)
  expect(door.requests()).toEqual([])
})

function withArgs(...args: string[]) {
  const task = readTask('push-image')
  return { ...task, spec: { ...task.spec, steps: task.spec.steps.map((step) => ({ ...step, args })) } }
}

function withOptionalWorkspace() {
  const task = readTask('push-image')
  return { ...task, spec: { ...task.spec, workspaces: [{ name: 'source', optional: true }] } }
}
