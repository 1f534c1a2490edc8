/**
 * What the real AWS STS was recorded to answer, as a table of our own making. Source of the facts: radkawar/stackd
 * (GitHub), commit 9dc356f5e5cc49d2d334178a09c1398dd1c62617, recorded with AWS CLI 2.36 against us-east-1 on 2026-09-11.
 * Times are given where the row is about them; elsewhere the defaults stand for what was sent.
 */
import type { KeySetName } from './sts-observed-keys.ts'

/** Seconds from the moment of the call, sent as a JSON number or as text. */
export type FromNow = { readonly fromNow: number; readonly asText?: true }

/** What came back. `%d…%` in a text stands for epoch seconds: `%exp%` and the like for the claim, `%now-300%` for the clock. */
export type ObservedAnswer =
  | {
      readonly audience: string
      readonly subject: string
      readonly sourceIdentity?: string
      readonly lifetime: number
      readonly packed: number
    }
  | { readonly code: string; readonly message: string }

/** One recorded call. Defaults: RS256, `kid` = algorithm, the six-key set, client-a, subject-probe, iat now-20, exp now+880. */
export type ObservedRow = {
  readonly name: string
  readonly alg?: 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512'
  /** Members of the header beside the default ones; undefined leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly without?: string
  /** An `aud` member behind the others in the payload's bytes, where one stands already. */
  readonly secondAud?: string
  readonly keys?: KeySetName
  readonly request?: Readonly<Record<string, string>>
  readonly answer: ObservedAnswer
}

export const DEFAULT_CLAIMS: Readonly<Record<string, unknown>> = {
  aud: 'client-a',
  sub: 'subject-probe',
  iat: { fromNow: -20 },
  exp: { fromNow: 880 },
}

const at = (fromNow: number): FromNow => ({ fromNow })
const textAt = (fromNow: number): FromNow => ({ fromNow, asText: true })

const SUCCESS = { audience: 'client-a', subject: 'subject-probe', lifetime: 3600, packed: 25 }
const AS_CLIENT_B = { ...SUCCESS, audience: 'client-b' }
const invalid = (message: string): ObservedAnswer => ({ code: 'InvalidIdentityToken', message })
const missing = (claim: string): ObservedAnswer => invalid(`Missing a required claim: ${claim}`)

const NOT_VALIDATED = invalid(
  'The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.',
)
const NO_KEY = invalid(
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
)
const NO_JWT = invalid('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')
const MANY_AUDIENCES = invalid('Token audience contains more than one audience while authorized party is not present')
const BAD_TIMESTAMP = invalid('Invalid timestamp in token claims.')

const TAGS = 'https://aws.amazon.com/tags'
const LONG_SUBJECT = 'a'.repeat(300)

