import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { createHttpClient, type HttpClientOptions } from '../../../steps/lib/http/client.ts'
import { errorOf } from './fixtures.ts'

const plain: HttpClientOptions = { userAgent: 'oci-test', plainHttp: true }
const endless = { length: 1e9, open: () => Readable.from(endlessly(), { objectMode: false }) }

test('takes a refusal that comes before the body is sent, and stops sending', async () => {
  await using server = await startServer((socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno')),
  )
  const source = endless.open()
  const request = { method: 'PUT', url: server.url, body: { length: 1e9, open: () => source } } as const
  const response = await createHttpClient(plain).send(request)
  expect(response).toMatchObject({ status: 401, body: Buffer.from('no') })
  if (!source.closed) await once(source, 'close')
})

test('ends a request in which no byte moves, also while the connection is being made', async () => {
  await using server = await startServer(() => undefined)
  const client = createHttpClient({ ...plain, idleMs: 50 })
  expect((await errorOf(client.send({ method: 'GET', url: server.url }))).code).toBe('NETWORK_INTERRUPTED')
  const proxy = { httpsProxy: server.url.href, noProxy: '' }
  const proxied = createHttpClient({ ...plain, idleMs: 50, proxy })
  const error = await errorOf(proxied.send({ method: 'GET', url: new URL('https://registry.example/') }))
  expect(error.code).toBe('NETWORK_UNREACHABLE')
})

test('lets one request be silent for longer than the others', async () => {
  await using server = await startServer(() => undefined)
  const client = createHttpClient({ ...plain, idleMs: 60_000 })
  const error = await errorOf(client.send({ method: 'GET', url: server.url, idleMs: 40 }))
  expect(error.message).toContain('no byte moved for 0.04 s')
})

test.each([[new Error('an error')], ['a text'], [{ an: 'object' }]])(
  'ends an aborted upload with the reason itself: %s',
  async (reason) => {
    await using server = await startServer((socket) => socket.resume())
    const controller = new AbortController()
    let sentAfterwards = 0
    const onSent = (bytes: number) => {
      if (controller.signal.aborted) sentAfterwards += bytes
      else controller.abort(reason)
    }
    const request = { method: 'PUT', url: server.url, body: { ...endless, onSent }, signal: controller.signal } as const
    await expect(createHttpClient(plain).send(request)).rejects.toBe(reason)
    expect(sentAfterwards).toBe(0)
  },
)

test('ends with the body’s own error, not with one of the network', async () => {
  await using server = await startServer((socket) => socket.resume())
  const failure = Object.assign(new Error('the disk is gone'), { code: 'EIO' })
  const source = new Readable({ read: () => source.destroy(failure) })
  const request = { method: 'PUT', url: server.url, body: { length: 10, open: () => source } } as const
  await expect(createHttpClient(plain).send(request)).rejects.toBe(failure)
})

function* endlessly(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536)
}

async function startServer(onConnection: (socket: Socket) => void): Promise<AsyncDisposable & { url: URL }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
