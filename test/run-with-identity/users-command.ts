import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The user's command, in the hands of a test. */
export type UsersCommand = {
  /** Argument of the tool. */
  readonly address: string
  /** Resolves with its environment when it has started. */
  readonly started: Promise<Readonly<Record<string, string>>>
  /** Has it end with a status, or killed. */
  end(status: number | 'killed'): void
  close(): void
}

/** Opens what the tool of `users-tool.ts` asks. */
export async function openUsersCommand(): Promise<UsersCommand> {
  const started = Promise.withResolvers<Readonly<Record<string, string>>>()
  const status = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    if (request.url === '/started') {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => {
        response.end()
        started.resolve(JSON.parse(Buffer.concat(pieces).toString('utf8')) as Record<string, string>)
      })
    } else void answerWhenKnown(response, status.promise)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    started: started.promise,
    end: (text) => status.resolve(String(text)),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answerWhenKnown(response: ServerResponse, status: Promise<string>): Promise<void> {
  response.end(await status)
}
