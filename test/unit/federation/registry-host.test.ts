import { expect, test } from 'vitest'
import { classifyRegistryHost } from '../../../steps/lib/federation/registry-host.ts'

test.each([
  ['contoso.azurecr.io', 'AzureCloud', 'acr'],
  ['contoso-a1b2c3.azurecr.io', 'AzureCloud', 'acr'],
  ['contoso.azurecr.us', 'AzureUSGovernment', 'acr'],
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'AzureCloud', 'ecr'],
] as const)('%s in %s is %s', (host, cloud, kind) => expect(classifyRegistryHost(host, cloud)?.kind).toBe(kind))

test.each([
  'azurecr.io',
  '.azurecr.io',
  'contoso.azurecr.io.evil.example',
  'contosoazurecr.io',
  'evil.example/contoso.azurecr.io',
  'a.b.azurecr.io',
  'contoso.azurecr.us',
  'contoso.azurecr.io:443',
  '-contoso.azurecr.io',
  'docker.io',
  'localhost:5000',
])('%s gets no credential', (host) => expect(classifyRegistryHost(host, 'AzureCloud')).toBeUndefined())
