import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { createIssuers } from '../issuer.ts'
import { decodeJwt, signJwt } from '../jws.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { askToken, contoso, ids } from './contoso.ts'
import { createEntra } from './entra.ts'
import { verifyEntraToken } from './verify.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await start()
})
afterAll(() => closeWithoutCrashes(sandbox))

function start(clock = createSandboxClock()): Promise<Sandbox> {
  return startSandbox(contoso, { clock, standIns: (world) => [createIssuers(world), createEntra(world)] })
}

async function entraToken(own: Sandbox): Promise<string> {
  return JSON.parse((await askToken(own)).body).access_token
}

const hour = 3600
const now = (): number => Math.floor(Date.now() / 1000)

describe('verifyEntraToken', () => {
  test('gives the claims of a good token, and nothing once it has expired', async () => {
    const clock = createSandboxClock()
    await using own = await start(clock)
    clock.advance(24 * hour * 1000)
    const token = await entraToken(own)
    expect(verifyEntraToken(own.world, token)).toMatchObject({ oid: ids.builderPrincipal, tid: ids.tenant })
    expect(Number(decodeJwt(token)?.claims['exp'])).toBeGreaterThan(now() + 24 * hour)
    clock.advance(2 * hour * 1000)
    expect(verifyEntraToken(own.world, token)).toBeUndefined()
  })

  test('gives nothing for a token whose claims were changed', async () => {
    const token = await entraToken(sandbox)
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(token)?.claims, oid: ids.blocked })).toString('base64url')
    const [header, , signature] = token.split('.')
    expect(verifyEntraToken(sandbox.world, [header, claims, signature].join('.'))).toBeUndefined()
  })

  test.each<[string, string, Record<string, unknown>, boolean]>([
    ['nothing wrong', ids.tenant, {}, true],
    ['the issuer of another tenant', ids.tenant, { iss: `https://sts.windows.net/${ids.governmentTenant}/` }, false],
    ['the issuer without its slash', ids.tenant, { iss: `https://sts.windows.net/${ids.tenant}` }, false],
    ['the key of another tenant', ids.governmentTenant, {}, false],
    ['an unknown tenant', ids.tenant, { tid: ids.builder }, false],
    ['no audience', ids.tenant, { aud: undefined }, false],
    ['no expiry', ids.tenant, { exp: undefined }, false],
    ['a start in the future', ids.tenant, { nbf: now() + hour }, false],
  ])('of a token with %s, signed by the tenant %s', (_what, signer, change, isGood) => {
    const key = sandbox.world.keys.of(`entra:${signer}`)
    const iss = `https://sts.windows.net/${ids.tenant}/`
    const claims = { iss, tid: ids.tenant, aud: 'x', oid: 'y', exp: now() + hour, ...change }
    const token = signJwt(key.privateKey, { alg: 'RS256', kid: key.kid }, claims)
    expect(verifyEntraToken(sandbox.world, token) !== undefined).toBe(isGood)
  })

  test('gives nothing for what is no token', () => {
    for (const text of ['', 'no token', 'a.b.c']) expect(verifyEntraToken(sandbox.world, text)).toBeUndefined()
  })
})
