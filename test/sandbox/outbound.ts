import { throughProxy } from './through-proxy.ts'
import type { SandboxAddress } from './through-proxy.ts'
import type { OutboundAnswer } from './world.ts'

/** How long a cloud waits for an issuer's discovery or keys. [K] assumption: no vendor documents it. */
const OUTBOUND_TIMEOUT_MS = 5000

/**
 * How the clouds ask other hosts: a real GET through the sandbox's own proxy, so with TLS, and with the faults that are on.
 * Never rejects: status 0 stands for a host that is not there or gave no answer. Redirects are not followed.
 */
export function createOutbound(
  address: SandboxAddress,
  closing: AbortSignal,
): (url: string) => Promise<OutboundAnswer> {
  return async (url) => {
    if (!URL.canParse(url) || !url.startsWith('https://')) return { status: 0, headers: {}, body: '' }
    const signal = AbortSignal.any([closing, AbortSignal.timeout(OUTBOUND_TIMEOUT_MS)])
    try {
      const answer = await throughProxy(address, { url, signal, headers: { accept: 'application/json' } })
      return { status: answer.status, headers: flatten(answer.headers), body: answer.body }
    } catch {
      return { status: 0, headers: {}, body: '' }
    }
  }
}

function flatten(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
