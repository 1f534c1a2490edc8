import { expect, test } from 'vitest'
import { parseReference } from '../../../steps/lib/oci/reference.ts'

const digest = `sha256:${'a'.repeat(64)}`

test.each([
  ['contoso.azurecr.io/app', { host: 'contoso.azurecr.io', repository: 'app' }],
  ['Contoso.azurecr.io/team/app:v1', { host: 'contoso.azurecr.io', repository: 'team/app', tag: 'v1' }],
  ['localhost/app:V_1.-x', { host: 'localhost', repository: 'app', tag: 'V_1.-x' }],
  ['registry:5000/app', { host: 'registry:5000', repository: 'app' }],
  ['127.0.0.1:5000/a/b__c/d.e/f---g', { host: '127.0.0.1:5000', repository: 'a/b__c/d.e/f---g' }],
  ['[::1]:5000/app:v1', { host: '[::1]:5000', repository: 'app', tag: 'v1' }],
  [`contoso.azurecr.io/app@${digest}`, { host: 'contoso.azurecr.io', repository: 'app', digest }],
  [`contoso.azurecr.io/app:v1@${digest}`, { host: 'contoso.azurecr.io', repository: 'app', tag: 'v1', digest }],
  [`a.io/${'r'.repeat(255)}:${'t'.repeat(128)}`, { host: 'a.io', repository: 'r'.repeat(255), tag: 't'.repeat(128) }],
])('parses %s', (text, expected) => {
  expect(parseReference(text)).toEqual(expected)
})

test.each([
  ['', 'reference', ''],
  ['https://contoso.azurecr.io/app', 'reference', 'https://contoso.azurecr.io/app'],
  ['contoso.azurecr.io/app :v1', 'reference', 'contoso.azurecr.io/app :v1'],
  ['app', 'host', 'app'],
  ['app:v1', 'host', 'app:v1'],
  ['library/app', 'host', 'library'],
  ['contoso.azurecr.io', 'host', 'contoso.azurecr.io'],
  ['contoso.azurecr.io:0/app', 'host', 'contoso.azurecr.io:0'],
  ['contoso.azurecr.io:65536/app', 'host', 'contoso.azurecr.io:65536'],
  ['contoso.azurecr.io:/app', 'host', 'contoso.azurecr.io:'],
  ['-x.io/app', 'host', '-x.io'],
  ['user@contoso.azurecr.io/app', 'host', 'user@contoso.azurecr.io/app'],
  ['contoso.azurecr.io/', 'repository', ''],
  ['contoso.azurecr.io/App', 'repository', 'App'],
  ['contoso.azurecr.io/a//b', 'repository', 'a//b'],
  ['contoso.azurecr.io/../a', 'repository', '../a'],
  ['contoso.azurecr.io/a___b', 'repository', 'a___b'],
  ['contoso.azurecr.io/app?x=1', 'repository', 'app?x=1'],
  [`a.io/${'r'.repeat(256)}`, 'repository', 'r'.repeat(256)],
  ['contoso.azurecr.io/app:', 'tag', ''],
  ['contoso.azurecr.io/app:.v1', 'tag', '.v1'],
  [`a.io/app:${'t'.repeat(129)}`, 'tag', 't'.repeat(129)],
  ['contoso.azurecr.io/app@sha256:abc', 'digest', 'sha256:abc'],
  ['contoso.azurecr.io/app@', 'digest', ''],
  [`contoso.azurecr.io/app@${digest.toUpperCase()}`, 'digest', digest.toUpperCase()],
])('refuses "%s" and blames its %s', (text, part, got) => {
  expect(parseReference(text)).toMatchObject({ fault: { part, got } })
})

test('takes no exponential time for a long name that fails at its end', () => {
  const started = performance.now()
  expect(parseReference(`a.io/${'a-'.repeat(100)}!`)).toMatchObject({ fault: { part: 'repository' } })
  expect(parseReference(`${'a-'.repeat(5000)}!/app`)).toMatchObject({ fault: { part: 'host' } })
  expect(performance.now() - started).toBeLessThan(1000)
})