const CLAIM_ROWS: readonly ObservedRow[] = [
  { name: 'baseline-2', answer: SUCCESS },
  { name: 'algorithm-RS256', alg: 'RS256', answer: SUCCESS },
  { name: 'algorithm-RS384', alg: 'RS384', answer: SUCCESS },
  { name: 'algorithm-RS512', alg: 'RS512', answer: SUCCESS },
  { name: 'algorithm-ES256', alg: 'ES256', answer: SUCCESS },
  { name: 'algorithm-ES384', alg: 'ES384', answer: SUCCESS },
  { name: 'algorithm-ES512', alg: 'ES512', answer: SUCCESS },
  { name: 'missing-iss', without: 'iss', answer: missing('iss') },
  { name: 'missing-sub', without: 'sub', answer: missing('sub') },
  { name: 'missing-aud', without: 'aud', answer: missing('aud') },
  { name: 'missing-iat', without: 'iat', answer: missing('iat') },
  { name: 'missing-exp', without: 'exp', answer: missing('exp') },
  { name: 'subject-short', claims: { sub: 'a' }, answer: { ...SUCCESS, subject: 'a', packed: 24 } },
  { name: 'subject-empty', claims: { sub: '' }, answer: { ...SUCCESS, subject: '', packed: 24 } },
  { name: 'aud-array-first-match', claims: { aud: ['client-a', 'other'] }, answer: MANY_AUDIENCES },
  { name: 'aud-array-second-match', claims: { aud: ['other', 'client-a'] }, answer: MANY_AUDIENCES },
  { name: 'aud-array-two-matches', claims: { aud: ['client-b', 'client-a'] }, answer: MANY_AUDIENCES },
  { name: 'azp-overrides', claims: { aud: 'other', azp: 'client-b' }, answer: AS_CLIENT_B },
  { name: 'azp-mismatch', claims: { azp: 'other' }, answer: NOT_VALIDATED },
  { name: 'azp-empty', claims: { azp: '' }, answer: NOT_VALIDATED },
  { name: 'expired-1', claims: { iat: at(-32), exp: at(-23) }, answer: SUCCESS },
  {
    name: 'expired-301',
    claims: { iat: at(-33), exp: at(-324) },
    answer: {
      code: 'ExpiredTokenException',
      message: 'Token expired: current date/time %now-300% must be before the expiration date/time %exp%',
    },
  },
  { name: 'iat-future-1', claims: { iat: at(-22), exp: at(877) }, answer: SUCCESS },
  { name: 'iat-future-301', claims: { iat: at(277), exp: at(876) }, answer: SUCCESS },
  { name: 'nbf-future-1', claims: { nbf: at(-24) }, answer: SUCCESS },
  { name: 'nbf-future-301', claims: { nbf: at(275) }, answer: SUCCESS },
  {
    name: 'iat-future-hour',
    claims: { iat: at(3573), exp: at(873) },
    answer: invalid('Token issued in the future: %iat%'),
  },
  {
    name: 'nbf-future-hour',
    claims: { nbf: at(3573) },
    answer: invalid(
      'Token not yet valid: current date/time %now+300% must be after or equal to the not-before date/time %nbf%',
    ),
  },
  { name: 'nbf-string', claims: { nbf: textAt(-28) }, answer: SUCCESS },
  { name: 'nbf-invalid', claims: { nbf: 'invalid' }, answer: BAD_TIMESTAMP },
  { name: 'aud-empty', claims: { aud: '' }, answer: NOT_VALIDATED },
  { name: 'aud-single-array', claims: { aud: ['client-a'] }, answer: SUCCESS },
  { name: 'aud-multi-with-azp', claims: { aud: ['other', 'client-a'], azp: 'client-b' }, answer: AS_CLIENT_B },
  { name: 'aud-empty-array', claims: { aud: [] }, answer: invalid('Claim is not allowed to be empty: aud') },
  {
    name: 'sub-null',
    claims: { sub: null },
    answer: { code: 'InternalFailure', message: 'Unknown error validating third-party token' },
  },
  { name: 'sub-number', claims: { sub: 123 }, answer: { ...SUCCESS, subject: '123' } },
  { name: 'sub-long', claims: { sub: LONG_SUBJECT }, answer: { ...SUCCESS, subject: LONG_SUBJECT, packed: 34 } },
  { name: 'exp-string', claims: { exp: textAt(562) }, answer: SUCCESS },
  { name: 'iat-null', claims: { iat: null }, answer: BAD_TIMESTAMP },
  { name: 'iat-fraction', claims: { iat: at(-39.5) }, answer: BAD_TIMESTAMP },
  { name: 'exp-fraction', claims: { exp: at(60.5) }, answer: BAD_TIMESTAMP },
  { name: 'iat-string', claims: { iat: textAt(-40) }, answer: SUCCESS },
  {
    name: 'source-identity',
    claims: { 'https://aws.amazon.com/source_identity': 'source-probe' },
    answer: { ...SUCCESS, sourceIdentity: 'source-probe', packed: 26 },
  },
  {
    name: 'nested-tags',
    claims: { [TAGS]: { principal_tags: { Team: ['engineering'] }, transitive_tag_keys: ['Team'] } },
    answer: SUCCESS,
  },
  {
    name: 'nested-string-tags',
    claims: { [TAGS]: { principal_tags: { Team: 'engineering' } } },
    answer: invalid('principal_tags passed in claim is not in correct format.'),
  },
  {
    name: 'flat-tags',
    claims: { [`${TAGS}/principal_tags/Team`]: 'engineering', [`${TAGS}/transitive_tag_keys`]: ['Team'] },
    answer: SUCCESS,
  },
  {
    name: 'token-expiry-does-not-cap-session',
    claims: { exp: at(60) },
    request: { DurationSeconds: '7200' },
    answer: { ...SUCCESS, lifetime: 7200 },
  },
  {
    name: 'provider-id-with-oidc',
    request: { ProviderId: 'www.amazon.com' },
    answer: invalid('Provided Token is not a Login With Amazon token'),
  },
  { name: 'unknown-key-id', header: { kid: 'unknown' }, answer: NO_KEY },
  { name: 'missing-key-id', header: { kid: undefined }, answer: NO_KEY },
  { name: 'empty-key-id', header: { kid: '' }, answer: NO_KEY },
  { name: 'critical-header', header: { crit: ['custom'], custom: 'yes' }, answer: NO_JWT },
  { name: 'duplicate-claim', secondAud: 'other', answer: NOT_VALIDATED },
  { name: 'duplicate-same-claim', secondAud: 'client-a', answer: SUCCESS },
]

const KEY_ROWS: readonly ObservedRow[] = [
  { name: 'baseline-3', keys: 'six', answer: SUCCESS },
  { name: 'key-single', keys: 'single', answer: SUCCESS },
  { name: 'key-no-header-kid', header: { kid: undefined }, keys: 'single', answer: SUCCESS },
  { name: 'key-no-jwk-kid', header: { kid: undefined }, keys: 'withoutKid', answer: NO_KEY },
  { name: 'key-wrong-alg', keys: 'wrongAlg', answer: SUCCESS },
  { name: 'key-encryption-use', keys: 'encryption', answer: NO_KEY },
  { name: 'key-ops-sign', keys: 'keyOpsSign', answer: NOT_VALIDATED },
  { name: 'key-ops-verify', keys: 'keyOpsVerify', answer: NOT_VALIDATED },
  { name: 'key-duplicate-identical', keys: 'twiceTheSame', answer: SUCCESS },
  { name: 'key-duplicate-wrong-first', keys: 'wrongFirst', answer: SUCCESS },
  { name: 'key-duplicate-wrong-last', keys: 'wrongLast', answer: NOT_VALIDATED },
  { name: 'key-x5c-matching', keys: 'x5cMatching', answer: SUCCESS },
  { name: 'key-x5c-only', keys: 'x5cOnly', answer: NO_KEY },
  { name: 'key-x5c-conflict', keys: 'x5cConflict', answer: NO_KEY },
  { name: 'key-rsa-101', keys: 'rsa101', answer: NO_KEY },
  { name: 'key-rsa-101-ec-token', alg: 'ES256', keys: 'rsa101', answer: SUCCESS },
]

/** All recorded rows. */
export const STS_OBSERVED: readonly ObservedRow[] = [...CLAIM_ROWS, ...KEY_ROWS]
