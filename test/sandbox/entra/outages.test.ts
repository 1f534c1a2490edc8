import { describe, expect, test } from 'vitest'
import type { OutageCode } from '../faults.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { codeOf, podForm, postForm } from './ask-fabrikam.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { outageRefusals } from './outage-refusals.ts'

const ask = (sandbox: Sandbox) => postForm(sandbox, podForm(sandbox))

async function codes(sandbox: Sandbox, count: number): Promise<readonly unknown[]> {
  const seen: unknown[] = []
  for (let n = 0; n < count; n += 1) seen.push(codeOf(await ask(sandbox)))
  return seen
}

describe('an outage of Entra', () => {
  const rows: readonly (readonly [OutageCode, number, string])[] = [
    [90055, 429, 'temporarily_unavailable'],
    [90033, 503, 'temporarily_unavailable'],
    [90006, 503, 'temporarily_unavailable'],
    [90024, 503, 'temporarily_unavailable'],
    [90012, 504, 'temporarily_unavailable'],
    [90090, 503, 'temporarily_unavailable'],
    [50033, 503, 'temporarily_unavailable'],
    [50000, 500, 'server_error'],
  ]

  test.each(rows)('is AADSTS%i with %i %s and Retry-After, gives no token, and passes', async (code, status, error) => {
    await using sandbox = await startSandbox(fabrikamCloud(), {
      faults: [{ times: 1, fault: { kind: 'entra-outage', code, retryAfter: 7 } }],
    })
    const answer = await ask(sandbox)
    expect(answer).toMatchObject({ status, headers: { 'retry-after': '7' }, json: { error, error_codes: [code] } })
    expect(answer.json).not.toHaveProperty('access_token')
    expect((await ask(sandbox)).status).toBe(200)
  })

  test('has a row for each number', () => {
    expect(rows.map(([code]) => code).toSorted((a, b) => a - b)).toEqual(Object.keys(outageRefusals).map(Number))
  })

  test('befalls Entra alone, and may leave Retry-After out', async () => {
    await using sandbox = await startSandbox(fabrikamCloud(), { faults: [{ fault: { kind: 'entra-outage' } }] })
    const answer = await ask(sandbox)
    expect([answer.status, answer.headers['retry-after'], codeOf(answer)]).toEqual([503, undefined, 90033])
    expect((await sandbox.world.outbound(`${fabrikam.issuer}openid/v1/jwks`)).status).toBe(200)
  })
})

describe('propagation', () => {
  test('flaps while some nodes know the credential and others do not', async () => {
    await using sandbox = await startSandbox(fabrikamCloud(), {
      faults: [{ times: 5, turns: ['works', 'fails', 'fails'], fault: { kind: 'propagation', code: 70025 } }],
    })
    expect(await codes(sandbox, 7)).toEqual([undefined, 70025, 70025, undefined, 70025, undefined, undefined])
  })
})

describe('loop detection', () => {
  test('refuses a client that asks the same too often with AADSTS50196, until it has paused', async () => {
    const clock = createSandboxClock()
    const entra = { loopDetection: { requests: 3, seconds: 60 } }
    await using sandbox = await startSandbox(fabrikamCloud({ entra }), { clock })
    expect(await codes(sandbox, 4)).toEqual([undefined, undefined, undefined, 50196])
    const other = podForm(sandbox, { form: { scope: 'https://containerregistry.azure.net/.default' } })
    expect((await postForm(sandbox, other)).status).toBe(200)
    clock.advance(61_000)
    expect(await codes(sandbox, 1)).toEqual([undefined])
  })

  test('is off unless it is switched on', async () => {
    await using sandbox = await startSandbox(fabrikamCloud())
    expect(new Set(await codes(sandbox, 8))).toEqual(new Set([undefined]))
  })
})

describe('what comes from the issuer', () => {
  const ways = [
    ['a page of a proxy', { kind: 'proxy-page' }, 90061],
    ['a body cut short', { kind: 'short-body', bytes: 40 }, 90061],
    ['a reset after part of the body', { kind: 'reset-after-bytes', bytes: 40 }, 90061],
    ['an end after part of the body', { kind: 'truncate', bytes: 40 }, 90061],
    // [K] assumption: Entra reads JSON whatever it is called.
    ['JSON that is called HTML', { kind: 'content-type', contentType: 'text/html' }, undefined],
  ] as const

  test.each(ways)(
    '(%s) is AADSTS90061 unless it can be read, and the next exchange works',
    async (_what, fault, code) => {
      for (const path of [/openid-configuration$/, /jwks$/]) {
        await using sandbox = await startSandbox(fabrikamCloud())
        sandbox.faults.on({ standIn: 'issuer', path, times: 1, fault })
        expect(await codes(sandbox, 2)).toEqual([code, undefined])
      }
    },
  )
})

describe('a clock that is off', () => {
  test.each([
    [-10_000, 700024],
    [7_200_000, 700024],
  ])("at Entra alone, by %i ms, is AADSTS%i while the cluster's own is right", async (ms, code) => {
    await using sandbox = await startSandbox(fabrikamCloud())
    sandbox.faults.on({ standIn: 'entra', times: 1, fault: { kind: 'clock-skew', ms } })
    expect(await codes(sandbox, 2)).toEqual([code, undefined])
  })
})
