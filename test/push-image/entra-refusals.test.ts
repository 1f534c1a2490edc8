import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { errorRow, type ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { EntraApp, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor, type Variation } from './front-door.ts'
import { cannedAnswers, cannedBody, cannedIds, oldCannedBody } from './entra-answers.ts'
import { inAHurry } from './programs.ts'
import { commands, expectEnd, expectNothingPushed, only, told, toldProse } from './told.ts'

const otherIssuer = 'https://oidc.other.example/'
const deadIssuer = 'https://oidc.nowhere.example/'
const id = (last: string): string => `00000000-1111-4222-8333-0000000000${last}`

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudOfMistakes())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const sent = (changes: { issuer?: string; subject?: string; audience?: string } = {}): string[] => [
  `issuer ${changes.issuer ?? example.issuer}`,
  `subject ${changes.subject ?? 'system:serviceaccount:ci:builder'}`,
  `audience ${changes.audience ?? 'api://AzureADTokenExchange'}`,
]

type Row = [what: string, aadsts: string, code: ErrorCode, variation: Variation, sent: string[], image?: string]

const rows: readonly Row[] = [
  ['another service account', 'AADSTS700213', 'ENTRA_SUBJECT_MISMATCH', { token: { serviceAccount: 'default' } }, sent({ subject: 'system:serviceaccount:ci:default' })],
  ['the subject in other case', 'AADSTS7002138', 'ENTRA_SUBJECT_CASE', { token: { serviceAccount: 'Builder' } }, sent({ subject: 'system:serviceaccount:ci:Builder' })],
  ['another audience', 'AADSTS700212', 'ENTRA_AUDIENCE_MISMATCH', { params: { 'token-audience': 'api://other' } }, sent({ audience: 'api://other' })],
  ['another cluster', 'AADSTS700211', 'ENTRA_ISSUER_MISMATCH', { token: { issuer: otherIssuer } }, sent({ issuer: otherIssuer })],
  ['a client without federated credential', 'AADSTS70025', 'ENTRA_NO_FEDERATED_CREDENTIAL', { params: { 'client-id': id('01') } }, sent()],
  ['a client that nobody has', 'AADSTS700016', 'ENTRA_CLIENT_UNKNOWN', { params: { 'client-id': id('ff') } }, []],
  ['a client without service principal', 'AADSTS7000229', 'ENTRA_SERVICE_PRINCIPAL_MISSING', { params: { 'client-id': id('02') } }, []],
  ['a disabled client', 'AADSTS7000112', 'ENTRA_CLIENT_DISABLED', { params: { 'client-id': id('03') } }, []],
  ['a client that Conditional Access blocks', 'AADSTS53003', 'ENTRA_BLOCKED_BY_POLICY', { params: { 'client-id': id('04') } }, []],
  ['a tenant that nobody has', 'AADSTS90002', 'ENTRA_TENANT_UNKNOWN', { params: { 'tenant-id': id('ee') } }, []],
  ['a resource that nobody has', 'AADSTS500011', 'ENTRA_RESOURCE_UNKNOWN', { params: { 'aws-token-resource': 'api://absent' } }, [], ecrImage],
  ['a client without app role', 'AADSTS501051', 'ENTRA_ROLE_NOT_ASSIGNED', { params: { 'client-id': id('05') } }, [], ecrImage],
  ['a key that is not published', 'AADSTS7000272', 'ENTRA_SIGNING_KEY_UNKNOWN', { token: { key: 'other' } }, [`issuer ${example.issuer}`, expect.stringMatching(/^kid [\w-]{43}$/)]],
  ['a forged signature', 'AADSTS700027', 'ENTRA_SIGNATURE_INVALID', { token: { key: 'forged' } }, [`issuer ${example.issuer}`, expect.stringMatching(/^kid [\w-]{43}$/)]],
  ['a token that Entra issued', 'AADSTS700222', 'ENTRA_TOKEN_KIND_REFUSED', { token: { claims: { iss: 'https://login.microsoftonline.com/x/v2.0' } } }, [`issuer https://login.microsoftonline.com/x/v2.0`, 'subject system:serviceaccount:ci:builder']],
  ['a token that is no signed JWT', 'AADSTS50027', 'ENTRA_ASSERTION_MALFORMED', { tokenText: unsignedToken() }, []],
  ['a tenant of another cloud', 'AADSTS900382', 'ENTRA_WRONG_CLOUD', { params: { 'azure-cloud': 'AzureUSGovernment' } }, [], ecrImage],
]

test.each<Row>(rows)('refuses %s (%s) as %s after one request, and pushes nothing', async (_what, aadsts, code, variation, values, image = acrImage) => {
  door.requests()
  const result = await door.push(image, variation)
  expectEnd(result, code, 77)
  expect(told(result.step.stderr, 'sent')).toEqual(values)
  const { error } = result.record.data
  expect(error).toMatchObject({ service: 'Entra', upstreamCode: aadsts, ids: { trace: expect.stringMatching(/^[0-9a-f-]{36}$/), correlation: expect.stringMatching(/^[0-9a-f-]{36}$/) } })
  const ids = `trace ${error?.ids?.['trace']}, correlation ${error?.ids?.['correlation']}`
  expect(toldProse(result.step.stderr, 'cause')).toMatch(new RegExp(`^${aadsts} \\(HTTP 40[01]\\), ${ids} [A-Z]`))
  // Entra may look at the issuer meanwhile; the pod asks Entra once and nobody else.
  expect(only(door.requests(), /^(?!issuer )/)).toEqual([expect.stringMatching(new RegExp(`^entra POST /\\S+/token 40[01] ${aadsts}$`))])
  expectNothingPushed(door)
})

