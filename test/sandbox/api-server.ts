import { readFile } from 'node:fs/promises'
import https from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { ApiServer } from './config-issuer.ts'

/** Less than a cloud waits for an issuer, so that it still hears why there are no keys. */
const API_SERVER_TIMEOUT_MS = 3000

/** A discovery document or key set is never longer. */
const LONGEST_ANSWER = 1024 * 1024

/** The types of its documents: an API server answers 406 to who does not take the one that it has. */
const DOCUMENT_TYPES = 'application/json, application/jwk-set+json'

/** An API server that gave no document. The text says why, and holds no token. */
export class ApiServerFailure extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'ApiServerFailure'
  }
}

/**
 * Asks an API server for one of its documents, over TLS. CA and token are read anew each time: the kubelet renews both while a pod runs.
 * Redirects are not followed, as the token is for this server alone. Throws {@link ApiServerFailure} whatever goes wrong.
 */
export async function askApiServer(server: ApiServer, path: string): Promise<string> {
  const url = `${server.url.replace(/\/$/, '')}${path}`
  const options = { ...(await trustOf(server)), headers: { accept: DOCUMENT_TYPES, ...(await bearerOf(server)) } }
  const answer = await get(url, options).catch((error: unknown) => {
    throw new ApiServerFailure(`the API server gave no answer: ${wordsOf(error)}`)
  })
  if (answer.status !== 200) throw new ApiServerFailure(`the API server answered ${answer.status}`)
  return answer.body
}

async function trustOf({ caFile }: ApiServer): Promise<{ ca?: string }> {
  return caFile === undefined ? {} : { ca: await readOwnFile('caFile', caFile) }
}

async function bearerOf({ tokenFile }: ApiServer): Promise<Record<string, string>> {
  if (tokenFile === undefined) return {}
  return { authorization: `Bearer ${(await readOwnFile('tokenFile', tokenFile)).trim()}` }
}

async function readOwnFile(field: string, path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ApiServerFailure(`${field} cannot be read: ${wordsOf(error)}`)
  })
}

type Answer = { readonly status: number; readonly body: string }

function get(url: string, options: https.RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // An agent of its own: the global one may go through a proxy that the environment names, the sandbox's own among them.
    const agent = new https.Agent()
    const signal = AbortSignal.timeout(API_SERVER_TIMEOUT_MS)
    const request = https.get(url, { ...options, agent, signal }, (answer) => {
      readBody(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject)
    })
    request.on('error', reject)
  })
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST_ANSWER) throw new Error('it is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Errors of several addresses come as one that has no text of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
