import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { decodeJwt } from '../jws.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import type { SandboxClock } from '../world.ts'
import { codeOf, postForm } from './ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { startDevice } from './sign-in.ts'

let sandbox: Sandbox
let clock: SandboxClock
beforeEach(async () => {
  clock = createSandboxClock()
  sandbox = await startSandbox(fabrikamCloud(), { clock })
})
afterEach(() => closeWithoutCrashes(sandbox))

const redeem = (form: Readonly<Record<string, string>>) => postForm(sandbox, form)

describe('a device code', () => {
  test('is pending until the person answers, then gives tokens once', async () => {
    const { json, user_code, poll } = await startDevice(sandbox)
    expect(json).toMatchObject({
      verification_uri: 'https://microsoft.com/devicelogin',
      expires_in: 900,
      interval: 5,
      message: expect.stringContaining(user_code),
    })
    expect(json).not.toHaveProperty('verification_uri_complete')
    expect((await redeem(poll)).json).toMatchObject({ error: 'authorization_pending', error_codes: [70016] })
    sandbox.answerDeviceCode(user_code, { upn: 'ada@fabrikam.example' })
    clock.advance(5000)
    const answered = await redeem(poll)
    expect(decodeJwt(String(answered.json['access_token']))?.claims).toMatchObject({ oid: fabrikam.ada })
    clock.advance(5000)
    expect(codeOf(await redeem(poll))).toBe(54005)
  })

  test('polled faster than its interval is told to slow down', async () => {
    const { poll } = await startDevice(sandbox)
    await redeem(poll)
    expect((await redeem(poll)).json).toMatchObject({ error: 'slow_down', error_codes: [70017] })
  })

  test('can be declined, and expires', async () => {
    const declined = await startDevice(sandbox)
    sandbox.answerDeviceCode(declined.user_code, 'decline')
    expect((await redeem(declined.poll)).json).toMatchObject({ error: 'authorization_declined', error_codes: [65004] })
    const late = await startDevice(sandbox)
    clock.advance(900_000)
    expect((await redeem(late.poll)).json).toMatchObject({ error: 'expired_token', error_codes: [70020] })
    expect(() => sandbox.answerDeviceCode(late.user_code, 'decline')).toThrow('expired')
  })

  test('of a person whom a policy blocks is AADSTS53003', async () => {
    const { user_code, poll } = await startDevice(sandbox)
    sandbox.answerDeviceCode(user_code, { upn: 'grace@fabrikam.example' })
    const { json } = await redeem(poll)
    expect(json).toMatchObject({ error: 'invalid_grant', error_codes: [53003], suberror: 'message_only' })
    expect(json).not.toHaveProperty('access_token')
  })

  test('is refused for another client, a confidential client, and a code that nobody gave out', async () => {
    const { poll } = await startDevice(sandbox)
    expect((await redeem({ ...poll, device_code: 'x' })).json).toMatchObject({ error: 'bad_verification_code' })
    expect(codeOf(await redeem({ ...poll, client_id: fabrikam.shared }))).toBe(70018)
    expect(codeOf(await redeem({ ...poll, client_id: fabrikam.portal }))).toBe(7000218)
  })

  test('is answered at the page by who types it in, once', async () => {
    const { user_code, poll } = await startDevice(sandbox)
    const url = 'https://microsoft.com/devicelogin'
    expect((await throughProxy(sandbox, { url })).body).toContain('ada@fabrikam.example')
    const type = (body: string) =>
      throughProxy(sandbox, {
        url,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
    const answer = new URLSearchParams({
      code: user_code.toLowerCase(),
      upn: 'ada@fabrikam.example',
      decision: 'approve',
    })
    expect((await type(answer.toString().replace('ada', 'eve'))).body).toContain(
      'nobody is called eve@fabrikam.example',
    )
    expect((await type(answer.toString())).status).toBe(200)
    expect((await type(answer.toString())).body).toContain('answered before')
    expect((await redeem(poll)).status).toBe(200)
  })
})
