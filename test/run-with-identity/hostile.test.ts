import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askAws, askControl } from './ask.ts'
import { openBrokerDoor, type BrokerDoor, type BrokeredRun } from './broker-door.ts'

let door: BrokerDoor
let run: BrokeredRun
beforeAll(async () => {
  door = await openBrokerDoor()
  run = await door.start()
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** Sends bytes, and gives what comes back until the connection ends. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = await opened()
  socket.write(bytes)
  let text = ''
  socket.on('data', (piece) => (text += piece.toString('latin1')))
  await closing(socket)
  return text
}

async function closing(socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}

async function opened(): Promise<Socket> {
  const socket = connect(run.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const host = () => `Host: 127.0.0.1:${run.port}\r\n`

async function expectGoesOn(): Promise<void> {
  expect((await askAws(run)).status).toBe(200)
}

test.each<[what: string, bytes: () => string, answer: RegExp]>([
  ['bytes that are no HTTP', () => '\u0000\u0001\u0002 nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'headers of a megabyte',
    () => `GET /aws/credentials HTTP/1.1\r\n${host()}X: ${'x'.repeat(1 << 20)}`,
    /^(HTTP\/1\.1 431 |$)/,
  ],
  ['a thousand headers', () => `GET / HTTP/1.1\r\n${host()}${'A: b\r\n'.repeat(3000)}\r\n`, /^HTTP\/1\.1 431 /],
  ['a request line of 100 KB', () => `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n${host()}\r\n`, /^HTTP\/1\.1 431 /],
  [
    'two lengths (request smuggling)',
    () => `GET / HTTP/1.1\r\n${host()}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a length and chunks (request smuggling)',
    () => `GET / HTTP/1.1\r\n${host()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  ['two hosts', () => `GET / HTTP/1.1\r\n${host()}${host()}\r\n`, /^(HTTP\/1\.1 40[03] |$)/],
  ['no host', () => 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a whole URL as target', () => `GET http://127.0.0.1/ HTTP/1.1\r\n${host()}\r\n`, /^HTTP\/1\.1 403 /],
  ['CONNECT', () => `CONNECT 10.0.0.1:443 HTTP/1.1\r\n${host()}\r\n`, /^(HTTP\/1\.1 40\d |$)/],
  [
    'a body of a gigabyte, announced',
    () => `POST /aws/credentials HTTP/1.1\r\n${host()}Content-Length: 1073741824\r\n\r\n${'x'.repeat(65_536)}`,
    /^HTTP\/1\.1 403 /,
  ],
])('refuses %s, closes the connection, and goes on', async (_what, bytes, answer) => {
  expect(await sendRaw(bytes())).toMatch(answer)
  await expectGoesOn()
})

test('closes a connection that sends its request drop by drop (slowloris)', async () => {
  const socket = await opened()
  const closed = closing(socket)
  const started = performance.now()
  const drop = setInterval(() => socket.write('X-A: b\r\n'), 200)
  socket.write(`GET /aws/credentials HTTP/1.1\r\n${host()}`)
  await closed.finally(() => clearInterval(drop))
  expect(performance.now() - started).toBeLessThan(9000)
  await expectGoesOn()
}, 20_000)

test('takes no more connections than it can hold, and goes on when they are gone', async () => {
  const sockets: Socket[] = []
  for (const _ of [1, 2, 3, 4]) {
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, async () => await opened()))))
    // Whatever comes of it: connections are accepted one after the other. More than wait for that at a time the kernel forgets, and tells nobody.
    await sendRaw(`GET /ready HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`)
  }
  expect(sockets).toHaveLength(400)
  await Promise.all(sockets.map(closing))
  await expectGoesOn()
}, 30_000)

test('a flood of refused requests leaves one line for each reason, and its count', async () => {
  const asked = Array.from({ length: 60 }, async () => await askAws(run, { headers: { authorization: 'x' } }))
  const answers = await Promise.all(asked)
  expect(answers.every(({ status }) => status === 403)).toBe(true)
  expect((await askControl(run, '/control/seal', 'x')).status).toBe(403)
  await expectGoesOn()
  const { log, succeeded } = await run.end()
  expect(succeeded).toBe(true)
  const lines = log.broker.split('\n').filter((line) => line.includes('its Authorization is not'))
  expect(lines).toEqual([expect.stringMatching(/^refused {2}/), expect.stringMatching(/^refused {2}60 times: /)])
  // Nothing of what was sent is logged.
  expect(log.broker).not.toContain('xxxx')
})
