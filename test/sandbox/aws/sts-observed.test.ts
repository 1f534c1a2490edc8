import { expect, test } from 'vitest'
import { stsStatus } from './sts-errors.ts'
import { OBSERVED_KEY_SETS } from './sts-observed-keys.ts'
import { DEFAULT_CLAIMS, STS_OBSERVED } from './sts-observed.ts'
import type { ObservedAnswer, ObservedRow } from './sts-observed.ts'
import { assume } from './test-calls.ts'
import type { StsAnswer } from './test-calls.ts'
import { ACCOUNT, createCloud, PROVIDER_ARN } from './test-cloud.ts'
import { ISSUER, signToken } from './test-issuer.ts'

const isFromNow = (value: unknown): value is { fromNow: number; asText?: true } =>
  typeof value === 'object' && value !== null && 'fromNow' in value

const resolve = (value: unknown, now: number): unknown => {
  if (!isFromNow(value)) return value
  return value.asText === undefined ? now + value.fromNow : String(now + value.fromNow)
}

const claimsOf = (row: ObservedRow, now: number): Record<string, unknown> => {
  const all = Object.entries({ iss: ISSUER, ...DEFAULT_CLAIMS, ...row.claims }).filter(([name]) => name !== row.without)
  return Object.fromEntries(all.map(([name, value]) => [name, resolve(value, now)]))
}

const tokenOf = (row: ObservedRow, claims: Record<string, unknown>): string => {
  const alg = row.alg ?? 'RS256'
  const json = JSON.stringify(claims)
  const payload = row.secondAud === undefined ? json : `${json.slice(0, -1)},"aud":${JSON.stringify(row.secondAud)}}`
  return signToken(alg, { alg, kid: alg, typ: 'JWT', ...row.header }, payload)
}

const expectSuccess = (answer: StsAnswer, wanted: Extract<ObservedAnswer, { audience: string }>, now: number): void => {
  expect(answer).toMatchObject({ status: 200, code: undefined, message: undefined })
  const lifetime = Date.parse(answer.element('Expiration') ?? '') / 1000 - now
  expect({
    audience: answer.element('Audience'),
    subject: answer.element('SubjectFromWebIdentityToken'),
    sourceIdentity: answer.element('SourceIdentity'),
    lifetime,
    packed: Number(answer.element('PackedPolicySize')),
    provider: answer.element('Provider'),
    arn: answer.element('Arn'),
  }).toEqual({
    sourceIdentity: undefined,
    ...wanted,
    provider: PROVIDER_ARN,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/pusher/oidc-probe`,
  })
  expect(answer.element('AssumedRoleId')).toMatch(/^AROA[A-Z2-7]{17}:oidc-probe$/)
  expect(answer.element('AccessKeyId')).toMatch(/^ASIA[A-Z2-7]{16}$/)
}

const expectedText = (text: string, claims: Record<string, unknown>, now: number): string =>
  text
    .replace(/%now([+-]\d+)%/, (_, shift: string) => String(now + Number(shift)))
    .replace(/%(exp|iat|nbf)%/, (_, name: string) => String(claims[name]))

test.each(STS_OBSERVED)('$name comes out as recorded from the real STS', async (row) => {
  const world = { ...(await createCloud({ keys: OBSERVED_KEY_SETS[row.keys ?? 'six'] })) }
  const stopped = Math.floor(Date.now() / 1000) * 1000 + 400
  const frozen = { ...world, clock: { ...world.clock, now: () => stopped } }
  const now = Math.floor(stopped / 1000)
  const claims = claimsOf(row, now)
  const answer = await assume(frozen, tokenOf(row, claims), { RoleSessionName: 'oidc-probe', ...row.request })
  if ('audience' in row.answer) return expectSuccess(answer, row.answer, now)
  expect({ code: answer.code, message: answer.message, status: answer.status }).toEqual({
    code: row.answer.code,
    message: expectedText(row.answer.message, claims, now),
    status: stsStatus(row.answer.code),
  })
  expect(frozen.awsSessions.size, 'a refused token must open no session').toBe(0)
})
