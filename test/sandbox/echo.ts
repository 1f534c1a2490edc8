import { pipeline } from 'node:stream/promises'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import type { SandboxConfig } from './config.ts'
import { startSandbox } from './sandbox.ts'
import type { Sandbox, SandboxOptions } from './sandbox.ts'
import type { StandIn } from './stand-in.ts'
import { openTunnel } from './through-proxy.ts'

/** The only host of the sandboxes that test the frame. */
export const host = 'cloud.example'
export const url = `https://${host}/thing`

/** A state without any cloud. */
export const nothing: SandboxConfig = { issuers: [], tenants: [], accounts: [], acrRegistries: [] }

/** What the echo was asked. */
export type Asked = { readonly requests: string[]; pouredMebibytes: number }

/** A sandbox whose only stand-in echoes. */
export function startEcho(asked: Asked, options: Omit<SandboxOptions, 'standIns'> = {}): Promise<Sandbox> {
  return startSandbox(nothing, { ...options, standIns: () => [createEcho(asked)] })
}

/** Opens a tunnel with TLS to the echo. */
export async function secureTunnel(sandbox: Sandbox): Promise<TLSSocket> {
  const socket = await openTunnel(sandbox.proxyUrl, `${host}:443`)
  const secure = connectTls({ socket, servername: host, ca: sandbox.caPem, ALPNProtocols: ['h2', 'http/1.1'] })
  await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject))
  return secure
}

/** Says what it was asked; `/pour?n` pours n MiB, `/throw` throws, `/silent` forgets to answer. */
function createEcho(asked: Asked): StandIn {
  return {
    name: 'echo',
    owns: (name) => name === host,
    handle: async (request, response, name) => {
      asked.requests.push(`${request.method} ${request.url}`)
      if (request.url === '/throw') throw new Error('the stand-in has a bug')
      if (request.url === '/silent') return
      const mebibytes = /^\/pour\?(\d+)$/.exec(request.url ?? '')?.[1]
      if (mebibytes !== undefined) return pipeline(pour(Number(mebibytes), asked), response)
      let length = 0
      for await (const chunk of request as AsyncIterable<Buffer>) length += chunk.length
      response.end(`${name} ${request.method} ${request.url} ${length}`)
    },
  }
}

async function* pour(mebibytes: number, asked: Asked): AsyncGenerator<Buffer> {
  for (; asked.pouredMebibytes < mebibytes; asked.pouredMebibytes += 1) yield Buffer.alloc(1024 * 1024, 'x')
}