test.each(cannedAnswers)('takes AADSTS%i (HTTP %i %s) for %s, and never more attempts than its class allows', async (aadsts, status, error, code) => {
  door.sandbox.faults.on({ standIn: 'entra', method: 'POST', fault: { kind: 'status', status, body: cannedBody(aadsts, error) } })
  door.requests()
  const result = await door.push(acrImage, { run: inAHurry() })
  const transient = errorRow(code).retry === 'transient'
  expectEnd(result, code, transient ? 75 : 77)
  expect(toldProse(result.step.stderr, 'cause')).toBe(`AADSTS${aadsts} (HTTP ${status}), ${cannedIds} Words of Entra.`)
  expect(door.requests()).toHaveLength(transient ? 6 : 1)
})

test('reads the ids out of the text where Entra gives them nowhere else, behind CR LF as until 2023', async () => {
  door.sandbox.faults.on({ standIn: 'entra', method: 'POST', fault: { kind: 'status', status: 401, body: oldCannedBody(700213, 'invalid_client') } })
  const result = await door.push(acrImage)
  expectEnd(result, 'ENTRA_SUBJECT_MISMATCH', 77)
  expect(toldProse(result.step.stderr, 'cause')).toBe(`AADSTS700213 (HTTP 401), ${cannedIds} Words of Entra.`)
})

test('reads the token anew once when Entra finds it outside its time, and names both times', async () => {
  door.requests()
  const notBefore = Math.floor(Date.now() / 1000) + 3600
  const result = await door.push(acrImage, { token: { notBefore, expiresInSeconds: 7200 } })
  expectEnd(result, 'ENTRA_ASSERTION_EXPIRED', 77)
  expect(told(result.step.stderr, 'what').join()).toContain(new Date(notBefore * 1000).toISOString().slice(0, 19))
  expect(only(door.requests(), /token 401 AADSTS700024/)).toHaveLength(2)
})

test('tries again, then gives up as temporary, when Entra cannot reach the issuer', async () => {
  door.requests()
  const result = await door.push(acrImage, { token: { issuer: deadIssuer }, run: inAHurry() })
  expectEnd(result, 'ENTRA_ISSUER_UNREACHABLE', 75)
  expect(told(result.step.stderr, 'sent')).toEqual([`issuer ${deadIssuer}`])
  expect(told(result.step.stderr, 'remedy').join()).toContain('https://oidc.nowhere.example/.well-known/openid-configuration')
  expect(only(door.requests(), /token 400 AADSTS90061/)).toHaveLength(6)
  expectNothingPushed(door)
})

test('the federated credential of the remedy lets the very same pod in', async () => {
  const { step } = await door.push(acrImage, { token: { serviceAccount: 'default' } })
  const remedy = told(step.stderr, 'remedy').join('\n')
  const credential = JSON.parse(/^\{$.*?^\}$/ms.exec(remedy)?.[0] ?? '')
  const audience = 'api://AzureADTokenExchange'
  expect(credential).toEqual({ name: 'tekton-ci-default', issuer: example.issuer, subject: 'system:serviceaccount:ci:default', audiences: [audience] })
  expect(commands(remedy)).toEqual([
    `az ad app federated-credential create --id ${example.clientId} --parameters credential.json`,
    `az identity federated-credential create --name tekton-ci-default --identity-name IDENTITY --resource-group GROUP --issuer '${example.issuer}' --subject 'system:serviceaccount:ci:default' --audiences '${audience}'`,
  ])
  const mended = withApp(exampleCloud(), (app) => (app.clientId === example.clientId ? { ...app, federatedCredentials: [credential] } : app))
  await using trusting = await openFrontDoor(mended)
  expect((await trusting.push(acrImage, { token: { serviceAccount: 'default' } })).succeeded).toBe(true)
})

/** The example with one app, issuer or credential for each way to be refused. */
function cloudOfMistakes(): SandboxConfig {
  const cloud = exampleCloud()
  const trusted = cloud.tenants[0]?.apps.find(({ clientId }) => clientId === example.clientId)?.federatedCredentials ?? []
  const app = (last: string, more: Partial<EntraApp> = {}): EntraApp => ({
    clientId: id(last),
    displayName: `app ${last}`,
    servicePrincipalId: id(`a${last.slice(1)}`),
    federatedCredentials: trusted,
    ...more,
  })
  const { servicePrincipalId: _, ...withoutPrincipal } = app('02')
  const more = [app('01', { federatedCredentials: [] }), withoutPrincipal, app('03', { enabled: false }), app('04', { blockedByConditionalAccess: true }), app('05')]
  const dead = trusted.map((credential) => ({ ...credential, name: 'dead-issuer', issuer: deadIssuer }))
  const extended = withApp(cloud, (one) => (one.clientId === example.clientId ? { ...one, federatedCredentials: [...trusted, ...dead] } : one))
  return { ...extended, issuers: [...cloud.issuers, { url: otherIssuer }], tenants: extended.tenants.map((tenant) => ({ ...tenant, apps: [...tenant.apps, ...more] })) }
}

function withApp(cloud: SandboxConfig, change: (app: EntraApp) => EntraApp): SandboxConfig {
  return { ...cloud, tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: tenant.apps.map(change) })) }
}

/** Looks like a token to whoever does not verify it. */
function unsignedToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: example.issuer, sub: 'system:serviceaccount:ci:builder', aud: ['api://AzureADTokenExchange'], exp: 4_000_000_000 }
  return `${part({ alg: 'none', kid: 'none' })}.${part(claims)}.AAAA`
}
