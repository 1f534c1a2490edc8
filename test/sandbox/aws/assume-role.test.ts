import { expect, test } from 'vitest'
import { OBSERVED_KEY_SETS } from './sts-observed-keys.ts'
import { assume } from './test-calls.ts'
import { ACCOUNT, createCloud, issuerDocuments, policy, ROLE_ARN } from './test-cloud.ts'
import { goodToken, ISSUER } from './test-issuer.ts'

const NOT_VALIDATED =
  'The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.'
const NO_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
const NOT_AUTHORIZED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'

const VALIDATION = 'failed to satisfy constraint: Member must'

test.each([
  [
    'no session name',
    { RoleSessionName: undefined },
    `1 validation error detected: Value null at 'roleSessionName' ${VALIDATION} not be null`,
  ],
  [
    'a blank in the session name',
    { RoleSessionName: 'a b' },
    `1 validation error detected: Value 'a b' at 'roleSessionName' ${VALIDATION} satisfy regular expression pattern: [\\w+=,.@-]*`,
  ],
  [
    'a long session name',
    { RoleSessionName: 'a'.repeat(65) },
    `1 validation error detected: Value '${'a'.repeat(65)}' at 'roleSessionName' ${VALIDATION} have length less than or equal to 64`,
  ],
  [
    'two faulty members',
    { RoleSessionName: 'a', DurationSeconds: '1' },
    `2 validation errors detected: Value 'a' at 'roleSessionName' ${VALIDATION} have length greater than or equal to 2; Value '1' at 'durationSeconds' ${VALIDATION} have value greater than or equal to 900`,
  ],
  [
    'a duration above 12 hours',
    { DurationSeconds: '43201' },
    `1 validation error detected: Value '43201' at 'durationSeconds' ${VALIDATION} have value less than or equal to 43200`,
  ],
  [
    'a long policy',
    { Policy: ' '.repeat(2049) },
    `1 validation error detected: Value '${' '.repeat(2049)}' at 'policy' ${VALIDATION} have length less than or equal to 2048`,
  ],
  ['a user ARN', { RoleArn: `arn:aws:iam::${ACCOUNT}:user/somebody` }, 'Request ARN is invalid'],
  ['an ARN of another partition', { RoleArn: ROLE_ARN.replace('arn:aws:', 'arn:aws-cn:') }, 'Request ARN is invalid'],
])('refuses %s before it looks at the token', async (_, parameters, message) => {
  const world = await createCloud()
  const answer = await assume(world, 'not a token', parameters)
  expect({ status: answer.status, code: answer.code, message: answer.message }).toEqual({
    status: 400,
    code: 'ValidationError',
    message,
  })
})

test('does not echo a token that is too long', async () => {
  const answer = await assume(await createCloud(), 'x'.repeat(20_001))
  expect(answer.message).toBe(
    `1 validation error detected: Value at 'webIdentityToken' ${VALIDATION} have length less than or equal to 20000`,
  )
})

test.each([
  [
    'a provider of the issuer without its slash',
    { oidcProviders: [{ url: ISSUER.slice(0, -1), clientIds: ['client-a'] }] },
  ],
  [
    'a provider in other letters',
    { oidcProviders: [{ url: ISSUER.replace('issuer', 'Issuer'), clientIds: ['client-a'] }] },
  ],
  ['an unregistered audience', { oidcProviders: [{ url: ISSUER, clientIds: ['Client-A'] }] }],
  ['no provider', { oidcProviders: [] }],
  ['another account', { id: '999999999999' }],
])('answers %s with the one text that names no cause', async (_, account) => {
  const world = await createCloud({ account })
  const answer = await assume(world, goodToken({}, Date.now()))
  expect({ status: answer.status, code: answer.code, message: answer.message }).toEqual({
    status: 400,
    code: 'InvalidIdentityToken',
    message: NOT_VALIDATED,
  })
})

test('refuses a changed claim under the old signature and opens no session', async () => {
  const world = await createCloud()
  const [header, , signature] = goodToken({}, Date.now()).split('.')
  const [, payload] = goodToken({ sub: 'somebody-else' }, Date.now()).split('.')
  const answer = await assume(world, `${header}.${payload}.${signature}`)
  expect(answer.message).toBe(NOT_VALIDATED)
  expect(world.awsSessions.size).toBe(0)
})

const DISCOVERY = `${ISSUER}.well-known/openid-configuration`
const KEYS = `${ISSUER}keys`
const PLAIN_KEYS = 'http://issuer.example/keys'

