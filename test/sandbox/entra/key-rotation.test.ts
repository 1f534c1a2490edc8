import { describe, expect, test } from 'vitest'
import { createSandboxClock } from '../sandbox-clock.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import { codeOf, podForm, podToken, postForm } from './ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { verifyEntraToken } from './verify.ts'

const kids = async (sandbox: Sandbox, url: string): Promise<readonly string[]> => {
  const { keys } = JSON.parse((await throughProxy(sandbox, { url })).body)
  return keys.map(({ kid }: { kid: string }) => kid)
}

const ask = async (sandbox: Sandbox, form = podForm(sandbox)): Promise<unknown> => codeOf(await postForm(sandbox, form))

const cached = (seconds: number) => fabrikamCloud({ entra: { issuerKeysCacheSeconds: seconds } })

describe("an issuer's rotation", () => {
  const jwks = `${fabrikam.issuer}openid/v1/jwks`

  test('publishes the new key alone: tokens of the old one are AADSTS7000272, new ones are taken', async () => {
    await using sandbox = await startSandbox(fabrikamCloud())
    const old = podForm(sandbox)
    const before = await kids(sandbox, jwks)
    sandbox.rotateKeys({ issuer: fabrikam.issuer })
    const after = await kids(sandbox, jwks)
    expect(after).toHaveLength(1)
    expect(after).not.toEqual(before)
    expect(await ask(sandbox, old)).toBe(7000272)
    expect(await ask(sandbox)).toBeUndefined()
  })

  test('can leave the old key published until it is retired', async () => {
    await using sandbox = await startSandbox(fabrikamCloud())
    const old = podForm(sandbox)
    sandbox.rotateKeys({ issuer: fabrikam.issuer }, { retireOld: false })
    expect(await kids(sandbox, jwks)).toHaveLength(2)
    expect(await ask(sandbox, old)).toBeUndefined()
    sandbox.retireKeys({ issuer: fabrikam.issuer })
    expect(await ask(sandbox, old)).toBe(7000272)
  })

  test('is not seen while Entra keeps the keys that it knows, and is once it asks again', async () => {
    const clock = createSandboxClock()
    await using sandbox = await startSandbox(cached(600), { clock })
    const old = podForm(sandbox)
    expect(await ask(sandbox, old)).toBeUndefined()
    sandbox.rotateKeys({ issuer: fabrikam.issuer })
    expect(await ask(sandbox)).toBe(7000272)
    expect(await ask(sandbox, old)).toBeUndefined()
    clock.advance(600_000)
    expect(await ask(sandbox)).toBeUndefined()
    expect(await ask(sandbox, old)).toBe(7000272)
  })

  test('is seen at once when Entra is made to ask again, of this issuer and of no other', async () => {
    await using sandbox = await startSandbox(cached(600))
    await ask(sandbox)
    sandbox.rotateKeys({ issuer: fabrikam.issuer })
    sandbox.refreshIssuerKeys('https://other.example/')
    expect(await ask(sandbox)).toBe(7000272)
    sandbox.refreshIssuerKeys(fabrikam.issuer)
    expect(await ask(sandbox)).toBeUndefined()
  })

  test('keeps an issuer that is down working from what Entra knows, and no longer', async () => {
    const clock = createSandboxClock()
    await using sandbox = await startSandbox(cached(600), { clock })
    await ask(sandbox)
    sandbox.faults.on({ standIn: 'issuer', fault: { kind: 'proxy-page' } })
    expect(await ask(sandbox)).toBeUndefined()
    clock.advance(600_000)
    expect(await ask(sandbox)).toBe(90061)
  })

  test('of an issuer that is not there is an error', async () => {
    await using sandbox = await startSandbox(fabrikamCloud())
    expect(() => sandbox.rotateKeys({ issuer: 'https://other.example/' })).toThrow('no issuer https://other.example/')
    expect(() => sandbox.rotateKeys({ tenant: 'nobody' })).toThrow('no tenant nobody')
  })
})

describe("a tenant's rotation", () => {
  const jwks = `https://login.microsoftonline.com/${fabrikam.tenant}/discovery/v2.0/keys`

  test('publishes both keys, signs with the new one, and drops the old one when it is retired', async () => {
    await using sandbox = await startSandbox(fabrikamCloud())
    const [old = ''] = await kids(sandbox, jwks)
    const token = await podToken(sandbox)
    sandbox.rotateKeys({ tenant: fabrikam.tenant })
    const [signing, other, ...more] = await kids(sandbox, jwks)
    expect([other, more]).toEqual([old, []])
    const fresh = await podToken(sandbox)
    expect(JSON.parse(Buffer.from(fresh.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ kid: signing })
    expect([token, fresh].map((one) => verifyEntraToken(sandbox.world, one)?.tid)).toEqual([
      fabrikam.tenant,
      fabrikam.tenant,
    ])
    sandbox.retireKeys({ tenant: fabrikam.tenant })
    expect(await kids(sandbox, jwks)).toEqual([signing])
    expect(verifyEntraToken(sandbox.world, token)).toBeUndefined()
  })

  test('leaves the keys of other tenants and other sandboxes as they are', async () => {
    await using sandbox = await startSandbox(fabrikamCloud())
    await using other = await startSandbox(fabrikamCloud())
    const before = await kids(other, jwks)
    sandbox.rotateKeys({ tenant: fabrikam.tenant }, { retireOld: true })
    expect(await kids(other, jwks)).toEqual(before)
    const partner = jwks.replace(fabrikam.tenant, fabrikam.partner)
    expect(await kids(sandbox, partner)).toEqual(await kids(other, partner))
  })
})
