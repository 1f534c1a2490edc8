import * as fc from 'fast-check'
import { expect } from 'vitest'
import { audiencesOf, decodeToken, textClaim, timeClaim, verifySignature } from '../../steps/lib/core/jwt.ts'
import { claimsCorpus, tokenCorpus } from './corpus/jwt.ts'
import { almost, anyJson, anyText, fuzz } from './fuzz.ts'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const objects = anyJson().filter((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
const token = fc
  .tuple(objects, objects)
  .map(([header, claims]) => `${part({ alg: 'RS256', ...Object(header) })}.${part(claims)}.c2ln`)

fuzz(
  'a token is read as it was written',
  {
    from: fc
      .tuple(objects, objects)
      .map(([header, claims]) => ({ header: { alg: 'RS256', ...Object(header) }, claims })),
  },
  ({ header, claims }) => {
    const read = decodeToken(`${part(header)}.${part(claims)}.c2ln`)
    expect(JSON.stringify(read)).toBe(JSON.stringify({ header, claims }))
  },
)

fuzz(
  'text is a token with header and claims, or none',
  { from: fc.oneof(anyText('.eyJ-_='), almost(token, '.=')), corpus: tokenCorpus, runs: 1000 },
  async (text) => {
    const decoded = decodeToken(text)
    for (const half of [decoded?.header ?? {}, decoded?.claims ?? {}]) {
      expect(Object.prototype.toString.call(half)).toBe('[object Object]')
    }
    // Whatever it is, nothing of it is a good signature of an issuer without keys.
    expect((await verifySignature(text, [])).verdict).not.toBe('good')
  },
)

fuzz(
  'a claim is what it should be, or missing',
  {
    from: fc.record({ text: fc.anything(), aud: fc.anything(), exp: fc.oneof(fc.double(), fc.anything()) }),
    corpus: claimsCorpus,
  },
  (claims) => {
    expect(textClaim(claims, 'text')).toBe(typeof claims.text === 'string' ? claims.text : '')
    expect(audiencesOf(claims).every((audience) => typeof audience === 'string')).toBe(true)
    expect(timeClaim(claims, 'exp') ?? 0).toSatisfy(Number.isFinite)
  },
)
