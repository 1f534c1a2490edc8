import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { captureAnswer } from './capture-answer.ts'
import { closeWithoutCrashes } from './close-without-crashes.ts'
import { host, secureTunnel, startEcho, url } from './echo.ts'
import type { Asked } from './echo.ts'
import type { Sandbox } from './sandbox.ts'
import { throughProxy } from './through-proxy.ts'

let sandbox: Sandbox
let asked: Asked
beforeEach(async () => {
  asked = { requests: [], pouredMebibytes: 0 }
  sandbox = await startEcho(asked)
})
afterEach(() => closeWithoutCrashes(sandbox))

describe('a fault in the answer', () => {
  test('cuts the body short in a complete answer, and the connection stays good', async () => {
    sandbox.faults.on({ times: 1, fault: { kind: 'short-body', bytes: 5 } })
    const answer = await throughProxy(sandbox, { url })
    expect(answer).toMatchObject({ status: 200, body: 'cloud', headers: { 'content-length': '5' } })
    expect(asked.requests).toEqual(['GET /thing'])
    expect((await throughProxy(sandbox, { url })).body).toBe('cloud.example GET /thing 0')
  })

  test('cuts a chunked body short as well', async () => {
    sandbox.faults.on({ fault: { kind: 'short-body', bytes: 100_000 } })
    const { bytes } = await throughProxy(sandbox, { url: `https://${host}/pour?1` })
    expect(bytes.toString()).toBe('x'.repeat(100_000))
  })

  test('names another content type, and leaves the body as it is', async () => {
    sandbox.faults.on({ fault: { kind: 'content-type', contentType: 'text/html' } })
    const answer = await throughProxy(sandbox, { url })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html' } })
    expect(answer.body).toBe('cloud.example GET /thing 0')
  })

  test.each([undefined, 407, 503])(
    'is a page of a proxy (status %s), and the stand-in is never asked',
    async (status) => {
      sandbox.faults.on({ fault: status === undefined ? { kind: 'proxy-page' } : { kind: 'proxy-page', status } })
      const answer = await throughProxy(sandbox, { url })
      expect(answer).toMatchObject({ status: status ?? 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
      expect(answer.body).toMatch(/^<!DOCTYPE html>/)
      expect(asked.requests).toEqual([])
    },
  )

  test('resets the connection after part of the body, though the stand-in did what was asked', async () => {
    sandbox.faults.on({ times: 1, fault: { kind: 'reset-after-bytes', bytes: 5 } })
    const socket = await secureTunnel(sandbox)
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    const closed = new Promise<Error | undefined>((resolve) => {
      socket.once('error', resolve)
      socket.once('close', () => resolve(undefined))
    })
    socket.write(`GET /thing HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    const error = await closed
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    // A reset may overtake what was sent before it, never the other way round.
    expect('cloud').toContain(received.split('\r\n\r\n')[1] ?? '')
    expect(asked.requests).toEqual(['GET /thing'])
    expect((await throughProxy(sandbox, { url })).status).toBe(200)
  })
})

describe('a fault in the request', () => {
  test('resets the connection when so much has come, and the stand-in is never asked', async () => {
    sandbox.faults.on({ times: 1, fault: { kind: 'reset-in-request', bytes: 100_000 } })
    const upload = { url, method: 'PUT', body: 'x'.repeat(200_000) }
    await expect(throughProxy(sandbox, upload)).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/)
    expect(asked.requests).toEqual([])
    expect((await throughProxy(sandbox, upload)).body).toBe('cloud.example PUT /thing 200000')
  })
})

describe('a fault in the head of the answer', () => {
  test('cuts it after its first line, though the stand-in did what was asked', async () => {
    sandbox.faults.on({ fault: { kind: 'cut-head' } })
    const socket = await secureTunnel(sandbox)
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(`GET /thing HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    await closed
    expect(received).toBe('HTTP/1.1 200 OK')
    expect(asked.requests).toEqual(['GET /thing'])
  })

  test('says another status and other headers, and leaves the body as it is', async () => {
    const location = 'https://other.example/'
    sandbox.faults.on({ fault: { kind: 'other-head', status: 202, location, range: '0-9' } })
    const answer = await throughProxy(sandbox, { url })
    expect(answer).toMatchObject({ status: 202, headers: { location, range: '0-9' } })
    expect(answer.body).toBe('cloud.example GET /thing 0')
    sandbox.faults.clear()
    sandbox.faults.on({ fault: { kind: 'other-head', location } })
    expect((await throughProxy(sandbox, { url })).status).toBe(200)
  })
})

describe('a fault of the clock', () => {
  test('is over with the request that it befalls', async () => {
    sandbox.faults.on({ times: 1, fault: { kind: 'clock-skew', ms: 3_600_000 } })
    const before = sandbox.world.clock.now()
    expect((await throughProxy(sandbox, { url })).status).toBe(200)
    expect(sandbox.world.clock.now() - before).toBeLessThan(3_600_000)
  })
})

describe('turns', () => {
  test('befall every other one of the chosen requests, in order and over again', async () => {
    sandbox.faults.on({ from: 2, times: 4, turns: ['fails', 'works'], fault: { kind: 'status', status: 503 } })
    const seen: number[] = []
    for (let n = 0; n < 7; n += 1) seen.push((await throughProxy(sandbox, { url })).status)
    expect(seen).toEqual([200, 503, 200, 503, 200, 200, 200])
  })
})

describe('a captured answer', () => {
  test('keeps repeated headers, and joins chunks', () => {
    const wire =
      'HTTP/1.1 201 Created\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
    expect(captureAnswer(Buffer.from(wire))).toEqual({
      status: 201,
      headers: { 'set-cookie': ['a', 'b'] },
      body: Buffer.from('abcde'),
    })
  })

  test('is none without a whole head', () => {
    expect(captureAnswer(Buffer.from('HTTP/1.1 200 OK\r\n'))).toBeUndefined()
  })
})
