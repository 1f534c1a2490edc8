import { pages, poll } from './azure-ways.ts'
import type { Link } from './link.ts'
import type { Start, WireAnswer, WireCredentials, WireRequest } from './wire.ts'

/** Answers whose body a `Response` does not take, empty as it is (Fetch, "null body status"). */
const bodiless = new Set([204, 205, 304])

/** No address: what stands for the service's own endpoint until our process fills it in. */
const someHost = 'https://service.invalid'

/** The record stays on one line of a log. */
const mostNotes = 24
const longestNote = 512

type AwsRequest = RequestInit & { readonly url?: string; readonly region?: string }

/** All that a script finds beside what Node has; `examples/scripts/run-script.d.ts` tells editors of it. */
export function scriptGlobals({ params, workspaces, results }: Start, link: Link) {
  const azureFetch = async (input: string | URL, init: RequestInit & { readonly resource?: string } = {}) => {
    const { resource, ...rest } = init
    const request = await wireRequest(input, rest)
    return responseOf(await link.ask<WireAnswer>({ kind: 'azure.fetch', request, resource }))
  }
  return {
    azure: {
      fetch: azureFetch,
      token: async (resource: string) => await link.ask<string>({ kind: 'azure.token', resource: text(resource) }),
      poll: async (response: Response) => await poll(response, azureFetch),
      pages: (url: string | URL, init?: RequestInit & { readonly resource?: string }) => pages(url, init, azureFetch),
    },
    aws: {
      fetch: async (service: string, { url = '/', region, ...init }: AwsRequest = {}) => {
        const request = await wireRequest(new URL(url, someHost), init)
        const rest = request.url.startsWith(`${someHost}/`) ? request.url.slice(someHost.length) : request.url
        const ask = { kind: 'aws.fetch', service: text(service), region, request: { ...request, url: rest } } as const
        return responseOf(await link.ask<WireAnswer>(ask))
      },
      credentials: async () => await link.ask<WireCredentials>({ kind: 'aws.credentials' }),
    },
    /** In the place of Node's own: through the proxy of the profile, and by its CA. */
    fetch: async (input: string | URL | Request, init?: RequestInit) =>
      responseOf(await link.ask<WireAnswer>({ kind: 'fetch', request: await wireRequest(input, init) })),
    params: Object.freeze({ ...params }),
    workspace: (name: string) => {
      const path = Object.hasOwn(workspaces, name) ? workspaces[name] : undefined
      if (path === undefined) throw new TypeError(`the workspace ${name} is not bound`)
      return path
    },
    result: {
      set: (name: string, value: string) => {
        if (!results.includes(name)) throw new TypeError(`a result is one of ${results.join(', ')}, not ${name}`)
        link.tell({ kind: 'result', name, value: text(value) })
      },
    },
    record: { note: noteWriter(link) },
  }
}

function noteWriter(link: Link): (note: string) => void {
  let count = 0
  return (note) => {
    count += 1
    if (count > mostNotes) throw new RangeError(`a record holds ${mostNotes} notes`)
    if (text(note).length > longestNote) throw new RangeError(`a note has at most ${longestNote} characters`)
    link.tell({ kind: 'note', text: note })
  }
}

/** A number or an object would become text in some way that nobody has chosen. */
function text(value: unknown): string {
  if (typeof value !== 'string')
    throw new TypeError(`a text is wanted here, not ${value === null ? 'null' : typeof value}`)
  return value
}

/** Whatever `fetch` takes, in one form. */
async function wireRequest(input: string | URL | Request, init?: RequestInit): Promise<WireRequest> {
  const request = new Request(input, init)
  const body = new Uint8Array(await request.arrayBuffer())
  return { method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body }
}

function responseOf({ status, headers, body }: WireAnswer): Response {
  return new Response(bodiless.has(status) ? null : new Uint8Array(body), { status, headers })
}
