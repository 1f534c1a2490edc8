import type { HttpClient, HttpRequest } from '../http/client.ts'

/** A request as the AWS SDK hands it to its transport. */
type SdkRequest = {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Our transport in the shape that the AWS SDK wants: one way out of the process, with one kind of network error. */
export function sdkTransport(http: HttpClient) {
  return {
    async handle(request: SdkRequest, options: { abortSignal?: unknown } = {}) {
      const { host: _host, 'content-length': _length, ...headers } = lowerCased(request.headers)
      const answer = await http.send({
        method: request.method === 'GET' ? 'GET' : 'POST',
        url: new URL(request.path, `https://${request.hostname}`),
        headers,
        body: bodyOf(request.body),
        signal: options.abortSignal instanceof AbortSignal ? options.abortSignal : undefined,
      })
      return { response: { statusCode: answer.status, headers: answer.headers, body: new Uint8Array(answer.body) } }
    },
    metadata: { handlerProtocol: 'http/1.1' },
  }
}

/**
 * What every client of ours is given, so that the SDK looks nothing up: no profile files, no environment, no instance metadata,
 * no endpoint from outside, and no retrying of its own.
 */
export function sdkSettings(options: { region: string; host: string; http: HttpClient; appId: string }) {
  return {
    region: options.region,
    endpoint: `https://${options.host}`,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    userAgentAppId: options.appId.slice(0, 50),
    requestHandler: sdkTransport(options.http),
  } as const
}

function bodyOf(body: unknown): NonNullable<HttpRequest['body']> {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  return ''
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
