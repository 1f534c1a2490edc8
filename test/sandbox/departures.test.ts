import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutCrashes } from './close-without-crashes.ts'
import { host, secureTunnel, startEcho, url } from './echo.ts'
import type { Asked } from './echo.ts'
import type { Sandbox } from './sandbox.ts'
import { openTunnel, throughProxy } from './through-proxy.ts'

let sandbox: Sandbox
let asked: Asked
beforeEach(async () => {
  asked = { requests: [], pouredMebibytes: 0 }
  sandbox = await startEcho(asked)
})
afterEach(() => closeWithoutCrashes(sandbox))

/** Ways in which clients leave, each at another moment. */
const departures: Readonly<Record<string, () => Promise<void>>> = {
  'resets before its CONNECT': async () => {
    const { hostname, port } = new URL(sandbox.proxyUrl)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.resetAndDestroy()
  },
  'resets the tunnel before TLS': async () => {
    const tunnel = await openTunnel(sandbox.proxyUrl, `${host}:443`)
    tunnel.resetAndDestroy()
  },
  'speaks no TLS in the tunnel': async () => {
    const tunnel = await openTunnel(sandbox.proxyUrl, `${host}:443`)
    tunnel.resume().end('this is no TLS\r\n\r\n')
    await once(tunnel, 'close')
  },
  'ends in the middle of its body': async () => {
    const socket = await startBody()
    socket.end()
  },
  'vanishes in the middle of its body': async () => {
    const socket = await startBody()
    socket.destroy()
  },
  'resets in the middle of an answer': async () => {
    const tunnel = await openTunnel(sandbox.proxyUrl, `${host}:443`)
    const socket = connectTls({ socket: tunnel, servername: host, ca: sandbox.caPem })
    await once(socket, 'secureConnect')
    socket.write(`GET /pour?64 HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    await once(socket, 'data')
    tunnel.resetAndDestroy()
  },
}

async function startBody(): Promise<TLSSocket> {
  const socket = await secureTunnel(sandbox)
  socket.on('error', () => socket.destroy())
  socket.write(`PUT /half HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000\r\n\r\nabc`)
  while (!asked.requests.includes('PUT /half')) await new Promise((resolve) => setImmediate(resolve))
  return socket
}

test.each(Object.entries(departures))('the proxy lives on when a client %s', async (_how, leave) => {
  await leave()
  expect((await throughProxy(sandbox, { url })).status).toBe(200)
})
