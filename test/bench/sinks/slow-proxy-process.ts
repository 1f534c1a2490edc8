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

/** Sends on what comes from one end, as late as the line makes it and in its order: timers alone, of whole milliseconds, would not keep that. */
function carry(from: Socket, to: Socket, line: Line): void {
  const queue: { readonly at: number; readonly chunk: Buffer | undefined }[] = []
  let underWay = 0
  const deliver = (): void => {
    for (let [first] = queue; first !== undefined && first.at <= performance.now() + 0.5; [first] = queue) {
      queue.shift()
      if (first.chunk === undefined) to.end()
      else if (!to.destroyed) to.write(first.chunk)
      underWay -= first.chunk?.length ?? 0
      if (underWay <= mostUnderWay) from.resume()
    }
    if (queue[0] !== undefined) setTimeout(deliver, Math.max(0, queue[0].at - performance.now()))
  }
  const add = (chunk: Buffer | undefined): void => {
    line.freeAt = Math.max(line.freeAt, performance.now()) + (chunk?.length ?? 0) / bytesPerMs
    queue.push({ at: line.freeAt + roundTripMs / 2, chunk })
    if (queue.length === 1) setTimeout(deliver, roundTripMs / 2)
  }
  from.on('data', (chunk: Buffer) => {
    underWay += chunk.length
    if (underWay > mostUnderWay) from.pause()
    add(chunk)
  })
  from.on('end', () => add(undefined))
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
