import { expect, test } from 'vitest'
import { classifyRegistryHost, supportedHosts } from '../../../steps/lib/federation/registry-host.ts'

test.each([
  ['contoso.azurecr.io', 'AzureCloud', 'acr'],
  ['contoso-a1b2c3.azurecr.io', 'AzureCloud', 'acr'],
  ['contoso.westeurope.geo.azurecr.io', 'AzureCloud', 'acr'],
  ['contoso-a1b2c3.westeurope.geo.azurecr.io', 'AzureCloud', 'acr'],
  ['contoso.azurecr.us', 'AzureUSGovernment', 'acr'],
  ['contoso.usgovvirginia.geo.azurecr.us', 'AzureUSGovernment', 'acr'],
  ['contoso.azurecr.cn', 'AzureChinaCloud', 'acr'],
  ['contoso.chinaeast2.geo.azurecr.cn', 'AzureChinaCloud', 'acr'],
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'AzureCloud', 'ecr'],
  ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', 'AzureCloud', 'ecr'],
  ['123456789012.dkr-ecr.eu-central-1.on.aws', 'AzureChinaCloud', 'ecr'],
  ['public.ecr.aws', 'AzureCloud', 'ecr-public'],
  ['ecr-public.aws.com', 'AzureCloud', 'ecr-public'],
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
  'westeurope.geo.azurecr.io',
  '.westeurope.geo.azurecr.io',
  'contoso..geo.azurecr.io',
  'a.contoso.westeurope.geo.azurecr.io',
  'contoso.westeurope.data.azurecr.io',
  'contoso.westeurope.geo.azurecr.us',
  'contoso.westeurope.geo.azurecr.io.evil.example',
  'contoso.west-europe.geo.azurecr.io',
  'public.ecr.aws.evil.example',
  'evil.public.ecr.aws',
  'public-ecr.aws',
  'ecr.aws',
  'a.ecr-public.aws.com',
  'constructor',
  'docker.io',
  'localhost:5000',
])('%s gets no credential', (host) => expect(classifyRegistryHost(host, 'AzureCloud')).toBeUndefined())

test('what is said of other hosts names all kinds, with the cloud’s own suffix', () => {
  const text = supportedHosts('AzureChinaCloud')
  for (const part of ['.dkr.ecr.', 'public.ecr.aws', '*.azurecr.cn', '*.<region>.geo.azurecr.cn']) {
    expect(text).toContain(part)
  }
  expect(text).not.toContain('azurecr.io')
})
