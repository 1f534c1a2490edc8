import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from './close-without-crashes.ts'
import { host, secureTunnel, startEcho, url } from './echo.ts'
import type { Asked } from './echo.ts'
import type { FaultRule } from './faults.ts'
import type { Sandbox } from './sandbox.ts'
import { throughProxy } from './through-proxy.ts'

const reset = /ECONNRESET|socket hang up/

let sandbox: Sandbox
let asked: Asked
beforeEach(async () => {
  asked = { requests: [], pouredMebibytes: 0 }
  sandbox = await startEcho(asked)
})
afterEach(() => closeWithoutCrashes(sandbox))

async function statuses(count: number): Promise<readonly number[]> {
  const seen: number[] = []
  for (let n = 0; n < count; n += 1) seen.push((await throughProxy(sandbox, { url })).status)
  return seen
}

function outcome(own: Sandbox, signal?: AbortSignal): Promise<string> {
  const request = signal === undefined ? { url } : { url, signal }
  return throughProxy(own, request).then(
    () => 'answered',
    () => 'failed',
  )
}

describe('a fault rule', () => {
  test('befalls the n-th request and so many after it', async () => {
    sandbox.faults.on({ standIn: 'echo', from: 2, times: 2, fault: { kind: 'status', status: 429 } })
    expect(await statuses(4)).toEqual([200, 429, 429, 200])
    expect(asked.requests).toHaveLength(2)
  })

  test.each<[string, Omit<FaultRule, 'fault'>, boolean]>([
    ['the path prefix', { path: '/th' }, true],
    ['another path prefix', { path: '/x' }, false],
    ['a path pattern, even a global one', { path: /ing$/g }, true],
    ['the method', { method: 'GET' }, true],
    ['another method', { method: 'POST' }, false],
    ['the host', { host }, true],
    ['another host', { host: 'other.example' }, false],
    ['another stand-in', { standIn: 'sts' }, false],
  ])('chooses by %s', async (_what, rule, befallen) => {
    sandbox.faults.on({ ...rule, fault: { kind: 'status', status: 503 } })
    expect(await statuses(2)).toEqual(befallen ? [503, 503] : [200, 200])
  })

  test('counts for itself: of two that match, the earlier one wins and the later one goes on', async () => {
    sandbox.faults.on({ times: 1, fault: { kind: 'status', status: 500 } })
    sandbox.faults.on({ times: 2, fault: { kind: 'status', status: 503 } })
    expect(await statuses(3)).toEqual([500, 503, 200])
  })

  test('can be switched off again', async () => {
    const off = sandbox.faults.on({ fault: { kind: 'status', status: 503 } })
    expect(await statuses(1)).toEqual([503])
    off()
    expect(await statuses(1)).toEqual([200])
  })
})

describe('a fault', () => {
  test('answers a status with Retry-After, and is journaled', async () => {
    sandbox.faults.on({
      fault: { kind: 'status', status: 429, retryAfter: 7, body: '{}', contentType: 'application/json' },
    })
    const answer = await throughProxy(sandbox, { url })
    expect(answer).toMatchObject({
      status: 429,
      body: '{}',
      headers: { 'retry-after': '7', 'content-type': 'application/json' },
    })
    expect(sandbox.journal.entries).toMatchObject([{ standIn: 'echo', status: 429, refused: 'fault: status' }])
  })

  test('resets before the stand-in is asked', async () => {
    sandbox.faults.on({ fault: { kind: 'reset-before' } })
    await expect(throughProxy(sandbox, { url })).rejects.toThrow(reset)
    expect(asked.requests).toEqual([])
  })

  test('resets after the stand-in has done what was asked', async () => {
    sandbox.faults.on({ fault: { kind: 'reset-after-request' } })
    await expect(throughProxy(sandbox, { url, method: 'PUT', body: 'abc' })).rejects.toThrow(reset)
    expect(asked.requests).toEqual(['PUT /thing'])
  })

  test('cuts an answer short after its head and so many bytes', async () => {
    sandbox.faults.on({ fault: { kind: 'truncate', bytes: 5 } })
    const socket = await secureTunnel(sandbox)
    let received = ''
    socket.on('data', (chunk) => (received += String(chunk)))
    socket.on('error', () => socket.destroy())
    socket.write(`GET /thing HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    await once(socket, 'close')
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\ncontent-length: 26\r\n\r\ncloud$/i)
    await expect(throughProxy(sandbox, { url })).rejects.toThrow(/aborted|ECONNRESET/)
  })

  test('cuts a long answer short without waiting for the rest of it', async () => {
    sandbox.faults.on({ fault: { kind: 'truncate', bytes: 3_000_000 } })
    await expect(throughProxy(sandbox, { url: `https://${host}/pour?64` })).rejects.toThrow(/aborted|ECONNRESET/)
  })

  test("delays by the sandbox's clock: advancing it ends the wait", async () => {
    sandbox.faults.on({ fault: { kind: 'delay', ms: 3_600_000 } })
    const answer = throughProxy(sandbox, { url })
    await expect.poll(() => sandbox.journal.entries.length).toBe(1)
    expect(asked.requests).toEqual([])
    sandbox.world.clock.advance(3_600_000)
    expect((await answer).status).toBe(200)
  })

  test.each([{ kind: 'stall' }, { kind: 'delay', ms: 3_600_000 }] as const)(
    'that keeps a client waiting ($kind) ends when the sandbox closes, and nothing was asked',
    async (fault) => {
      await using own = await startEcho(asked, { faults: [{ fault }] })
      const answer = outcome(own)
      await expect.poll(() => own.journal.entries.length).toBe(1)
      await own.close()
      expect(await answer).toBe('failed')
      expect(asked.requests).toEqual([])
    },
  )

  test.each([{ kind: 'stall' }, { kind: 'delay', ms: 3_600_000 }] as const)(
    'that keeps a client waiting ($kind) ends when the client leaves',
    async (fault) => {
      sandbox.faults.on({ fault })
      const leaving = new AbortController()
      const answer = outcome(sandbox, leaving.signal)
      await expect.poll(() => sandbox.journal.entries.length).toBe(1)
      leaving.abort()
      expect(await answer).toBe('failed')
      expect(asked.requests).toEqual([])
    },
  )
})
