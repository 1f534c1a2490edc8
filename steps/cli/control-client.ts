import { Agent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { SandboxDescription } from '../../test/sandbox/control/description.ts'
import { CliError, exits } from './cli-error.ts'

/** What a control address is reached by. */
export type ControlAddress = {
  readonly control: Pick<SandboxDescription['control'], 'url'>
  readonly controlToken: string
}

export type ControlRequest = { readonly method: string; readonly path: string; readonly body?: unknown }
export type ControlAnswer = { readonly status: number; readonly json: unknown }

/** Asks once and reads the JSON that comes. Rejects when nobody is there. */
export async function ask(address: ControlAddress, request: ControlRequest): Promise<ControlAnswer> {
  const response = await open(address, request)
  return { status: response.statusCode ?? 0, json: JSON.parse(await text(response)) as unknown }
}

/** The same, for commands: what the sandbox refuses is what was wrong with the call. */
export async function askOrThrow(
  address: ControlAddress,
  request: ControlRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, json } = await ask(address, request).catch((error: unknown) => {
    throw new CliError([`the sandbox does not answer: ${error instanceof Error ? error.message : String(error)}`], {
      exit: exits.unavailable,
    })
  })
  const answer: Readonly<Record<string, unknown>> = typeof json === 'object' && json !== null ? { ...json } : {}
  if (status === 200) return answer
  const faults = Array.isArray(answer['faults']) ? answer['faults'].map(String) : [`the sandbox answered ${status}`]
  throw new CliError(faults, { exit: status >= 500 ? exits.internal : exits.usage })
}

/** Opens a request and gives its answer as a stream. */
export function open(address: ControlAddress, request: ControlRequest, signal?: AbortSignal): Promise<IncomingMessage> {
  const { method, path, body } = request
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${address.control.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${address.controlToken}`, 'content-type': 'application/json' },
      // An agent of its own: the global one may go through a proxy that the environment names.
      agent: new Agent(),
      ...(signal === undefined ? {} : { signal }),
    })
    outgoing.once('error', reject)
    outgoing.once('response', resolve)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
