import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
import { decodeJwt, isSignedBy } from '../jws.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import type { SandboxClock } from '../world.ts'
import { codeOf, podForm, postForm } from './ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { personRefusals } from './person-refusals.ts'
import { getCode, signIn } from './sign-in.ts'
import type { Changes } from './sign-in.ts'
import { verifyEntraToken } from './verify.ts'

let sandbox: Sandbox
let clock: SandboxClock
beforeEach(async () => {
  clock = createSandboxClock()
  sandbox = await startSandbox(fabrikamCloud(), { clock })
})
afterEach(() => closeWithoutCrashes(sandbox))

const redeem = (form: Changes, tenant?: string) => postForm(sandbox, form, tenant === undefined ? {} : { tenant })

describe('a code', () => {
  test('gives a delegated access token, an ID token with the nonce, and a refresh token', async () => {
    const json = await signIn(sandbox)
    expect(json).toMatchObject({ token_type: 'Bearer', scope: 'api://approve/Runs.Approve' })
    expect(verifyEntraToken(sandbox.world, String(json['access_token']))).toMatchObject({
      aud: fabrikam.api,
      azp: fabrikam.desktop,
      azpacr: '0',
      oid: fabrikam.ada,
      scp: 'Runs.Approve',
      roles: ['Approver'],
      groups: [fabrikam.group],
      preferred_username: 'ada@fabrikam.example',
    })
    const idToken = decodeJwt(String(json['id_token']))
    expect(idToken?.claims).toMatchObject({
      iss: `https://login.microsoftonline.com/${fabrikam.tenant}/v2.0`,
      aud: fabrikam.desktop,
      oid: fabrikam.ada,
      nonce: 'nonce-1',
    })
    const { publicKey } = sandbox.world.keys.of(`entra:${fabrikam.tenant}`)
    expect(idToken !== undefined && isSignedBy(idToken, publicKey)).toBe(true)
    for (const name of ['access_token', 'id_token', 'refresh_token']) expect(sandbox.minted.all).toContain(json[name])
  })

  test('names no groups where there are more than a token holds, but where to ask for them', async () => {
    const groups = Array.from({ length: 201 }, (_, index) => `0b000000-0000-4000-8000-000000000${index + 100}`)
    const cloud = fabrikamCloud()
    const tenants = cloud.tenants.map((tenant) => ({
      ...tenant,
      users: (tenant.users ?? []).map((user) => ({ ...user, groups })),
    }))
    const crowded = await startSandbox({ ...cloud, tenants })
    const claims = decodeJwt(String((await signIn(crowded))['access_token']))?.claims
    await closeWithoutCrashes(crowded)
    expect(claims).toMatchObject({ oid: fabrikam.ada, _claim_names: { groups: 'src1' } })
    expect(claims).not.toHaveProperty('groups')
  })

  test('has another sub for each app, and never the object id', async () => {
    const json = await signIn(sandbox)
    const subs = ['access_token', 'id_token'].map((name) => decodeJwt(String(json[name]))?.claims['sub'])
    expect(new Set([...subs, fabrikam.ada]).size).toBe(3)
  })

  test('without offline_access and openid gives neither refresh nor ID token', async () => {
    const json = await signIn(sandbox, { scope: 'api://approve/.default' })
    expect(json).toMatchObject({ scope: 'api://approve/Runs.Approve' })
    expect(Object.keys(json)).not.toEqual(expect.arrayContaining(['refresh_token']))
    expect(json).not.toHaveProperty('id_token')
  })

  test('is redeemed once', async () => {
    const form = await getCode(sandbox)
    expect((await redeem(form)).status).toBe(200)
    const again = await redeem(form)
    expect(again).toMatchObject({ status: 400, json: { error: 'invalid_grant', error_codes: [54005] } })
  })

  test('is good for ten minutes', async () => {
    const form = await getCode(sandbox)
    clock.advance(600_000)
    expect(codeOf(await redeem(form))).toBe(70008)
  })

  test.each<[number, string, string, Changes, string?]>([
    [501481, 'invalid_grant', 'another verifier', { code_verifier: 'x'.repeat(43) }],
    [501481, 'invalid_grant', 'no verifier', { code_verifier: undefined }],
    [500112, 'invalid_client', 'another redirect_uri', { redirect_uri: 'http://localhost' }],
    [70000, 'invalid_grant', 'another client', { client_id: fabrikam.shared }],
    [700005, 'invalid_grant', 'another tenant', { client_id: fabrikam.shared }, fabrikam.partner],
    [9002313, 'invalid_grant', 'a code that nobody gave out', { code: 'x' }],
    [900144, 'invalid_request', 'no code', { code: undefined }],
    [900144, 'invalid_request', 'no redirect_uri', { redirect_uri: undefined }],
    [700025, 'invalid_client', 'a secret of a public client', { client_secret: 'hunter2hunter2' }],
  ])(
    'is refused with AADSTS%i %s for %s, and is still good for its owner',
    async (code, error, what, changes, tenant) => {
      const form =
        what === 'another tenant'
          ? await getCode(sandbox, { client_id: fabrikam.shared, scope: 'openid' })
          : await getCode(sandbox)
      const refused = await redeem({ ...form, ...changes }, tenant)
      expect(refused.json).toMatchObject({ error, error_codes: [code] })
      expect(refused.json).not.toHaveProperty('access_token')
      expect((await redeem(form)).status).toBe(200)
    },
  )

  test('of a confidential client wants its federated assertion, and checks it like any other', async () => {
    const portal = { client_id: fabrikam.portal, scope: `openid ${fabrikam.api}/Runs.Read` }
    const form = await getCode(sandbox, portal)
    expect(codeOf(await redeem(form))).toBe(7000218)
    const { client_assertion_type, client_assertion } = podForm(sandbox)
    const stranger = sandbox.mintToken({ namespace: 'ci', serviceAccount: 'default' })
    const proof = { ...form, client_assertion_type, client_assertion }
    expect(codeOf(await redeem({ ...proof, client_assertion: stranger }))).toBe(700213)
    const { json } = await redeem(proof)
    expect(decodeJwt(String(json['access_token']))?.claims).toMatchObject({ azpacr: '2', scp: 'Runs.Read' })
    expect(decodeJwt(String(json['id_token']))?.claims).toMatchObject({ groups: [fabrikam.group] })
  })
})

