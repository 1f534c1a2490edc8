import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { EntraApp, PolicyStatement, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { chainCloud, chainRoleArn, clusterCloud, otherAccount, policy, withRole } from './identity-clouds.ts'
import { inAHurry } from './programs.ts'
import { stsErrorBody } from './sts-answers.ts'
import { commands, expectEnd, expectNothingPushed, faultsOf, only, told, toldProse } from './told.ts'

const outboundId = 'a1b2c3d4-0000-4000-8000-00000000beef'
const outboundIssuer = `https://${outboundId}.tokens.sts.global.api.aws`
const mayAsk: PolicyStatement = { Effect: 'Allow', Action: 'sts:GetWebIdentityToken', Resource: '*' }

/** The builder trusts AWS's own issuer for the role, and no token of the cluster. */
function outboundCloud(
  change: { statements?: readonly PolicyStatement[]; enabled?: boolean; subject?: string } = {},
): SandboxConfig {
  const { statements = [mayAsk], enabled = true, subject = example.roleArn } = change
  const cloud = withRole(clusterCloud(), (role) => ({ ...role, policies: [...role.policies, policy(...statements)] }))
  const federated = (app: EntraApp): EntraApp =>
    app.clientId === example.clientId ? { ...app, federatedCredentials: [credential(subject)] } : app
  return {
    ...cloud,
    tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: tenant.apps.map(federated) })),
    accounts: cloud.accounts.map((account) => {
      return enabled ? { ...account, outboundFederation: { id: outboundId } } : account
    }),
  }
}

function credential(subject: string) {
  const audiences: [string] = ['api://AzureADTokenExchange']
  return { name: 'eks', issuer: outboundIssuer, subject, audiences }
}

const profile = {
  'azure-identity': 'aws',
  'aws-identity': 'cluster',
  'aws-token-resource': undefined,
  'aws-region': example.region,
}

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(outboundCloud())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test('pushes to ACR by a token that AWS gives for the role: Entra sees no token of the cluster', async () => {
  door.requests()
  const { step, results, record } = await door.push(acrImage, { profile })
  expect(step.status, step.stderr).toBe(0)
  expect(results['IMAGE_DIGEST']).toBe(door.digest)
  expect(record.data.identity).toMatchObject({
    azureIdentity: 'aws',
    awsIdentity: 'cluster',
    awsRole: example.roleArn,
    objectId: example.principalId,
  })
  expect(record.data.tokens.map(({ kind, audience }) => [kind, audience])).toEqual([
    ['projected', 'sts.amazonaws.com'],
    ['aws-session', example.roleArn],
    ['web-identity', 'api://AzureADTokenExchange'],
    ['entra', expect.any(String)],
    ['registry', example.acrHost],
  ])
  const asked = door.requests()
  expect(only(asked, /^sts /)).toHaveLength(2)
  expect(only(asked, /^aws-issuer GET/).length).toBeGreaterThan(0)
  expect(only(asked, /^issuer /).length, 'only AWS looks at the cluster’s keys').toBeLessThanOrEqual(2)
})

test('asks for a token of RS256, for the one audience, that lives five minutes', async () => {
  const { record } = await door.push(acrImage, { profile })
  const token = record.data.tokens.find(({ kind }) => kind === 'web-identity')
  const left = Date.parse(token?.expiresAt ?? '') - door.sandbox.world.clock.now()
  expect(left).toBeLessThanOrEqual(300_000)
  expect(left).toBeGreaterThan(240_000)
  const jwts = [...door.sandbox.minted.all]
    .filter((secret) => secret.startsWith('eyJ'))
    .map((jwt) => headerAndClaims(jwt))
  const own = jwts.filter(({ claims }) => claims['iss'] === outboundIssuer)
  expect(own.length).toBeGreaterThan(0)
  for (const { header, claims } of own) {
    expect([header['alg'], claims['aud'], claims['sub']]).toEqual([
      'RS256',
      'api://AzureADTokenExchange',
      example.roleArn,
    ])
  }
})

test('pushes to both clouds, ECR by the same role', async () => {
  const { step } = await door.push(acrImage, { profile, params: { images: [ecrImage] } })
  expect(step.status, step.stderr).toBe(0)
})

test('the chained role is who Entra sees, where there is one', async () => {
  const chained = chainCloud({ second: { policies: [policy(mayAsk)] } }, outboundCloud({ subject: chainRoleArn }))
  const accounts = chained.accounts.map((account) =>
    account.id === otherAccount ? { ...account, outboundFederation: { id: 'other-0001' } } : account,
  )
  const tenants = JSON.parse(JSON.stringify(chained.tenants).replaceAll(outboundId, 'other-0001'))
  await using own = await openFrontDoor({ ...chained, accounts, tenants })
  const { step } = await own.push(acrImage, { profile: { ...profile, 'aws-chain-role-arn': chainRoleArn } })
  expect(step.status, step.stderr).toBe(0)
})

