import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { createIssuers } from '../issuer.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import { askToken, contoso, ids } from './contoso.ts'
import { createEntra } from './entra.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox(contoso, { standIns: (world) => [createIssuers(world), createEntra(world)] })
})
afterAll(() => closeWithoutCrashes(sandbox))

describe('a refusal', () => {
  test('has the body of the vendor, text and fields saying the same', async () => {
    const answer = await askToken(sandbox, { token: { serviceAccount: 'default' } })
    const body = JSON.parse(answer.body)
    const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(body).toEqual({
      error: 'invalid_client',
      error_description:
        "AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:ci:default'. " +
        'Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ' +
        'https://learn.microsoft.com/entra/workload-id/workload-identity-federation ' +
        `Trace ID: ${body.trace_id} Correlation ID: ${body.correlation_id} Timestamp: ${body.timestamp}`,
      error_codes: [700213],
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
      trace_id: expect.stringMatching(guid),
      correlation_id: expect.stringMatching(guid),
      error_uri: 'https://login.microsoftonline.com/error?code=700213',
    })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store, no-cache',
      pragma: 'no-cache',
      'x-ms-request-id': body.trace_id,
      'x-ms-clitelem': '1,700213,0,,',
    })
    expect(answer.headers).not.toHaveProperty('client-request-id')
  })

  test("carries the client's request id, and echoes it only when asked to", async () => {
    const id = '0b6f2a0c-1111-4222-8333-444455556666'
    const silent = await askToken(sandbox, { form: { 'client-request-id': id, scope: 'x' } })
    expect(JSON.parse(silent.body).correlation_id).toBe(id)
    expect(silent.headers).not.toHaveProperty('client-request-id')
    const asked = await askToken(sandbox, { form: { 'client-request-id': id, 'return-client-request-id': 'true' } })
    expect(asked.headers['client-request-id']).toBe(id)
  })

  test('makes an id of its own when the client gives one that is no GUID', async () => {
    const answer = await askToken(sandbox, { form: { 'client-request-id': 'mine', scope: 'x' } })
    expect(JSON.parse(answer.body).correlation_id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('shows an assertion without nbf as valid from 1970, in seven digits of a second', async () => {
    const answer = await askToken(sandbox, { token: { claims: { nbf: undefined, exp: 1_700_000_000 } } })
    expect(JSON.parse(answer.body).error_description).toContain(
      'assertion valid from 1970-01-01T00:00:00.0000000Z, expiry time of assertion 2023-11-14T22:13:20.0000000Z.',
    )
  })

  test('is journaled with every check up to the refusal, and without the assertion', async () => {
    const before = sandbox.journal.entries.length
    await askToken(sandbox, { token: { serviceAccount: 'default' } })
    const entry = sandbox.journal.entries.slice(before).find(({ standIn }) => standIn === 'entra')
    expect(entry).toMatchObject({ operation: 'token', status: 401, refused: 'AADSTS700213' })
    expect(entry?.checks?.at(-1)).toBe('subject (system:serviceaccount:ci:default): AADSTS700213')
    const journal = JSON.stringify(sandbox.journal.entries)
    expect([...sandbox.minted.all].filter((secret) => journal.includes(secret))).toEqual([])
  })

  test('comes before the issuer is asked when the credential does not match', async () => {
    const before = sandbox.journal.entries.length
    await askToken(sandbox, { token: { serviceAccount: 'default' } })
    expect(sandbox.journal.entries.slice(before).filter(({ standIn }) => standIn === 'issuer')).toEqual([])
  })

  test('of a body beyond 64 KiB is 413, and the process lives on', async () => {
    const answer = await askToken(sandbox, { request: { body: `x=${'a'.repeat(65 * 1024)}` } })
    expect(answer.status).toBe(413)
  })

  test('of an unknown path is 404', async () => {
    const answer = await throughProxy(sandbox, {
      url: `https://login.microsoftonline.com/${ids.tenant}/oauth2/v3.0/token`,
    })
    expect(answer.status).toBe(404)
    const onSts = await askToken(sandbox, { host: 'sts.windows.net' })
    expect(onSts.status).toBe(404)
  })
})
