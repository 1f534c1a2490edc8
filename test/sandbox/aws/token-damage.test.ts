import { expect, test } from 'vitest'
import { assume } from './test-calls.ts'
import { createCloud } from './test-cloud.ts'
import { goodToken, signToken } from './test-issuer.ts'

const GOOD = goodToken({}, Date.now())
const [HEADER = '', PAYLOAD = '', SIGNATURE = ''] = GOOD.split('.')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')

test.each([
  ['....', '....'],
  ['two parts', `${HEADER}.${PAYLOAD}`],
  ['four parts', `${GOOD}.x`],
  ['an empty signature', `${HEADER}.${PAYLOAD}.`],
  ['a trailing newline', `${GOOD}\n`],
  ['base64 padding', `${HEADER}=.${PAYLOAD}.${SIGNATURE}`],
  ['a cut payload', `${HEADER}.${PAYLOAD.slice(0, -7)}.${SIGNATURE}`],
  ['a payload that is an array', `${HEADER}.${base64url('[]')}.${SIGNATURE}`],
  ['a payload that is null', `${HEADER}.${base64url('null')}.${SIGNATURE}`],
  ['a payload that is not UTF-8', `${HEADER}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.${SIGNATURE}`],
  ['a payload nested without end', `${HEADER}.${base64url('['.repeat(9000))}.${SIGNATURE}`],
  ['no algorithm', `${base64url('{}')}.${PAYLOAD}.${SIGNATURE}`],
  ['the algorithm none', `${base64url('{"alg":"none"}')}.${PAYLOAD}.${SIGNATURE}`],
  ['an HMAC', `${base64url('{"alg":"HS256","kid":"RS256"}')}.${PAYLOAD}.${SIGNATURE}`],
  ['an algorithm that is an object', `${base64url('{"alg":{}}')}.${PAYLOAD}.${SIGNATURE}`],
  ['an algorithm named like a member of every object', `${base64url('{"alg":"constructor"}')}.${PAYLOAD}.${SIGNATURE}`],
  ['a kid that is a number', `${base64url('{"alg":"RS256","kid":7}')}.${PAYLOAD}.${SIGNATURE}`],
  ['the algorithm of another family', `${base64url('{"alg":"ES256","kid":"RS256"}')}.${PAYLOAD}.${SIGNATURE}`],
  [
    'claims that are objects',
    signToken('RS256', { alg: 'RS256', kid: 'RS256' }, '{"iss":{},"sub":{},"aud":{},"iat":1,"exp":1}'),
  ],
  [
    'claims without bounds',
    signToken('RS256', { alg: 'RS256', kid: 'RS256' }, '{"iss":"x","sub":"y","aud":"z","iat":1e400,"exp":-1e400}'),
  ],
  [
    'an own __proto__',
    signToken('RS256', { alg: 'RS256', kid: 'RS256' }, '{"__proto__":{"iss":"x","sub":"y","aud":"z","iat":1,"exp":1}}'),
  ],
])('a token with %s is refused with a code and never crashes', async (_, token) => {
  const world = await createCloud()
  const answer = await assume(world, token)
  expect({ status: answer.status, code: answer.code }).toEqual({ status: 400, code: 'InvalidIdentityToken' })
  expect(world.awsSessions.size).toBe(0)
})

test('every one-character damage to a token is refused', async () => {
  const world = await createCloud()
  const places = Array.from({ length: 60 }, (_, index) => Math.floor((index * GOOD.length) / 60))
  const answers = await Promise.all(
    places.map((at) => assume(world, `${GOOD.slice(0, at)}${GOOD[at] === 'A' ? 'Q' : 'A'}${GOOD.slice(at + 1)}`)),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]))
})

const GOOD_CLAIMS = Buffer.from(PAYLOAD, 'base64url').toString()

test.each<[string, Parameters<typeof signToken>[0], object, RegExp]>([
  ['an EC algorithm on an RSA key', 'ES256', { alg: 'ES256', kid: 'RS256' }, /^Couldn't retrieve verification key/],
  ['an RSA algorithm on an EC key', 'RS256', { alg: 'RS256', kid: 'ES256' }, /^Couldn't retrieve verification key/],
  [
    'ES384 on the P-256 key',
    { keyOf: 'ES256', digest: 'sha384' },
    { alg: 'ES384', kid: 'ES256' },
    /could not be validated/,
  ],
  ['the key of another kid', 'ES256', { alg: 'ES256', kid: 'ES384' }, /could not be validated/],
])('a signature with %s proves nothing', async (_, signer, header, text) => {
  const answer = await assume(await createCloud(), signToken(signer, header, GOOD_CLAIMS))
  expect(answer.code).toBe('InvalidIdentityToken')
  expect(answer.message).toMatch(text)
})