describe('a refresh token', () => {
  const refresh = (token: unknown, changes: Changes = {}) =>
    redeem({ grant_type: 'refresh_token', client_id: fabrikam.desktop, refresh_token: String(token), ...changes })

  test('gives tokens again, for another resource too, and a new refresh token', async () => {
    const first = await signIn(sandbox)
    const second = await refresh(first['refresh_token'])
    expect(decodeJwt(String(second.json['access_token']))?.claims).toMatchObject({ scp: 'Runs.Approve' })
    expect(second.json['refresh_token']).not.toBe(first['refresh_token'])
    const graph = await refresh(second.json['refresh_token'], { scope: 'User.Read offline_access' })
    expect(decodeJwt(String(graph.json['access_token']))?.claims).toMatchObject({ scp: 'User.Read', ver: '1.0' })
  })

  test('lives 90 days, and is of one client', async () => {
    const { refresh_token } = await signIn(sandbox)
    expect(codeOf(await refresh(refresh_token, { client_id: fabrikam.shared }))).toBe(70000)
    expect(codeOf(await refresh('x'))).toBe(9002313)
    clock.advance(90 * 86_400_000)
    expect(codeOf(await refresh(refresh_token))).toBe(70008)
  })
})

test('every refusal for people is provoked here, at the sign-in page or by device code', () => {
  const here = [501481, 500112, 70000, 700005, 9002313, 54005, 70008]
  const byDevice = [70016, 70017, 70018, 70020, 65004]
  const atPage = [50011, 50034, 50057, 50058, 50105, 50194, 65001, 650057, 28000, 700054, 70007, 9002325, 501491]
  expect(Object.keys(personRefusals).map(Number)).toEqual([...here, ...byDevice, ...atPage].toSorted((a, b) => a - b))
})
