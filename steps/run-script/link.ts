import type { Ask, Said, Start, Tell, Told } from './wire.ts'

/** The script's process's way to ours. */
export type Link = {
  /** What to run. */
  readonly start: Promise<Start>
  /** Asks, and waits for the answer; throws {@link Refused}. */
  ask<T>(ask: Ask): Promise<T>
  /** Tells, without waiting; `then` is called when it has left. */
  tell(tell: Tell, then?: () => void): void
}

/** A request that our process refused, or could not do. `code` is that of the troubleshooting page. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: string
  /** By which our process finds its own error again. */
  readonly id: number

  constructor(message: string, { code, id, stack }: { code: string; id: number; stack: string }) {
    super(message)
    this.code = code
    this.id = id
    // Where the script asked, and not where the answer came.
    this.stack = `${code}: ${message}\n${stack}`
  }
}

type Waiting = {
  readonly stack: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Opens the channel that Node gave this process. While nothing is asked it does not keep the process alive. */
export function createLink(host: NodeJS.Process): Link {
  const { promise: start, resolve: begin } = Promise.withResolvers<Start>()
  const waiting = new Map<number, Waiting>()
  let last = 0
  const say = (said: Said, then: () => void = () => {}) => void host.send?.(said, undefined, undefined, then)
  const settle = (id: number, use: (one: Waiting) => void) => {
    const one = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) host.channel?.unref()
    if (one !== undefined) use(one)
  }
  host.on('message', (told: Told) => {
    if (told.kind === 'start') {
      host.channel?.unref()
      begin(told.script)
    } else if (told.kind === 'answer') settle(told.id, ({ resolve }) => resolve(told.value))
    else settle(told.id, ({ stack, reject }) => reject(new Refused(told.message, { ...told, stack })))
  })
  return {
    start,
    tell: say,
    ask: async <T>(ask: Ask) => {
      const id = (last += 1)
      const stack = (new Error('here').stack ?? '').split('\n').slice(1).join('\n')
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { stack, resolve, reject }))
      host.channel?.ref()
      say({ kind: 'ask', id, ask })
      // Our own process answers each question in its form.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return (await answer) as T
    },
  }
}
