import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from './close-without-crashes.ts'
import { host, secureTunnel, startEcho, url } from './echo.ts'
import type { Asked } from './echo.ts'
import { createPki } from './pki.ts'
import type { Sandbox } from './sandbox.ts'
import { openTunnel, throughProxy } from './through-proxy.ts'

let sandbox: Sandbox
let asked: Asked
beforeEach(async () => {
  asked = { requests: [], pouredMebibytes: 0 }
  sandbox = await startEcho(asked)
})
afterEach(() => closeWithoutCrashes(sandbox))

/** A TLS client that sends its CONNECT and its hello in one piece, as pipelining clients do. */
function eagerTunnel(proxyUrl: string): Duplex {
  const { hostname, port } = new URL(proxyUrl)
  const socket = connect(Number(port), hostname)
  let hasGreeted = false
  const duplex = new Duplex({
    write: (chunk: Buffer, _encoding, done) => {
      const greeting = hasGreeted ? '' : `CONNECT ${host}:443 HTTP/1.1\r\nhost: ${host}:443\r\n\r\n`
      hasGreeted = true
      socket.write(Buffer.concat([Buffer.from(greeting), chunk]), done)
    },
    read: () => {},
    destroy: (error, done) => (socket.destroy(), done(error)),
  })
  let head = ''
  socket.on('data', (chunk: Buffer) => {
    if (head.endsWith('\r\n\r\n')) return duplex.push(chunk)
    const seen = head + chunk.toString('latin1')
    head = seen.slice(0, seen.indexOf('\r\n\r\n') + 4)
    return duplex.push(Buffer.from(seen.slice(head.length), 'latin1'))
  })
  socket.on('error', (error) => duplex.destroy(error))
  return duplex
}

describe('the proxy', () => {
  test('carries a request to the stand-in that owns the host', async () => {
    const answer = await throughProxy(sandbox, { url, method: 'PUT', body: 'abc' })
    expect(answer).toMatchObject({ status: 200, body: 'cloud.example PUT /thing 3' })
  })

  test('carries many requests on one tunnel, in HTTP/1.1', async () => {
    const socket = await secureTunnel(sandbox)
    expect(socket.alpnProtocol).toBe('http/1.1')
    for (const path of ['/1', '/2', '/3']) {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
    }
    expect(asked.requests).toEqual(['GET /1', 'GET /2', 'GET /3'])
    socket.destroy()
  })

  test('accepts a TLS hello that comes together with the CONNECT', async () => {
    const tunnel = eagerTunnel(sandbox.proxyUrl)
    const socket = connectTls({ socket: tunnel, servername: host, ca: sandbox.caPem })
    await once(socket, 'secureConnect')
    expect(socket.authorized).toBe(true)
    tunnel.destroy()
  })

  test.each(['example.com:443', '127.0.0.1:443', `${host}:8443`, `sub.${host}:443`, `${host}.:443`, 'nonsense'])(
    'refuses a tunnel to %s, and says so',
    async (target) => {
      const refused = openTunnel(sandbox.proxyUrl, target)
      await expect(refused).rejects.toMatchObject({ status: 403, body: expect.stringContaining(target) })
      expect(sandbox.journal.entries.at(-1)).toMatchObject({ standIn: 'proxy', status: 403, refused: 'unknown host' })
      expect(asked.requests).toEqual([])
    },
  )

  test('refuses plain requests in absolute form', async () => {
    const { hostname, port } = new URL(sandbox.proxyUrl)
    const request = httpRequest({ hostname, port, path: `http://${host}/thing`, agent: false })
    request.end()
    const [response] = await once(request, 'response')
    response.resume()
    expect(response.statusCode).toBe(405)
    expect(asked.requests).toEqual([])
  })

  test('refuses a Host header that is not the host of the tunnel with 421', async () => {
    const answer = await throughProxy(sandbox, { url, headers: { host: 'other.example' } })
    expect(answer.status).toBe(421)
    expect(asked.requests).toEqual([])
    expect((await throughProxy(sandbox, { url, headers: { host: `${host}:443` } })).status).toBe(200)
  })

  test('has no certificate for another server name than the host of the tunnel', async () => {
    await expect(throughProxy(sandbox, { url, serverName: 'other.example' })).rejects.toThrow(
      /tunnel was closed|TLS|reset/,
    )
    expect(asked.requests).toEqual([])
  })

  test('is trusted by its own CA only', async () => {
    const stranger = await createPki()
    const distrusted = throughProxy({ proxyUrl: sandbox.proxyUrl, caPem: stranger.caPem }, { url })
    await expect(distrusted).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    expect(asked.requests).toEqual([])
  })

  test('carries a large body to the stand-in', async () => {
    const body = Buffer.alloc(64 * 1024 * 1024)
    const sent = await throughProxy(sandbox, { url, method: 'PUT', body })
    expect(sent.body).toBe(`${host} PUT /thing ${body.length}`)
  })

  test('lets a stand-in pour no faster than the client reads', async () => {
    const socket = await secureTunnel(sandbox)
    socket.write(`GET /pour?4096 HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    let read = 0
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      read += chunk.length
      if (read > 64 * 1024 * 1024) break
    }
    expect(asked.pouredMebibytes).toBeLessThan(64 + 32)
  })

  test('answers 500 for a stand-in that throws or forgets to answer, and keeps the error', async () => {
    const own = await startEcho(asked)
    expect((await throughProxy(own, { url: `https://${host}/throw` })).status).toBe(500)
    expect((await throughProxy(own, { url: `https://${host}/silent` })).status).toBe(500)
    expect(own.crashes.map(String)).toEqual([
      'Error: the stand-in has a bug',
      'Error: echo gave no answer to GET /silent',
    ])
    await expect(closeWithoutCrashes(own)).rejects.toThrow('stand-ins of the sandbox threw')
  })
})

describe('the sandbox', () => {
  test('says what a child process needs, and leaves no way around the proxy', () => {
    const { proxyUrl } = sandbox
    expect(sandbox.environment()).toEqual({ HTTPS_PROXY: proxyUrl, https_proxy: proxyUrl, NO_PROXY: '', no_proxy: '' })
  })

  test('asks other hosts only through itself: an unknown one has status 0', async () => {
    expect(await sandbox.world.outbound(url)).toMatchObject({ status: 200, body: 'cloud.example GET /thing 0' })
    expect(await sandbox.world.outbound('https://unknown.example/')).toMatchObject({ status: 0 })
    expect(await sandbox.world.outbound(`http://${host}/thing`)).toMatchObject({ status: 0 })
  })

  test('listens no more once it is closed, and closes twice without harm', async () => {
    await using own = await startEcho(asked)
    await own.close()
    await expect(throughProxy(own, { url })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
