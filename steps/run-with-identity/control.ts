import type { RecordedHandOuts } from '../lib/audit/recorded-action.ts'
import { stepError } from '../lib/core/errors.ts'
import type { Secret } from '../lib/core/secret.ts'
import { tellError, type ToldError } from '../lib/core/told-error.ts'
import { paths } from './endpoints.ts'
import { reply, type Handler } from './front.ts'
import { hasExactly } from './request-guard.ts'
import { secretHeader, type BrokerEnd } from './sealed-folder.ts'

/** Where our steps ask. */
export const controlPaths = { open: '/control/open', seal: '/control/seal' } as const

/** What the first step is told. */
export type OpenAnswer =
  | { readonly broker: string; readonly error: ToldError }
  | {
      readonly broker: string
      readonly dryRun: boolean
      /** What is handed out, for people. */
      readonly offers: readonly string[]
      /** Values of the first step's results. */
      readonly environment: Readonly<Record<string, string>>
    }

/** What the last step is told first; how the broker's own record fared comes when that is known. */
export type SealAnswer = {
  readonly broker: string
  readonly dryRun: boolean
  readonly handOuts?: RecordedHandOuts | undefined
  readonly error?: ToldError | undefined
}

/** The last that a broker says: its exit status. */
export type Parting = { readonly status: number }

type Served = {
  readonly secret: Secret
  /** Resolves when it is known whether anything is handed out. */
  readonly opened: Promise<OpenAnswer>
  /** Seals; `exitCode` is what the last step has read, `''` where there was none. */
  readonly seal: (exitCode: string) => Promise<SealAnswer>
  /** Gets a way to say the last word to who has sealed. */
  readonly onSealer: (part: (parting: Parting) => void) => void
}

/** The header by which the last step tells how the command has ended. */
export const exitCodeHeader = 'x-tekton-entra-exit-code'

/** What only our first and last step can ask. */
export function controlHandlers({ secret, opened, seal, onSealer }: Served): Readonly<Record<string, Handler>> {
  const own =
    (action: 'open' | 'seal', handler: Handler): Handler =>
    async (request, response, url) => {
      if (request.method !== 'POST' || !hasExactly(request, secretHeader, secret.reveal()))
        throw stepError('BROKER_SECRET_WRONG', { action })
      await handler(request, response, url)
    }
  return {
    [controlPaths.open]: own('open', async (_, response) => reply(response, 200, await opened)),
    [controlPaths.seal]: own('seal', async (request, response) => {
      const answer = await seal(String(request.headers[exitCodeHeader] ?? ''))
      response.writeHead(200, { 'Content-Type': 'application/json-seq', 'Cache-Control': 'no-store' })
      response.write(`${JSON.stringify(answer)}\n`)
      onSealer((parting) => void response.end(`${JSON.stringify(parting)}\n`))
    }),
  }
}

/** The same of a broker that hands out nothing, any more or at all. `onAsked` is told when somebody has learned of it. */
export function endedHandlers(
  secret: Secret,
  { end, onAsked }: { readonly end: BrokerEnd; readonly onAsked: () => void },
): Readonly<Record<string, Handler>> {
  const { broker, handOuts, error } = end
  const sealed = error ?? tellError(stepError('BROKER_SEALED', {}))
  const handlers = controlHandlers({
    secret,
    opened: Promise.resolve({ broker, error: sealed }),
    seal: async () => ({ broker, dryRun: false, handOuts, error }),
    onSealer: (part) => part({ status: 0 }),
  })
  const telling =
    (handler: Handler): Handler =>
    async (request, response, url) => {
      await handler(request, response, url)
      response.once('close', onAsked)
    }
  const refuse: Handler = async () => {
    throw stepError('BROKER_SEALED', {})
  }
  return {
    ...Object.fromEntries(Object.values(paths).map((path) => [path, refuse])),
    ...Object.fromEntries(Object.entries(handlers).map(([path, handler]) => [path, telling(handler)])),
  }
}
