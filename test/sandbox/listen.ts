import type { Server } from 'node:http'
import { isIP } from 'node:net'

/** Where a server of the sandbox listens. */
export type ListenAt = {
  /** An IP address of this machine. */
  readonly address: string
  /** 0 for any free one. */
  readonly port: number
}

/** The address that nobody but this machine reaches. */
export const LOOPBACK = '127.0.0.1'

/** Lets a server listen and gives its URL. */
export async function listen(server: Server, { address, port }: ListenAt): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the server does not listen on a port')
  return httpUrl(address, bound.port)
}

/** URL of a server; an IPv6 address stands in brackets (RFC 3986 §3.2.2). */
export function httpUrl(host: string, port: number | string): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

/** Whether only this machine reaches the IP address (RFC 5735 §3, RFC 4291 §2.5.3). */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
