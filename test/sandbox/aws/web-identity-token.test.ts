import { verify, createPublicKey } from 'node:crypto'
import { GetWebIdentityTokenCommand } from '@aws-sdk/client-sts'
import type { GetWebIdentityTokenCommandInput } from '@aws-sdk/client-sts'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { isObject } from './json-object.ts'
import { throughProxy, TunnelRefused } from '../through-proxy.ts'
import { refuseImpossibleState } from '../config-rules.ts'
import { policy } from './test-cloud.ts'
import { ADMIN, account, HOME, OTHER, refusalOf, role, roleArn, startFront } from './test-front.ts'
import type { Front, Keys } from './test-front.ts'

const ID = 'a103a2cc-b461-473d-84fe-6c4f6d45af88'
const ISSUER = `https://${ID}.tokens.sts.global.api.aws`
const ENABLED = account({
  outboundFederation: { id: ID },
  roles: [role('first', { path: '/ci/', tags: { Team: 'blue' } })],
})

const ask = async (front: Front, change: Partial<GetWebIdentityTokenCommandInput> = {}, keys: Keys = ADMIN) =>
  front
    .sts(keys)
    .send(
      new GetWebIdentityTokenCommand({ Audience: ['https://api.example.com'], SigningAlgorithm: 'RS256', ...change }),
    )

const getJson = async (front: Front, url: string): Promise<Record<string, unknown>> => {
  const answer = await throughProxy(front.sandbox, { url })
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body) as Record<string, unknown>
}

/** Whether one of the keys that the issuer publishes proves the token. */
const isProven = async (front: Front, token: string): Promise<boolean> => {
  const discovery = await getJson(front, `${ISSUER}/.well-known/openid-configuration`)
  expect(discovery['issuer']).toBe(ISSUER)
  const { keys } = await getJson(front, String(discovery['jwks_uri']))
  const { kid, alg } = decodeProtectedHeader(token)
  const jwk = (Array.isArray(keys) ? keys : []).filter(isObject).find((one) => one['kid'] === kid) ?? {}
  const [header = '', payload = '', signature = ''] = token.split('.')
  return verify(
    alg === 'RS256' ? 'sha256' : 'sha384',
    Buffer.from(`${header}.${payload}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
}

test.each(['RS256', 'ES384'])('makes an %s token that the published keys prove', async (SigningAlgorithm) => {
  await using front = await startFront([ENABLED])
  const { WebIdentityToken = '', Expiration } = await ask(front, { SigningAlgorithm })
  expect(await isProven(front, WebIdentityToken)).toBe(true)
  const claims = decodeJwt(WebIdentityToken)
  expect(claims).toMatchObject({
    iss: ISSUER,
    aud: 'https://api.example.com',
    sub: `arn:aws:iam::${HOME}:user/people/admin`,
    'https://sts.amazonaws.com/': { aws_account: HOME, source_region: 'eu-central-1' },
  })
  expect([(claims.exp ?? 0) - (claims.iat ?? 0), Expiration?.getTime()]).toEqual([300, (claims.exp ?? 0) * 1000])
  expect(front.sandbox.minted.all.has(WebIdentityToken)).toBe(true)
  expect(JSON.stringify(front.sandbox.journal.entries)).not.toContain(WebIdentityToken)
})

test('says of a role session its role, tags, source identity and end', async () => {
  await using front = await startFront([ENABLED])
  const RoleArn = roleArn('ci/first')
  const keys = await front.assume({ RoleArn, SourceIdentity: 'ann', Tags: [{ Key: 'job', Value: '7' }] })
  const { WebIdentityToken = '' } = await ask(front, { Tags: [{ Key: 'scope', Value: 'read' }] }, keys)
  expect(decodeJwt(WebIdentityToken)).toMatchObject({
    sub: RoleArn,
    'https://sts.amazonaws.com/': {
      principal_id: RoleArn,
      principal_tags: { Team: 'blue', job: '7' },
      request_tags: { scope: 'read' },
      source_identity: 'ann',
      original_session_exp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    },
  })
})

test('an account without the federation gets none, and its issuer is nobody’s', async () => {
  await using front = await startFront([account()])
  expect(await refusalOf(ask(front))).toMatchObject({
    name: 'OutboundWebIdentityFederationDisabledException',
    status: 403,
  })
  const call = throughProxy(front.sandbox, { url: `${ISSUER}/.well-known/openid-configuration` })
  await expect(call).rejects.toBeInstanceOf(TunnelRefused)
})

test.each<[string, Partial<GetWebIdentityTokenCommandInput>, string, number]>([
  ['no audience', { Audience: [] }, 'ValidationError', 400],
  ['another algorithm', { SigningAlgorithm: 'ES256' }, 'ValidationError', 400],
  ['a minute less a second', { DurationSeconds: 59 }, 'ValidationError', 400],
  ['more than an hour', { DurationSeconds: 3601 }, 'ValidationError', 400],
  ['a scope without the other subject mode', { Scope: 'read' }, 'ValidationError', 400],
  ['the subject of an identity that the session has not', { SubjectMode: 'OriginIdentity' }, 'ValidationError', 400],
  [
    'a tag twice',
    {
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'A', Value: '2' },
      ],
    },
    'InvalidParameterValue',
    400,
  ],
  [
    'more than a token may hold',
    { Tags: Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: 'v'.repeat(250) })) },
    'JWTPayloadSizeExceededException',
    400,
  ],
])('refuses %s', async (_, change, name, status) => {
  await using front = await startFront([ENABLED])
  expect(await refusalOf(ask(front, change))).toMatchObject({ name, status })
  expect(front.sandbox.minted.all.size).toBe(0)
})

test('a token does not outlive the session that asks for it', async () => {
  await using front = await startFront([ENABLED])
  const keys = await front.assume({ RoleArn: roleArn('ci/first'), DurationSeconds: 900 })
  await ask(front, { DurationSeconds: 600 }, keys)
  expect(await refusalOf(ask(front, { DurationSeconds: 1000 }, keys))).toMatchObject({
    name: 'SessionDurationEscalationException',
    status: 403,
  })
})

const AUDIENCE = {
  Effect: 'Allow',
  Action: 'sts:GetWebIdentityToken',
  Resource: `arn:aws:sts::${HOME}:self`,
  Condition: { 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': 'https://api.example.com' } },
} as const

test.each<[string, Partial<GetWebIdentityTokenCommandInput>, string]>([
  ['an audience beside the allowed one', { Audience: ['https://api.example.com', 'x'] }, 'sts:GetWebIdentityToken'],
  ['tags', { Tags: [{ Key: 'a', Value: 'b' }] }, 'sts:TagGetWebIdentityToken'],
])('a policy for one audience allows no %s', async (_, change, action) => {
  const limited = { ...ENABLED, users: [{ ...ADMIN, policies: [policy(AUDIENCE)] }] }
  await using front = await startFront([limited])
  await ask(front)
  expect(await refusalOf(ask(front, change))).toEqual({
    name: 'AccessDenied',
    status: 403,
    message: `User: arn:aws:iam::${HOME}:user/people/admin is not authorized to perform: ${action} on resource: arn:aws:sts::${HOME}:self`,
  })
})

test('no account can register the STS issuer of its own partition as a provider', () => {
  const provider = { url: ISSUER, clientIds: ['x'] }
  const state = { issuers: [], tenants: [], acrRegistries: [] }
  expect(() =>
    refuseImpossibleState({ ...state, accounts: [account({ id: OTHER, oidcProviders: [provider] })] }),
  ).toThrow('is an STS issuer of the same partition')
})
