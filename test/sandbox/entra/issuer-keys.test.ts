import { expect, test } from 'vitest'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { publicJwk } from '../signing-keys.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { askToken, contoso, issuer } from './contoso.ts'
import { createEntra } from './entra.ts'

/** What an issuer publishes that is not as it should be. */
type Published = { readonly issuer?: string; readonly jwksUri?: string; keys?(right: object): unknown }

function createIssuer(world: World, published: Published): StandIn {
  const right = publicJwk(world.keys.of(`issuer:${issuer}`))
  return {
    name: 'issuer',
    owns: (host) => host === new URL(issuer).hostname,
    handle: async (request, response) => {
      const discovery = { issuer: published.issuer ?? issuer, jwks_uri: published.jwksUri ?? `${issuer}keys` }
      const keys = published.keys === undefined ? { keys: [right] } : published.keys(right)
      const isDiscovery = request.url?.endsWith('/openid-configuration') === true
      response.end(typeof keys === 'string' && !isDiscovery ? keys : JSON.stringify(isDiscovery ? discovery : keys))
    },
  }
}

function start(published: Published): Promise<Sandbox> {
  return startSandbox(contoso, { standIns: (world) => [createIssuer(world, published), createEntra(world)] })
}

const others = (count: number): readonly object[] =>
  [...Array(count).keys()].map((n) => ({ kty: 'RSA', kid: `other-${n}`, n: 'AQAB', e: 'AQAB' }))

test.each<[number | undefined, string, Published]>([
  [undefined, 'one good key', {}],
  [undefined, 'the key in the hundredth place', { keys: (right) => ({ keys: [...others(99), right] }) }],
  [7000272, 'the key in the hundred-and-first place', { keys: (right) => ({ keys: [...others(100), right] }) }],
  [7000272, 'no keys', { keys: () => ({ keys: [] }) }],
  [7000272, 'a key of another kind under the name', { keys: (right) => ({ keys: [{ ...right, kty: 'EC' }] }) }],
  [90061, 'another issuer in its discovery', { issuer: issuer.slice(0, -1) }],
  [90061, 'keys at a host that cannot be reached', { jwksUri: 'https://keys.nowhere.example/' }],
  [90061, 'keys without TLS', { jwksUri: 'http://oidc.contoso.example/keys' }],
  [90061, 'keys that are no JSON', { keys: () => '<html>' }],
  [90061, 'keys that are no list', { keys: () => ({ keys: 'none' }) }],
])('Entra answers %s to a token whose issuer publishes %s', async (code, _what, published) => {
  await using sandbox = await start(published)
  const answer = await askToken(sandbox)
  expect(answer.status === 200 ? undefined : JSON.parse(answer.body).error_codes[0]).toBe(code)
  expect(sandbox.crashes).toEqual([])
})
