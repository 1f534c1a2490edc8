import type http from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'

/** Opens connections before there are requests for them. */
export type WarmConnections = {
  /** Opens so many to the host of a URL, at best: whatever becomes of them is the affair of the requests that take them. */
  open(url: URL, count: number): void
  close(): void
}

/** Lets an agent take connections that were opened ahead, each once, in the place of new ones. */
export function warmConnections(agent: http.Agent): WarmConnections {
  const ready = new Map<string, Duplex[]>()
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const { host, port } = options
    const waiting = ready.get(`${host}:${port}`)
    for (let socket = waiting?.shift(); socket !== undefined; socket = waiting?.shift())
      if (!socket.destroyed) return socket
    return connect(options, callback)
  }
  return {
    open: ({ protocol, hostname, port }, count) => {
      const place = { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
      // As the agent gives them to a connection for a request.
      const tls =
        protocol === 'https:' ? { servername: isIP(hostname) === 0 ? hostname : '', ALPNProtocols: ['http/1.1'] } : {}
      const settings = { ...place, ...tls, keepAlive: true, noDelay: true }
      const sockets = Array.from({ length: count }, () => connect(settings))
      const opened = sockets.filter((socket) => socket !== null && socket !== undefined)
      // One that fails is not taken: the request then meets the same fault, and says so.
      for (const socket of opened) socket.on('error', () => socket.destroy())
      const key = `${place.host}:${place.port}`
      ready.set(key, [...(ready.get(key) ?? []), ...opened])
    },
    close: () => {
      for (const socket of [...ready.values()].flat()) socket.destroy()
    },
  }
}
