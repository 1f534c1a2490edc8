import { setTimeout } from 'node:timers/promises'
import { retryAfterMs } from '../lib/http/retry-after.ts'

type Fetch = (url: string | URL, init?: RequestInit & { readonly resource?: string }) => Promise<Response>

/** Where Azure does not say when to come again. */
const usualWaitMs = 5000

/**
 * Waits for what an answer of Azure has begun: by `Azure-AsyncOperation`, whose body says how it stands, else by `Location`, whose status does. Gives the
 * last answer; an answer that began nothing is given back as it is. Throws when the operation failed. Source: Azure Resource Manager RPC, "asynchronous operations".
 */
export async function poll(first: Response, fetch: Fetch): Promise<Response> {
  const operation = first.headers.get('azure-asyncoperation')
  const location = first.headers.get('location')
  const url = operation ?? (first.status === 201 || first.status === 202 ? location : null)
  if (url === null) return await accepted(first)
  await accepted(first)
  for (let last = first; ;) {
    await setTimeout(retryAfterMs(last.headers.get('retry-after') ?? undefined, Date.now()) ?? usualWaitMs)
    last = await accepted(await fetch(url))
    if (operation === null && last.status !== 202) return last
    if (operation !== null && isOver(await last.clone().json())) return last
  }
}

/** Every entry of a list that comes in pages (`value` and `nextLink`, in Graph `@odata.nextLink`). Throws when a page is refused. */
export async function* pages(
  url: string | URL,
  init: Parameters<Fetch>[1],
  fetch: Fetch,
): AsyncGenerator<unknown, void, undefined> {
  let next: unknown = url
  while (typeof next === 'string' || next instanceof URL) {
    const page: unknown = await (await accepted(await fetch(next, init))).json()
    const entries = valueOf(page, 'value')
    yield* Array.isArray(entries) ? entries : []
    next = valueOf(page, 'nextLink') ?? valueOf(page, '@odata.nextLink')
  }
}

/** States of an operation that is over; all others are on their way. */
function isOver(body: unknown): boolean {
  const said = valueOf(body, 'status')
  const status = typeof said === 'string' ? said.toLowerCase() : ''
  if (status === 'failed' || status === 'canceled')
    throw new Error(`the operation ended as ${status}: ${JSON.stringify(valueOf(body, 'error') ?? {})}`)
  return status === 'succeeded'
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response
  throw new Error(`HTTP ${response.status}: ${(await response.text()).slice(0, 500)}`)
}

function valueOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}
