import { expect, test } from 'vitest'
import { stepError } from '../../../steps/lib/core/errors.ts'
import { attackerKey, codesOf, jwk, makeKey, openTenant, published, sign, tenantKey, v2Claims } from './entra-tenant.ts'

const minute = 60_000
const hour = 60 * minute
const next = makeKey('next-key')
const down = { status: 503, body: '' }

/** Good tokens whose times do not matter here: the tenant's clock is moved. */
function tokenAt(ms: number, key = tenantKey): string {
  const now = Math.floor(ms / 1000)
  return sign({ ...v2Claims, iat: now - 300, nbf: now - 300, exp: now + 3600 }, {}, key)
}

test('looks the keys up once for many tokens, also when they come together', async () => {
  const tenant = openTenant()
  const verdicts = await Promise.all(Array.from({ length: 50 }, async () => tenant.verify(sign(v2Claims))))
  await tenant.verify(sign(v2Claims))
  expect(verdicts.flatMap(codesOf)).toEqual([])
  expect(tenant.asked).toHaveLength(1)
})

test('looks them up anew after an hour', async () => {
  const tenant = openTenant()
  for (const after of [0, 59 * minute, 2 * minute, minute]) {
    tenant.now += after
    expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual([])
  }
  expect(tenant.asked).toHaveLength(2)
})

test('takes a new key at once: an unknown kid makes it look', async () => {
  const tenant = openTenant()
  await tenant.verify(tokenAt(tenant.now))
  tenant.answer = published([jwk(next), jwk(tenantKey)])
  tenant.now += minute
  expect(codesOf(await tenant.verify(tokenAt(tenant.now, next)))).toEqual([])
  expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual([])
  expect(tenant.asked).toHaveLength(2)
})

test('a key that was retired is good for an hour at most', async () => {
  const tenant = openTenant()
  await tenant.verify(tokenAt(tenant.now))
  tenant.answer = published([jwk(next)])
  tenant.now += 61 * minute
  expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual(['key-unknown'])
})

test('a flood of unknown kids makes two look-ups a minute, and good tokens go on', async () => {
  const tenant = openTenant()
  for (let sent = 0; sent < 120; sent += 1) {
    const token = sign(v2Claims, { kid: `flood-${sent}` }, attackerKey)
    expect(codesOf(await tenant.verify(token))).toEqual(['key-unknown'])
    expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual([])
    tenant.now += 500
  }
  expect(tenant.asked.length).toBeLessThanOrEqual(3)
})

test('keys that are known hold through an outage of a day, and not longer', async () => {
  const tenant = openTenant()
  await tenant.verify(tokenAt(tenant.now))
  tenant.answer = down
  tenant.now += 23 * hour
  expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual([])
  tenant.now += 61 * minute
  expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual(['keys-unavailable'])
  tenant.answer = published([jwk(tenantKey)])
  tenant.now += minute
  expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual([])
})

test('an unknown kid during an outage is not called unknown: nobody could look', async () => {
  const tenant = openTenant()
  await tenant.verify(tokenAt(tenant.now))
  tenant.answer = down
  tenant.now += minute
  expect(codesOf(await tenant.verify(tokenAt(tenant.now, next)))).toEqual(['keys-unavailable'])
  tenant.answer = published([jwk(next)])
  expect(codesOf(await tenant.verify(tokenAt(tenant.now, next)))).toEqual(['keys-unavailable'])
  expect(tenant.asked).toHaveLength(2)
})

test('an outage at the beginning is told with its reason, and asked again after half a minute', async () => {
  const tenant = openTenant()
  tenant.answer = stepError('NETWORK_UNREACHABLE', { host: 'login.microsoftonline.com', reason: 'ENOTFOUND' })
  const verdict = await tenant.verify(sign(v2Claims))
  expect(verdict).toMatchObject({ faults: [{ code: 'keys-unavailable', got: expect.stringContaining('ENOTFOUND') }] })
  tenant.answer = published([jwk(tenantKey)])
  tenant.now += 29_000
  expect(codesOf(await tenant.verify(sign(v2Claims)))).toEqual(['keys-unavailable'])
  tenant.now += 2000
  expect(codesOf(await tenant.verify(sign(v2Claims)))).toEqual([])
  expect(tenant.asked).toHaveLength(2)
})

