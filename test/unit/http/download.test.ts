import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createHttpClient, type HttpDownload } from '../../../steps/lib/http/client.ts'
import { errorOf } from '../oci/fixtures.ts'

type Answer = (response: http.ServerResponse, request: http.IncomingMessage) => void

/** A server that answers every request so, and a client of it. */
async function serve(answer: Answer, idleMs = 60_000) {
  const server = http.createServer((request, response) => answer(response, request)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = createHttpClient({ userAgent: 'test', plainHttp: true, idleMs })
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const get = async (signal?: AbortSignal): Promise<HttpDownload> => {
    const found = await client.download({ method: 'GET', url, signal })
    if ('stream' in found) return found
    throw new Error(`no stream: ${found.status}`)
  }
  const close = async () => {
    client.close()
    server.closeAllConnections()
    server.close()
  }
  return { get, client, url, server, [Symbol.asyncDispose]: close }
}

async function sizeOf({ stream }: HttpDownload): Promise<number> {
  let size = 0
  for await (const chunk of stream) size += chunk.length
  return size
}

test('gives all bytes, and the connection serves the next request', async () => {
  await using place = await serve((response) => response.end(Buffer.alloc(5_000_000)))
  let connections = 0
  place.server.on('connection', () => (connections += 1))
  expect(await sizeOf(await place.get())).toBe(5_000_000)
  expect(await sizeOf(await place.get())).toBe(5_000_000)
  expect(connections).toBe(1)
})

test('any other status is an answer with its body', async () => {
  await using place = await serve((response) => response.writeHead(404).end('not here'))
  const found = await place.client.download({ method: 'GET', url: place.url })
  expect('body' in found && found.body.toString()).toBe('not here')
})

test('a reader that is slow makes the sender wait, and is not taken for silence', async () => {
  let sent = 0
  await using place = await serve((response) => {
    const send = (): void => {
      for (let isTaken = true; isTaken && sent < 40_000_000; sent += 1_000_000)
        isTaken = response.write(Buffer.alloc(1_000_000))
      if (sent >= 40_000_000) response.end()
    }
    response.on('drain', send)
    send()
  }, 200)
  const { stream } = await place.get()
  await stream.next()
  await wait(600)
  expect(sent).toBeLessThan(30_000_000)
  let rest = 0
  for await (const chunk of stream) rest += chunk.length
  expect(rest).toBeGreaterThan(30_000_000)
})

test('silence while somebody waits ends it', async () => {
  await using place = await serve((response) => response.writeHead(200, { 'content-length': '10' }).write('half'), 200)
  const error = await errorOf(sizeOf(await place.get()))
  expect(error.code).toBe('NETWORK_INTERRUPTED')
  expect(error.message).toContain('no byte moved for 0.2 s')
})

test('an answer that is cut off throws after what has come', async () => {
  await using place = await serve((response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half')
    setImmediate(() => response.destroy())
  })
  const { stream } = await place.get()
  expect(String((await stream.next()).value)).toBe('half')
  expect((await errorOf(stream.next())).code).toBe('NETWORK_INTERRUPTED')
})

test('an abort ends it with its own reason', async () => {
  await using place = await serve((response) => response.writeHead(200, { 'content-length': '10' }).write('half'))
  const abort = new AbortController()
  const { stream } = await place.get(abort.signal)
  await stream.next()
  const rest = stream.next()
  abort.abort(new Error('enough'))
  await expect(rest).rejects.toThrow('enough')
})

test('who stops reading, or never begins, leaves no connection open', async () => {
  await using place = await serve((response) => response.end(Buffer.alloc(50_000_000)))
  let open = 0
  const { promise: closed, resolve } = Promise.withResolvers<undefined>()
  place.server.on('connection', (socket) => {
    open += 1
    // A reset is one way to end it.
    socket.on('error', () => undefined).on('close', () => (open -= 1) === 0 && resolve(undefined))
  })
  const { stream } = await place.get()
  await stream.next()
  await stream.return(undefined)
  const unread = await place.get()
  unread.discard()
  await closed
  expect(open).toBe(0)
})