test('a dry run shows the way and takes it, and pushes nothing', async () => {
  await using own = await openFrontDoor(outboundCloud())
  const { step } = await own.push(acrImage, { profile, params: { 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expect(toldProse(step.stderr, 'identity')).toMatch(
    /by a token that AWS gives for the role below AWS: \S+role\/ci-push/,
  )
  expectNothingPushed(own)
})

test('names issuer, subject and audience of the credential that is missing, as AWS spells them', async () => {
  await using own = await openFrontDoor(outboundCloud({ subject: 'arn:aws:iam::123456789012:role/other' }))
  const refused = await own.push(acrImage, { profile })
  expectEnd(refused, 'ENTRA_SUBJECT_MISMATCH', 77)
  expect(told(refused.step.stderr, 'sent')).toEqual([
    `issuer ${outboundIssuer}`,
    `subject ${example.roleArn}`,
    'audience api://AzureADTokenExchange',
  ])
})

test('says how the account gives such tokens at all, and never calls Entra', async () => {
  await using own = await openFrontDoor(outboundCloud({ enabled: false }))
  const refused = await own.push(acrImage, { profile })
  expectEnd(refused, 'AWS_OUTBOUND_DISABLED', 77)
  expect(commands(told(refused.step.stderr, 'remedy').join('\n'))).toEqual([
    'aws iam enable-outbound-web-identity-federation',
  ])
  expect(only(own.requests(), /^entra/)).toEqual([])
})

test('the policy of the remedy lets the very same run through', async () => {
  await using own = await openFrontDoor(outboundCloud({ statements: [] }))
  const refused = await own.push(acrImage, { profile })
  expectEnd(refused, 'AWS_OUTBOUND_NOT_AUTHORIZED', 77)
  expect(only(own.requests(), /^entra/)).toEqual([])
  const given = JSON.parse(/^\{$.*?^\}$/ms.exec(told(refused.step.stderr, 'remedy').join('\n'))?.[0] ?? '')
  await using mended = await openFrontDoor(outboundCloud({ statements: given.Statement }))
  expect((await mended.push(acrImage, { profile })).succeeded).toBe(true)
})

test('a session policy that leaves the action out is a guard for this way, too', async () => {
  const narrowed = JSON.stringify(policy({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }))
  const refused = await door.push(acrImage, { profile: { ...profile, 'aws-session-policy': narrowed } })
  expectEnd(refused, 'AWS_OUTBOUND_NOT_AUTHORIZED', 77)
})

test('allowed-accounts is a guard for this way, too, and nothing is sent', async () => {
  door.requests()
  const refused = await door.push(acrImage, { profile: { ...profile, 'allowed-accounts': otherAccount } })
  expectEnd(refused, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(door.requests()).toEqual([])
})

test.each([
  ['ValidationError', 400, '1 validation error detected: Value at audience failed to satisfy constraint'],
  ['SessionDurationEscalationException', 403, 'The requested token duration would extend beyond the session’s own.'],
  ['JWTPayloadSizeExceededException', 400, 'The requested token payload is larger than the limit.'],
])('names the audience when STS answers %s, and never calls Entra', async (wire, status, text) => {
  const fault = { kind: 'status', status, contentType: 'text/xml', body: stsErrorBody(wire, text) } as const
  door.sandbox.faults.on({ standIn: 'sts', from: 2, fault })
  door.requests()
  const refused = await door.push(acrImage, { profile })
  expectEnd(refused, 'AWS_OUTBOUND_REFUSED', 64)
  expect(told(refused.step.stderr, 'sent')).toContain('audience api://AzureADTokenExchange')
  expect(only(door.requests(), /^entra/)).toEqual([])
})

test('an answer without a token is none of AWS’s, and Entra sees nothing of it', async () => {
  const body =
    '<GetWebIdentityTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetWebIdentityTokenResult><WebIdentityToken>x</WebIdentityToken></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>'
  door.sandbox.faults.on({
    standIn: 'sts',
    from: 2,
    fault: { kind: 'status', status: 200, contentType: 'text/xml', body },
  })
  door.requests()
  const refused = await door.push(acrImage, { profile, run: inAHurry() })
  expectEnd(refused, 'AWS_UNAVAILABLE', 75)
  const asked = door.requests()
  expect(only(asked, /^sts /), 'retried once, not by both').toHaveLength(1 + 6)
  expect(only(asked, /^entra/)).toEqual([])
})

type Faulty = [what: string, change: Record<string, string | undefined>, faults: RegExp[]]

test.each<Faulty>([
  [
    'AWS by Entra and Entra by AWS',
    { 'aws-identity': 'entra', 'aws-token-resource': 'api://aws-ci' },
    [
      /^aws-identity: got "entra", expected cluster, with azure-identity: aws: else each would need a token of the other first$/,
    ],
  ],
  [
    'no role and no region',
    { 'aws-role-arn': undefined, 'aws-region': undefined },
    [/^aws-role-arn: got nothing/, /^aws-region: got nothing, expected the region of the STS endpoint/],
  ],
])('refuses %s, all at once, and asks nobody', async (_, change, faults) => {
  door.requests()
  const refused = await door.push(acrImage, { profile: { ...profile, ...change } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual(faults.map((fault) => expect.stringMatching(fault)))
  expect(door.requests()).toEqual([])
})

test('without the choice the cluster’s token is what Entra sees, though AWS’s would be let in', async () => {
  const refused = await door.push(acrImage, { profile: { ...profile, 'azure-identity': undefined } })
  expectEnd(refused, 'ENTRA_ISSUER_MISMATCH', 77)
  expect(refused.record.data.tokens.map(({ kind }) => kind)).toEqual(['projected'])
})

test('with the choice nothing else is tried when AWS refuses, though Entra trusts the cluster', async () => {
  const cloud = exampleCloud()
  await using own = await openFrontDoor(cloud)
  const refused = await own.push(acrImage, { profile })
  expectEnd(refused, 'AWS_TOKEN_NOT_TRUSTED', 77)
  expect(only(own.requests(), /^entra/)).toEqual([])
})

function headerAndClaims(jwt: string): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header = '', claims = ''] = jwt.split('.')
  const parse = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  return { header: parse(header), claims: parse(claims) }
}
