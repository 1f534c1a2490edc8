import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import type { Fault } from '../sandbox/faults.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { policyOf, providerOf, withProviders, withTrust, withVersion } from './aws-trust.ts'
import { changed, entraToken } from './entra-tokens.ts'
import { ecrImage, openFrontDoor, type FrontDoor, type FrontDoorResult } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { stsErrorBody } from './sts-answers.ts'
import { commands, expectEnd, expectNothingPushed, only, told, toldProse } from './told.ts'

const v2 = `https://login.microsoftonline.com/${example.tenantId}/v2.0`
const v1 = `https://sts.windows.net/${example.tenantId}/`
const oneText =
  'The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.'

/** What is said of a missing provider or client id: nothing of it may stand there when the signature is the cause. */
const trustCommands = /create-open-id-connect-provider|add-client-id/

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(withProviders(exampleCloud(), []))
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

/** Version of the token, its issuer, what AWS compares of it, and the conditions of a trust policy that admits it. */
const versions = [
  [2, v2, example.clientId, 'azp', { aud: example.clientId, sub: example.principalId, oaud: example.awsAppId }],
  [1, v1, example.awsTokenResource, 'aud', { aud: example.awsTokenResource, sub: example.principalId }],
] as const

test.each(versions)(
  'with a good signature (v%i) names provider and client id, spells the issuer as it is, and its last command mends it',
  async (version, issuer, compared, claim, conditions) => {
    await using bare = await openFrontDoor(withProviders(withVersion(version), []))
    const result = await bare.push(ecrImage)
    expectEnd(result, 'AWS_TOKEN_NOT_TRUSTED', 77)
    expect(toldProse(result.step.stderr, 'what')).toContain('signature is good')
    const remedy = told(result.step.stderr, 'remedy').join('\n')
    expect(remedy.replace(/\s+/g, ' ')).toContain(`client-ID list holds ${compared}, the ${claim} of the token`)
    const [look, add, create] = commands(remedy)
    const arn = providerOf(issuer)
    expect(look).toBe(`aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${arn}`)
    expect(add).toBe(
      `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${compared}`,
    )
    expect(create).toBe(`aws iam create-open-id-connect-provider --url ${issuer} --client-id-list ${compared}`)
    const providers = [{ url: issuer, clientIds: [compared] }]
    const mended = withTrust(withProviders(withVersion(version), providers), policyOf(issuer, conditions))
    await using trusting = await openFrontDoor(mended)
    expect((await trusting.push(ecrImage)).succeeded).toBe(true)
  },
)

test.each(versions)(
  'the trust policy for a v%i token keeps the issuer’s slash in ARN and condition keys',
  async (version, issuer, compared, _claim, conditions) => {
    const nobody = policyOf(issuer, { ...conditions, sub: 'nobody' })
    const providers = [{ url: issuer, clientIds: [compared] }]
    await using own = await openFrontDoor(withTrust(withProviders(withVersion(version), providers), nobody))
    const result = await own.push(ecrImage)
    expectEnd(result, 'AWS_NOT_AUTHORIZED', 77)
    const printed = /^\{$.*?^\}$/ms.exec(told(result.step.stderr, 'remedy').join('\n'))?.[0] ?? ''
    expect(JSON.parse(printed)).toEqual(policyOf(issuer, conditions))
  },
)

test.each([
  ['v2', 2, `/${example.tenantId}/v2.0/.well-known/openid-configuration`],
  ['v1', 1, `/${example.tenantId}/.well-known/openid-configuration`],
] as const)('asks the issuer of a %s token once, at its discovery document without a double slash', async (...row) => {
  const [, version, path] = row
  await using bare = await openFrontDoor(withProviders(withVersion(version), []))
  await bare.push(ecrImage)
  const [discovery, keys, ...more] = only(bare.requests(), /^entra GET/)
  expect(discovery).toBe(`entra GET ${path} 200`)
  expect(keys).toMatch(/^entra GET \S+\/keys 200$/)
  expect(more).toEqual([])
})

test('retries within propagation-wait before it looks at the signature, and looks once', async () => {
  door.requests()
  const result = await door.push(ecrImage, { params: { 'propagation-wait': '1s' }, run: inAHurry() })
  expectEnd(result, 'AWS_TOKEN_NOT_TRUSTED', 77)
  const asked = door.requests()
  const retries = told(result.step.stderr, 'retry')
  expect(retries.length).toBeGreaterThan(0)
  expect(retries.filter((text) => !text.startsWith('AWS_TOKEN_NOT_ACCEPTED'))).toEqual([])
  expect(only(asked, /^sts /)).toHaveLength(retries.length + 1)
  expect(only(asked, /^entra GET/)).toHaveLength(2)
})

