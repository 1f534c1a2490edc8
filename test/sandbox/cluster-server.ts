import { createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { LOOPBACK } from './listen.ts'
import { createPki } from './pki.ts'

/** A server inside a cluster: reached by its address, with a CA of its own. */
export type ClusterServer = AsyncDisposable & { readonly port: number; readonly caPem: string }

/** Starts one on loopback that has a certificate for one name, and none for another. */
export async function startClusterServer(serverName: string, listener: RequestListener): Promise<ClusterServer> {
  const pki = await createPki()
  const context = await pki.secureContext(serverName)
  const server = createServer({
    SNICallback: (name, done) =>
      name === serverName ? done(null, context) : done(new Error(`no certificate for ${name}`)),
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('request', listener)
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    port: (server.address() as AddressInfo).port,
    caPem: pki.caPem,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