test('a clock that is set back makes no key younger', async () => {
  const tenant = openTenant()
  await tenant.verify(tokenAt(tenant.now))
  tenant.now -= 48 * hour
  tenant.answer = published([jwk(next)])
  expect(codesOf(await tenant.verify(tokenAt(tenant.now)))).toEqual(['key-unknown'])
})

test.each<[what: string, answer: { status: number; body: string }]>([
  ['a redirect', { status: 302, body: '' }],
  ['an error', down],
  ['a page', { status: 200, body: '<html>' }],
  ['a list', { status: 200, body: '[]' }],
  ['no keys', { status: 200, body: '{}' }],
  ['an empty list of keys', published([])],
  ['keys that are texts', { status: 200, body: '{"keys":["k"]}' }],
  ['keys without ids', published([{ ...jwk(tenantKey), kid: undefined }])],
  ['two lists of keys', { status: 200, body: `{"keys":[],"keys":${JSON.stringify([jwk(tenantKey)])}}` }],
  [
    'a hundred and one keys',
    published(Array.from({ length: 101 }, (_, index) => ({ ...jwk(tenantKey), kid: `k${index}` }))),
  ],
  ['half a megabyte', published([{ ...jwk(tenantKey), x5c: ['x'.repeat(530_000)] }])],
])('takes no keys from an answer that is %s', async (_what, answer) => {
  const tenant = openTenant()
  tenant.answer = answer
  expect(codesOf(await tenant.verify(sign(v2Claims)))).toEqual(['keys-unavailable'])
  tenant.answer = published([jwk(tenantKey)])
  tenant.now += 31_000
  expect(codesOf(await tenant.verify(sign(v2Claims)))).toEqual([])
})

const v2Issuer = String(v2Claims['iss'])
const secret = tenantKey.privateKey.export({ format: 'jwk' })

test.each<[what: string, keys: readonly object[]]>([
  ['is there twice', [jwk(tenantKey), jwk({ ...attackerKey, kid: tenantKey.kid })]],
  ['is for encryption', [jwk(tenantKey, { use: 'enc' })]],
  ['is for another algorithm', [jwk(tenantKey, { alg: 'RS512' })]],
  ['may only encrypt', [jwk(tenantKey, { key_ops: ['encrypt'] })]],
  ['is of another issuer', [jwk(tenantKey, { issuer: v2Issuer.replace('6f1c', '7f1c') })]],
  ['is of the issuer of private accounts', [jwk(tenantKey, { issuer: 'https://login.live.com' })]],
  ['shows its private half', [{ ...jwk(tenantKey), d: secret.d }]],
  ['is a shared secret', [{ kty: 'oct', kid: tenantKey.kid, k: 'c2VjcmV0' }]],
  ['is short', [jwk(tenantKey, { n: 'AQAB' })]],
  ['has an exponent of 1', [jwk(tenantKey, { e: 'AQ' })]],
])('uses no key that %s', async (_what, keys) => {
  expect(codesOf(await openTenant(keys).verify(sign(v2Claims)))).toEqual(['key-unusable'])
  expect(codesOf(await openTenant([jwk(tenantKey)]).verify(sign(v2Claims)))).toEqual([])
})

test.each<[what: string, more: object]>([
  ['names the issuer', { issuer: v2Issuer }],
  ['names the issuer of any tenant', { issuer: v2Issuer.replace(/[0-9a-f]{8}-[^/]+/, '{tenantid}') }],
  ['names its algorithm', { alg: 'RS256' }],
])('uses a key that %s', async (_what, more) => {
  expect(codesOf(await openTenant([jwk(tenantKey, more)]).verify(sign(v2Claims)))).toEqual([])
})
