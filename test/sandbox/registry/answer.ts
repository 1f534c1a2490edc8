import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A response before it is sent. */
export type Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Buffer | Readable
  /** The error code, for the journal. */
  readonly refused?: string
}

/** Sends the answer; to HEAD only its head. */
export const sendAnswer = async (request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> => {
  const { body } = answer
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  if (typeof body === 'string' || Buffer.isBuffer(body)) response.setHeader('Content-Length', Buffer.byteLength(body))
  else if (body === undefined) setEmptyLength(request, response)
  if (body === undefined || request.method === 'HEAD') {
    response.end()
  } else if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.end(body)
  } else {
    await pipeline(body, response)
  }
}

// RFC 9110 8.6: no Content-Length in a 204, and the one of a HEAD answer speaks of the GET.
const setEmptyLength = (request: IncomingMessage, response: ServerResponse): void => {
  if (response.statusCode === 204 || request.method === 'HEAD') return
  response.setHeader('Content-Length', 0)
}

/** Reads a small body whole; undefined when it is longer than the limit. */
export const readBody = async (request: IncomingMessage, limit: number): Promise<Buffer | undefined> => {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    // Read on without keeping: a client that is cut off while it sends never sees the answer.
    if (size <= limit) chunks.push(chunk)
  }
  return size <= limit ? Buffer.concat(chunks) : undefined
}
