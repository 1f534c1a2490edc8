import net from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

// A line of 100 Mbit/s each way with a round trip of 50 ms, to a port of this machine, for all connections together: TCP without its own
// slow start, of which loopback has none. In a process of its own.

const roundTripMs = 50
const bytesPerMs = 100_000_000 / 8 / 1000
/** What one direction of a connection may have on the line: a few round trips of it, as a router's buffer would. */
const mostUnderWay = 2 * 1024 * 1024

/** When a direction of the line is free again, in the time of `performance.now()`. */
type Line = { freeAt: number }

/** Sends on what comes from one end, as late as the line makes it. */
function carry(from: Socket, to: Socket, line: Line): void {
  let underWay = 0
  let lastAt = 0
  const at = (time: number, act: () => void): void => void setTimeout(act, Math.max(0, time - performance.now()))
  from.on('data', (chunk: Buffer) => {
    line.freeAt = Math.max(line.freeAt, performance.now()) + chunk.length / bytesPerMs
    lastAt = line.freeAt + roundTripMs / 2
    underWay += chunk.length
    if (underWay > mostUnderWay) from.pause()
    at(lastAt, () => {
      if (!to.destroyed) to.write(chunk)
      underWay -= chunk.length
      if (underWay <= mostUnderWay) from.resume()
    })
  })
  from.on('end', () => at(Math.max(lastAt, performance.now() + roundTripMs / 2) + 1, () => to.end()))
  from.on('error', () => to.destroy())
}

process.once('message', (port: number) => {
  const [up, down]: [Line, Line] = [{ freeAt: 0 }, { freeAt: 0 }]
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    const target = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    carry(client, target, up)
    carry(target, client, down)
    // The client believes itself connected at once: the round trip that the handshake takes comes before its first byte.
    setTimeout(() => client.resume(), roundTripMs)
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
})
process.once('disconnect', () => process.exit())
