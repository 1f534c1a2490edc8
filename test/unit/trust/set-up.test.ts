import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../contract/repository.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { federatedCredential } from '../../../steps/lib/trust/set-up/entra.ts'
import { joined, joinedForms } from '../../../steps/lib/trust/set-up/join.ts'
import { hole, setUp, word, type Form, type SetUp } from '../../../steps/lib/trust/set-up/set-up.ts'
import { wholeSetUp } from '../../../steps/lib/trust/set-up/whole.ts'
import { wantedExample } from './wanted.ts'

function jsonOf(things: readonly SetUp[], title: RegExp): unknown {
  return JSON.parse(things.find((thing) => title.test(thing.title))?.forms.json ?? 'null')
}

const file = (name: string): string => readFileSync(`${root}/examples/platform/${name}`, 'utf8')

describe('the whole set-up of the example', () => {
  const things = wholeSetUp(wantedExample())

  test.each([
    ['federated-credential.json', /^federated credential/],
    ['push-policy.json', /^permission of/],
  ])('has %s of examples/platform', (name, title) => {
    expect(jsonOf(things, title)).toEqual(JSON.parse(file(name)))
  })

  test('has the trust policy of examples/platform, but for ids that are not known before', () => {
    const expected = file('trust-policy.json')
      .replace(example.awsAppId, 'AWS_APP_ID')
      .replace(example.principalId, 'PRINCIPAL_ID')
    expect(jsonOf(things, /^trust policy/)).toEqual(JSON.parse(expected))
  })

  test('has the objects of the cluster', () => {
    const yaml = things.flatMap(({ forms }) => (forms.yaml === undefined ? [] : [parse(forms.yaml) as unknown]))
    expect(yaml[0]).toEqual(parse(file('service-account.yaml')))
    expect(yaml[1]).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'entra-identity', namespace: 'ci' },
      data: {
        'tenant-id': example.tenantId,
        'client-id': example.clientId,
        'aws-role-arn': example.roleArn,
        'aws-token-resource': example.awsTokenResource,
      },
    })
  })

  test.each(joinedForms)('says each thing once as %s, with no hole left open', (form) => {
    const text = joined(wholeSetUp(wantedExample({ clientId: undefined, issuer: undefined })), form)
    expect(text).not.toMatch(/[⟦⟧]/)
    expect(text.match(/extension microsoftGraphV1/g)?.length ?? 0).toBe(form === 'bicep' ? 1 : 0)
    const named = [...text.matchAll(/^(?:resource|data) (?:"\w+" "\w+"|\w+)/gm)].map(([name]) => name)
    expect(new Set(named).size).toBe(named.length)
    expect(text.match(/\{/g)?.length).toBe(text.match(/\}/g)?.length)
  })

  test('asks nothing of AWS where nothing there is named', () => {
    const own = wholeSetUp(wantedExample({ role: undefined, repositories: [] }))
    expect(own.some(({ forms }) => forms.aws !== undefined)).toBe(false)
    expect(JSON.stringify(own)).not.toContain('aws-role-arn')
  })
})

test('a managed identity’s credential is of ARM, an app’s of Graph, and where it is not known both are said', () => {
  const credential = { issuer: example.issuer, subject: 'system:serviceaccount:ci:builder', audience: 'api://x' }
  const of = (kind: 'application' | 'managed-identity' | 'either', form: Form) =>
    federatedCredential({ id: example.clientId, name: 'ci-builder', kind }, credential).forms[form] ?? ''
  expect(of('application', 'az')).toMatch(
    /^az ad app federated-credential create --id \S+ \\\n {2}--parameters '\{[^]*\}'$/,
  )
  expect(of('managed-identity', 'az')).toMatch(/^az identity federated-credential create/)
  expect(of('managed-identity', 'terraform')).toContain('azurerm_federated_identity_credential')
  for (const form of ['az', 'terraform', 'bicep'] as const) {
    expect(of('either', form)).toContain(of('application', form))
    expect(of('either', form)).toContain(of('managed-identity', form))
  }
})

test.each([
  ['plain', 'plain'],
  ["it's", String.raw`'it'\''s'`],
  ['$(rm -rf /)', "'$(rm -rf /)'"],
  [hole('CLIENT_ID'), `"${hole('CLIENT_ID')}"`],
  [`${hole('CLIENT_ID')}$(x)"`, `"${hole('CLIENT_ID')}\\$(x)\\""`],
])('a shell reads %s as it is', (text, quoted) => {
  expect(word(text)).toBe(quoted)
})

test('a hole is a word, a variable, a local value, a variable of Bicep', () => {
  const text = `"${hole('CLIENT_ID')}"`
  const thing = setUp('x', { json: text, az: text, terraform: text, bicep: text, yaml: text })
  expect(thing.forms).toEqual({
    json: '"CLIENT_ID"',
    yaml: '"CLIENT_ID"',
    az: '"$CLIENT_ID"',
    terraform: '"${local.client_id}"',
    bicep: '"${clientId}"',
  })
})