test('does not look at the signature when the trust arrives within propagation-wait', async () => {
  await using good = await openFrontDoor()
  good.sandbox.faults.on({ standIn: 'sts', times: 2, fault: notValidated() })
  const { succeeded, step } = await good.push(ecrImage, { params: { 'propagation-wait': '30s' }, run: inAHurry() })
  expect(told(step.stderr, 'retry')).toHaveLength(2)
  expect(succeeded).toBe(true)
  // Those of STS itself.
  expect(only(good.requests(), /^entra GET/)).toHaveLength(2)
})

test.each<[what: string, token: (own: Sandbox) => string, finding: RegExp]>([
  [
    'a signature of another key',
    (own) => entraToken(own, { key: 'entra:somebody else' }),
    /the key \S+ did not make it/,
  ],
  ['a changed claim', (own) => changed(entraToken(own)), /the key \S+ did not make it/],
  ['a key that the issuer no longer has', (own) => entraToken(own, { kid: 'gone' }), /publishes no key gone/],
])('with %s says that the signature is bad, and never blames provider or audience', async (_what, token, finding) => {
  await using own = await openFrontDoor()
  own.sandbox.faults.on({ standIn: 'entra', method: 'POST', fault: tokenAnswer(token(own.sandbox)) })
  // The sandbox's STS tells a missing key apart, as the real one mostly does; here it gives the one text for everything.
  own.sandbox.faults.on({ standIn: 'sts', fault: notValidated() })
  const result = await own.push(ecrImage)
  expectEnd(result, 'AWS_TOKEN_SIGNATURE_BAD', 77)
  expect(toldProse(result.step.stderr, 'what')).toMatch(finding)
  expect(result.step.stderr).not.toMatch(trustCommands)
  expectRefusalOfSts(result)
  expect(only(own.requests(), /^ecr/)).toEqual([])
  expectNothingPushed(own)
})

test('the sandbox’s own STS refuses a changed token with the same outcome', async () => {
  await using own = await openFrontDoor()
  own.sandbox.faults.on({ standIn: 'entra', method: 'POST', fault: tokenAnswer(changed(entraToken(own.sandbox))) })
  const result = await own.push(ecrImage)
  expectEnd(result, 'AWS_TOKEN_SIGNATURE_BAD', 77)
  expect(result.step.stderr).not.toMatch(trustCommands)
})

test.each<[what: string, fault: Fault, because: string]>([
  ['cannot be reached', { kind: 'reset-before' }, 'broke off'],
  ['fails', { kind: 'status', status: 503 }, 'answered HTTP 503'],
  ['is answered by a portal', { kind: 'proxy-page' }, 'did not answer with JSON'],
  ['speaks for another issuer', documentAnswer({ issuer: v1, jwks_uri: `${v2}/keys` }), 'speaks for another issuer'],
  ['names no keys', documentAnswer({ issuer: v2 }), 'names no keys'],
  ['names keys without TLS', documentAnswer({ issuer: v2, jwks_uri: 'http://keys.example/' }), 'is no https URL'],
])(
  'names every candidate, in order, and why it could not check the signature when the issuer %s',
  async (_what, fault, because) => {
    door.sandbox.faults.on({ standIn: 'entra', method: 'GET', fault })
    door.requests()
    const result = await door.push(ecrImage)
    expectEnd(result, 'AWS_TOKEN_NOT_ACCEPTED', 77)
    expectRefusalOfSts(result)
    const remedy = toldProse(result.step.stderr, 'remedy')
    expect(remedy).toMatch(/^Check in this order.* 1\. .*provider.* 2\. .*client-ID list.* 3\. the signature/)
    expect(remedy).toContain(because)
    const asked = door.requests()
    expect(only(asked, /^entra GET/)).toHaveLength(1)
    expect(only(asked, /^ecr/)).toEqual([])
  },
)

/** Whatever we found out, the cause stays the answer of STS. */
function expectRefusalOfSts({ step, record }: FrontDoorResult): void {
  expect(record.data.error).toMatchObject({ service: 'STS', upstreamCode: 'InvalidIdentityToken' })
  expect(toldProse(step.stderr, 'cause')).toContain(oneText)
}

function notValidated(): Fault {
  const body = stsErrorBody('InvalidIdentityToken', oneText)
  return { kind: 'status', status: 400, contentType: 'text/xml', body }
}

function documentAnswer(document: object): Fault {
  return { kind: 'status', status: 200, contentType: 'application/json', body: JSON.stringify(document) }
}

function tokenAnswer(token: string): Fault {
  return documentAnswer({ token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: token })
}
