import https from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { SandboxAddress } from './through-proxy.ts'
import type { OutboundAnswer } from './world.ts'

/** How long a cloud waits for an issuer's discovery or keys. [K] assumption: no vendor documents it. */
const OUTBOUND_TIMEOUT_MS = 5000

/** A discovery document or key set is never longer; what is, counts as no answer. */
const LONGEST_ANSWER = 4 * 1024 * 1024

/**
 * How the clouds ask other hosts: a real GET through the sandbox's own proxy, so with TLS, and with the faults that are on. Connections
 * are kept, as a cloud keeps them. Never rejects: status 0 stands for a host that is not there or gave no answer. Redirects are not followed.
 */
export function createOutbound(
  address: SandboxAddress,
  closing: AbortSignal,
): (url: string, headers?: Readonly<Record<string, string>>) => Promise<OutboundAnswer> {
  let kept: https.Agent | undefined
  closing.addEventListener('abort', () => kept?.destroy(), { once: true })
  return async (url, headers = {}) => {
    if (!URL.canParse(url) || !url.startsWith('https://')) return noAnswer
    // Made at first use: the proxy's address is known only when it listens.
    kept ??= new https.Agent({ keepAlive: true, ca: address.caPem, proxyEnv: { HTTPS_PROXY: address.proxyUrl } })
    const signal = AbortSignal.any([closing, AbortSignal.timeout(OUTBOUND_TIMEOUT_MS)])
    try {
      return await get(url, { agent: kept, signal, headers: { accept: 'application/json', ...headers } })
    } catch {
      return noAnswer
    }
  }
}

const noAnswer: OutboundAnswer = { status: 0, headers: {}, body: '' }

function get(url: string, options: https.RequestOptions): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, options, (answer) => {
      readAnswer(answer).then(resolve, reject)
    })
    request.on('error', reject)
  })
}

async function readAnswer(answer: IncomingMessage): Promise<OutboundAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LONGEST_ANSWER) throw new Error('too long')
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks).toString('utf8')
  return { status: answer.statusCode ?? 0, headers: flatten(answer.headers), body }
}

function flatten(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
