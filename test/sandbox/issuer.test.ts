import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from './close-without-crashes.ts'
import type { EntraApp, SandboxConfig } from './config.ts'
import { nothing } from './echo.ts'
import { createIssuers } from './issuer.ts'
import { decodeJwt, isSignedBy } from './jws.ts'
import { startSandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'
import { rsaKeyOf } from './signing-keys.ts'
import { throughProxy } from './through-proxy.ts'

const config = { ...nothing, issuers: [{ url: 'https://oidc.example/a/' }, { url: 'https://oidc.example/b' }] }

const withApps = (...apps: readonly EntraApp[]): SandboxConfig => ({ ...nothing, tenants: [{ id: 't', apps }] })

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(config, { standIns: (world) => [createIssuers(world)] })
})
afterAll(() => closeWithoutCrashes(sandbox))

describe('an issuer', () => {
  test.each([
    ['https://oidc.example/a/', 'https://oidc.example/a'],
    ['https://oidc.example/b', 'https://oidc.example/b'],
  ])(
    '%s publishes itself with its last slash as it is, and the key that its tokens are signed with',
    async (issuer, base) => {
      const discovery = await throughProxy(sandbox, { url: `${base}/.well-known/openid-configuration` })
      expect(JSON.parse(discovery.body)).toMatchObject({ issuer, jwks_uri: `${base}/openid/v1/jwks` })
      const { keys } = JSON.parse((await throughProxy(sandbox, { url: `${base}/openid/v1/jwks` })).body)
      const token = decodeJwt(sandbox.mintToken({ issuer, namespace: 'ci', serviceAccount: 'builder' }))
      const key = rsaKeyOf(keys[0])
      expect(token?.header).toEqual({ alg: 'RS256', kid: keys[0].kid })
      expect(token !== undefined && key !== undefined && isSignedBy(token, key)).toBe(true)
    },
  )

  test.each(['/.well-known/openid-configuration', '/a//.well-known/openid-configuration', '/a/jwks', '/'])(
    'publishes nothing at %s',
    async (path) => {
      expect((await throughProxy(sandbox, { url: `https://oidc.example${path}` })).status).toBe(404)
    },
  )
})

describe('a minted token', () => {
  test('has the claims of a token that the kubelet projects into a pod', () => {
    const pod = { name: 'build-1', uid: '00000000-0000-4000-8000-000000000001' }
    const token = sandbox.mintToken({ namespace: 'ci', serviceAccount: 'builder', pod, expiresInSeconds: 600 })
    const claims = decodeJwt(token)?.claims ?? {}
    expect(claims).toMatchObject({
      iss: 'https://oidc.example/a/',
      sub: 'system:serviceaccount:ci:builder',
      aud: ['api://AzureADTokenExchange'],
      exp: Number(claims['iat']) + 600,
      nbf: claims['iat'],
      'kubernetes.io': { namespace: 'ci', pod, serviceaccount: { name: 'builder', uid: expect.any(String) } },
    })
    expect(sandbox.minted.all).toContain(token)
  })
})

describe('a state that no cloud would hold', () => {
  const credential = { name: 'one', issuer: 'https://x.example', subject: 's', audiences: ['a'] as const }
  const withCredentials = (federatedCredentials: readonly (typeof credential)[]): SandboxConfig => ({
    ...nothing,
    tenants: [{ id: 't', apps: [{ clientId: 'c', displayName: 'app', federatedCredentials }] }],
  })

  test.each<[string, SandboxConfig]>([
    [
      'issuers[0].url: http://oidc.example/ is not an https URL',
      { ...nothing, issuers: [{ url: 'http://oidc.example/' }] },
    ],
    ['without port', { ...nothing, issuers: [{ url: 'https://oidc.example:8443/' }] }],
    [
      'tenants[0].apps[0].federatedCredentials: two federated credentials named one',
      withCredentials([credential, { ...credential, subject: 'other' }]),
    ],
    ['two federated credentials for', withCredentials([credential, { ...credential, name: 'two' }])],
    [
      'tenants[0].apps[0].federatedCredentials[0].name: the name a is not allowed',
      withCredentials([{ ...credential, name: 'a' }]),
    ],
    [
      'more than 20',
      withCredentials([...Array(21).keys()].map((n) => ({ ...credential, name: `fic-${n}`, subject: `s${n}` }))),
    ],
    [
      'tenants[0].apps[0].federatedCredentials[0].subject: empty or longer than 600',
      withCredentials([{ ...credential, subject: 's'.repeat(601) }]),
    ],
    ['the client id c', withApps({ clientId: 'c', displayName: 'one' }, { clientId: 'C', displayName: 'two' })],
    [
      'the identifier URI api://x',
      withApps(
        { clientId: 'c', displayName: 'one', identifierUris: ['api://x'] },
        { clientId: 'd', displayName: 'two', identifierUris: ['api://x'] },
      ),
    ],
  ])('is refused at the start (%s)', async (fault, state) => {
    await expect(startSandbox(state, { standIns: () => [] })).rejects.toThrow(fault)
  })
})
