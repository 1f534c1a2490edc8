import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { visitAuthorize } from './sign-in.ts'
import type { Changes } from './sign-in.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(fabrikamCloud())
})
afterAll(() => closeWithoutCrashes(sandbox))

describe('the sign-in page', () => {
  test('sends the person back with a code and the state, and shows the code to nobody else', async () => {
    const { status, back, body } = await visitAuthorize(sandbox)
    expect(status).toBe(302)
    expect(`${back?.origin}${back?.pathname}`).toBe(fabrikam.redirectUri)
    expect(back?.searchParams.get('state')).toBe('state-1')
    const code = back?.searchParams.get('code') ?? ''
    expect(sandbox.minted.all).toContain(code)
    expect(body + JSON.stringify(sandbox.journal.entries)).not.toContain(code)
  })

  test.each(['http://localhost:49152', 'http://localhost'])('ignores the port of loopback (%s)', async (uri) => {
    expect((await visitAuthorize(sandbox, { redirect_uri: uri })).back?.origin).toBe(uri)
  })

  test('answers in the fragment, or in a form, when asked to', async () => {
    const fragment = await visitAuthorize(sandbox, { response_mode: 'fragment' })
    expect(fragment.back?.search).toBe('')
    expect(new URLSearchParams(fragment.back?.hash.slice(1)).get('code')).toMatch(/^1\.C/)
    const form = await visitAuthorize(sandbox, { response_mode: 'form_post', state: '"><script>' })
    expect(form.body).toContain(`action="${fabrikam.redirectUri}"`)
    expect(form.body).toMatch(/name="code" value="1\.C/)
    expect(form.body).toContain('value="&quot;&gt;&lt;script&gt;"')
  })

  test('asks who signs in when nobody is named, and never when prompt is none', async () => {
    const asked = await visitAuthorize(sandbox, { login_hint: undefined })
    expect(asked.status).toBe(200)
    expect(asked.body).toContain('login_hint=grace%40fabrikam.example')
    const silent = await visitAuthorize(sandbox, { login_hint: undefined, prompt: 'none' })
    expect(silent.back?.searchParams.get('error')).toBe('login_required')
    expect(silent.back?.searchParams.get('error_description')).toMatch(/^AADSTS50058: /)
  })

  test('signs the only person of a tenant in at once', async () => {
    const [first, ...others] = fabrikamCloud().tenants
    const one = { ...first, users: first?.users?.slice(0, 1) } as NonNullable<typeof first>
    await using own = await startSandbox(fabrikamCloud({ tenants: [one, ...others] }))
    expect((await visitAuthorize(own, { login_hint: undefined })).status).toBe(302)
  })

  test('serves an app of many tenants at /organizations, and one of a single tenant not', async () => {
    const shared = await visitAuthorize(sandbox, { client_id: fabrikam.shared, scope: 'openid' }, 'organizations')
    expect(shared.back?.searchParams.get('code')).toMatch(/^1\.C/)
    expect((await visitAuthorize(sandbox, {}, 'organizations')).body).toContain('AADSTS50194')
  })
})

describe('the sign-in page refuses on the page, and sends nobody anywhere,', () => {
  test.each<[number, string, Changes, string?]>([
    [50011, 'another redirect_uri', { redirect_uri: 'https://evil.example/back' }],
    [50011, 'the redirect_uri with a slash more', { redirect_uri: `${fabrikam.redirectUri}/` }],
    [50011, 'loopback with TLS', { redirect_uri: 'https://localhost:1' }],
    [50011, 'loopback as a user name', { redirect_uri: 'http://localhost:1@evil.example' }],
    [900144, 'no redirect_uri', { redirect_uri: undefined }],
    [900144, 'no client_id', { client_id: undefined }],
    [700016, 'a client nobody has', { client_id: fabrikam.subscription }],
    [90002, 'a tenant nobody has', {}, '8b2d0000-0000-4000-8000-00000000ffff'],
    [900382, 'a tenant of another cloud', {}, fabrikam.china],
    [50034, 'a person nobody knows', { login_hint: 'eve@fabrikam.example' }],
    [50057, 'a person who is disabled', { login_hint: 'gone@fabrikam.example' }],
    [53003, 'a person whom a policy blocks', { login_hint: 'grace@fabrikam.example' }],
    [50105, 'a person who is not assigned to the resource', { scope: 'api://vault/Open' }],
    [65001, 'a permission without consent', { scope: 'api://approve/Runs.Read' }],
    [650057, 'a resource that the client does not list', { scope: `${fabrikam.portal}/.default` }],
    [70011, 'a permission that the resource does not have', { scope: 'api://approve/Runs.Delete' }],
    [28000, 'two resources', { scope: 'api://approve/Runs.Approve User.Read' }],
    [500011, 'a resource nobody has', { scope: 'api://absent/Read' }],
  ])('with AADSTS%i: %s', async (code, _what, changes, tenant) => {
    const visit = await visitAuthorize(sandbox, changes, tenant)
    expect([visit.status, visit.back]).toEqual([400, undefined])
    expect(visit.body).toContain(`AADSTS${code}: `)
  })
})

describe('the sign-in page sends back the refusal', () => {
  test.each<[number, string, string, Changes]>([
    [700054, 'unsupported_response_type', 'another response_type', { response_type: 'id_token' }],
    [70007, 'unsupported_response_mode', 'another response_mode', { response_mode: 'smoke' }],
    [900144, 'invalid_request', 'no scope', { scope: undefined }],
    [9002325, 'invalid_request', 'no PKCE', { code_challenge: undefined }],
    [501491, 'invalid_request', 'PKCE in plain', { code_challenge_method: 'plain' }],
    [501491, 'invalid_request', 'PKCE without its method', { code_challenge_method: undefined }],
    [501491, 'invalid_request', 'a challenge of another length', { code_challenge: 'short' }],
    [53003, 'interaction_required', 'prompt=none', { prompt: 'none', login_hint: 'grace@fabrikam.example' }],
  ])('AADSTS%i %s with the state and without a code (%s)', async (code, error, _what, changes) => {
    const { back } = await visitAuthorize(sandbox, changes)
    expect(Object.fromEntries(back?.searchParams ?? [])).toMatchObject({ error, state: 'state-1' })
    expect(back?.searchParams.get('error_description')).toMatch(new RegExp(`^AADSTS${code}: `))
    expect(back?.searchParams.has('code')).toBe(false)
  })
})
