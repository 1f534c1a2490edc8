import { createHttpHeaders, type HttpClient as PipelineClient, type PipelineRequest } from '@azure/core-rest-pipeline'
import type { HttpClient, HttpRequest, HttpResponse } from '../http/client.ts'

/** Our transport in the shape that @azure/identity wants, which also keeps the last answer: the SDK's errors lose status and headers. */
export type ObservedTransport = {
  readonly client: PipelineClient
  lastAnswer(): HttpResponse | undefined
  lastFailure(): unknown
}

/** Wraps the transport for one exchange, which ends when the signal aborts: the SDK does not hand its own on. */
export function observeTransport(http: HttpClient, signal: AbortSignal): ObservedTransport {
  let answer: HttpResponse | undefined
  let failure: unknown
  return {
    client: {
      sendRequest: async (request) => {
        answer = undefined
        try {
          answer = await http.send({ ...toHttpRequest(request), signal })
        } catch (error) {
          failure = error
          throw error
        }
        return {
          request,
          status: answer.status,
          headers: createHttpHeaders(presentHeaders(answer)),
          bodyAsText: answer.body.toString('utf8'),
        }
      },
    },
    lastAnswer: () => answer,
    lastFailure: () => failure,
  }
}

function toHttpRequest(request: PipelineRequest): HttpRequest {
  const headers = request.headers.toJSON({ preserveCase: false })
  // Ours says more: tool, version and TaskRun.
  delete headers['user-agent']
  delete headers['content-length']
  return {
    method: request.method === 'POST' ? 'POST' : 'GET',
    url: new URL(request.url),
    headers,
    ...(typeof request.body === 'string' ? { body: request.body } : {}),
  }
}

function presentHeaders(answer: HttpResponse): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer.headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