test.each<[string, (good: ReadonlyMap<string, string>) => ReadonlyMap<string, string>]>([
  ['does not answer', () => new Map()],
  ['serves no JSON', (good) => new Map([...good, [DISCOVERY, '<html>']])],
  ['has no keys where it says', (good) => new Map([[DISCOVERY, good.get(DISCOVERY) ?? '']])],
  ['has keys that are no list', (good) => new Map([...good, [KEYS, '{"keys":{}}']])],
  [
    'names another issuer',
    (good) => new Map([...good, [DISCOVERY, JSON.stringify({ issuer: 'https://other.example', jwks_uri: KEYS })]]),
  ],
  [
    'has its keys behind plain http',
    (good) =>
      new Map([
        [DISCOVERY, JSON.stringify({ issuer: ISSUER, jwks_uri: PLAIN_KEYS })],
        [PLAIN_KEYS, good.get(KEYS) ?? ''],
      ]),
  ],
])('cannot retrieve the key of an issuer that %s', async (_, change) => {
  const documents = change(await issuerDocuments(OBSERVED_KEY_SETS.six))
  const answer = await assume(await createCloud({ documents }), goodToken({}, Date.now()))
  expect({ status: answer.status, code: answer.code, message: answer.message }).toEqual({
    status: 400,
    code: 'InvalidIdentityToken',
    message: NO_KEY,
  })
})

test('answers a missing role like one that does not trust', async () => {
  const world = await createCloud()
  const answer = await assume(world, goodToken({}, Date.now()), { RoleArn: ROLE_ARN.replace('pushers/', '') })
  expect({ status: answer.status, code: answer.code, message: answer.message }).toEqual({
    status: 403,
    code: 'AccessDenied',
    message: NOT_AUTHORIZED,
  })
})

test('refuses a duration above the role only after the trust policy agreed', async () => {
  const token = goodToken({}, Date.now())
  const trusting = await createCloud({ role: { maxSessionDuration: 3600 } })
  const refusing = await createCloud({ role: { maxSessionDuration: 3600, trustPolicy: policy() } })
  const answers = [
    await assume(trusting, token, { DurationSeconds: '3601' }),
    await assume(refusing, token, { DurationSeconds: '3601' }),
  ]
  expect(answers.map(({ code, message }) => [code, message])).toEqual([
    ['ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'],
    ['AccessDenied', NOT_AUTHORIZED],
  ])
})

test.each([
  ['no JSON', '{'],
  ['no policy', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}'],
  [
    'an operator that IAM does not have',
    JSON.stringify(policy({ Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEqual: { a: 'b' } } })),
  ],
])('refuses a session policy that is %s', async (_, Policy) => {
  const world = await createCloud()
  const answer = await assume(world, goodToken({}, Date.now()), { Policy })
  expect({ status: answer.status, code: answer.code }).toEqual({ status: 400, code: 'MalformedPolicyDocument' })
  expect(world.awsSessions.size).toBe(0)
})

test('refuses a managed session policy that the account does not have, instead of leaving it out', async () => {
  const world = await createCloud()
  const answer = await assume(world, goodToken({}, Date.now()), {
    'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/Unknown',
  })
  expect({ status: answer.status, sessions: world.awsSessions.size }).toEqual({ status: 400, sessions: 0 })
})

const ROLES = 'https://aws.amazon.com/roles'
const NOT_IN_CLAIM = 'The target role ARN is not present in the roles claim of the identity token'

test.each<[string, unknown, string | undefined]>([
  ['an array with the role', [ROLE_ARN], undefined],
  ['a text with the role', `${ROLE_ARN}x;${ROLE_ARN}`, undefined],
  ['null', null, undefined],
  ['another role', [`${ROLE_ARN}x`], NOT_IN_CLAIM],
  ['a wildcard', [`arn:aws:iam::${ACCOUNT}:role/*`], NOT_IN_CLAIM],
  ['an empty array', [], 'roles passed in claim is not in correct format.'],
  ['no ARN', 'pusher', 'roles passed in claim is not in correct format.'],
])('a roles claim of %s decides before the trust policy does', async (_, claim, message) => {
  const world = await createCloud(message === undefined ? {} : { role: { trustPolicy: policy() } })
  const answer = await assume(world, goodToken({ [ROLES]: claim }, Date.now()))
  expect({ status: answer.status, message: answer.message }).toEqual({
    status: message === undefined ? 200 : 400,
    message,
  })
})
