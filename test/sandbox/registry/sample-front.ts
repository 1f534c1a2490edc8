import { afterEach } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import type { SandboxConfig } from '../config.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
import { throughProxy } from '../through-proxy.ts'
import type { SandboxAddress } from '../through-proxy.ts'
import type { Loopback, Message } from './loopback.ts'

const NOTHING: SandboxConfig = { issuers: [], tenants: [], accounts: [], acrRegistries: [] }

/** The whole sandbox with a state of the test's choice, asked through its proxy; ended after each test. */
export const useFront = () => {
  const open: Sandbox[] = []
  afterEach(async () => {
    for (const sandbox of open.splice(0)) await closeWithoutCrashes(sandbox)
  })
  return async (config: Partial<SandboxConfig>): Promise<Sandbox> => {
    const sandbox = await startSandbox({ ...NOTHING, ...config }, { clock: createSandboxClock({ frozen: true }) })
    open.push(sandbox)
    return sandbox
  }
}

/** One host of the sandbox, for the tests' senders. */
export const hostOf = (sandbox: SandboxAddress, host: string): Pick<Loopback, 'ask'> => ({
  ask: async (method, path, message = {}) => {
    const { body, headers = {} } = message
    const answer = await throughProxy(sandbox, {
      url: `https://${host}${path}`,
      method,
      headers: { ...lengthOf(body), ...headers },
      ...(body === undefined ? {} : { body: asBytes(body) }),
    })
    return { ...answer, text: answer.body, json: () => JSON.parse(answer.body) as unknown }
  },
})

const asBytes = (body: NonNullable<Message['body']>): string | Uint8Array => {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new Error('the front takes no streams')
}

const lengthOf = (body: Message['body']): Record<string, number> =>
  body === undefined ? {} : { 'Content-Length': Buffer.byteLength(asBytes(body)) }
