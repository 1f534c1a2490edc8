import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createHash } from 'node:crypto'
import { stepError } from '../lib/core/errors.ts'

/**
 * Lets through what a client of this pod sends by the address that it was given, and gives its URL. Who makes a client ask for something else
 * (SSRF, DNS rebinding, a proxy, a page in a browser) cannot make all of this right. Throws BROKER_REQUEST_REFUSED.
 */
export function refuseStranger(request: IncomingMessage, port: number): URL {
  const { method = '', headers, headersDistinct } = request
  const hosts = headersDistinct['host'] ?? []
  if (hosts.length !== 1 || !isOwnHost(hosts[0] ?? '', port)) throw refused('its Host is not the one of the broker')
  for (const name of ['x-forwarded-for', 'forwarded', 'via', 'origin', 'sec-fetch-site', 'upgrade', 'expect'])
    if (headers[name] !== undefined) throw refused(`it has the header ${name}`)
  if (method !== 'GET' && method !== 'POST') throw refused(`its method is ${method}`)
  const length = headersDistinct['content-length'] ?? ['0']
  if (headers['transfer-encoding'] !== undefined || length.some((text) => Number(text) !== 0))
    throw refused('it has a body')
  const url = URL.parse(request.url ?? '', `http://127.0.0.1:${port}`)
  if (url === null || !(request.url ?? '').startsWith('/') || url.host !== `127.0.0.1:${port}`)
    throw refused('its target is no path')
  return url
}

/** Whether a header is there once, with exactly this value; compared in constant time. */
export function hasExactly(request: IncomingMessage, name: string, value: string): boolean {
  const given = request.headersDistinct[name] ?? []
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return given.length === 1 && timingSafeEqual(digest(given[0] ?? ''), digest(value))
}

/** Throws BROKER_REQUEST_REFUSED. */
export function refused(reason: string) {
  return stepError('BROKER_REQUEST_REFUSED', { reason })
}

function isOwnHost(host: string, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`
}
