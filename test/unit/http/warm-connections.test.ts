import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createHttpClient } from '../../../steps/lib/http/client.ts'

/** A server that tells of its connections. */
async function startServer() {
  const sockets = new Set<Socket>()
  const server = createServer((_, response) => void delay(20).then(() => response.end()))
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    sockets,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

test('requests that were expected take the connections that were opened for them, and open none beside them', async () => {
  await using server = await startServer()
  const client = createHttpClient({ userAgent: 'test', plainHttp: true })
  client.expect?.(server.url, 3)
  await vi.waitFor(() => expect(server.sockets.size).toBe(3))
  const requests = [1, 2, 3].map(async () => await client.send({ method: 'GET', url: server.url }))
  expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(server.sockets.size).toBe(3)
  client.close()
})

test('a connection that was closed meanwhile is taken by no request', async () => {
  await using server = await startServer()
  const client = createHttpClient({ userAgent: 'test', plainHttp: true })
  client.expect?.(server.url, 1)
  await vi.waitFor(() => expect(server.sockets.size).toBe(1))
  for (const socket of server.sockets) socket.destroy()
  await delay(50)
  expect((await client.send({ method: 'GET', url: server.url })).status).toBe(200)
  expect(server.sockets.size).toBe(2)
  client.close()
})

test('opens nothing ahead where a proxy stands between', async () => {
  await using server = await startServer()
  const proxy = { httpsProxy: server.url.href, noProxy: '' }
  const client = createHttpClient({ userAgent: 'test', plainHttp: true, proxy })
  client.expect?.(server.url, 3)
  await delay(50)
  expect(server.sockets.size).toBe(0)
  client.close()
})
