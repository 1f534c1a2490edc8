import { createServer } from 'node:http'
import { listen, LOOPBACK } from '../sandbox/listen.ts'

/** A sink inside the cluster, without TLS: what it was sent. */
export type PlainSink = AsyncDisposable & {
  readonly url: string
  readonly bodies: readonly string[]
  readonly credentials: readonly string[]
}

/** Starts a sink that takes everything. */
export async function startPlainSink(): Promise<PlainSink> {
  const bodies: string[] = []
  const credentials: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    if (request.headers.authorization !== undefined) credentials.push(request.headers.authorization)
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(204).end()
    })
  })
  const url = `${await listen(server, { address: LOOPBACK, port: 0 })}/records`
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, bodies, credentials, [Symbol.asyncDispose]: close }
}
