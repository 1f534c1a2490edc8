/** Why the command line is to stop, and how to hear of it. */
export type Ending = {
  readonly signal: AbortSignal
  /** Resolves with the signal's name once. */
  readonly asked: Promise<NodeJS.Signals>
  stop(): void
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** How often it is looked whether npm is still there. */
const parentWatchMs = 500

/**
 * Watches for the end from outside: signals, the launcher's death (its channel closes), and that of npm, which passes no SIGTERM on
 * to what `npx` has started.
 */
export function watchForEnd(host: NodeJS.Process): Ending {
  const controller = new AbortController()
  const { promise: asked, resolve } = Promise.withResolvers<NodeJS.Signals>()
  const end = (signal: NodeJS.Signals): void => {
    controller.abort(new Error(signal))
    resolve(signal)
  }
  const onDisconnect = (): void => end('SIGTERM')
  for (const signal of signals) host.on(signal, end)
  if (host.connected) host.once('disconnect', onDisconnect)
  // Listening alone would keep the process, and its launcher with it, for ever.
  host.channel?.unref()
  const parent = host.ppid
  const watch = setInterval(() => {
    if (host.env['npm_execpath'] !== undefined && host.ppid !== parent) end('SIGTERM')
  }, parentWatchMs).unref()
  return {
    signal: controller.signal,
    asked,
    stop: () => {
      clearInterval(watch)
      host.off('disconnect', onDisconnect)
      for (const signal of signals) host.off(signal, end)
    },
  }
}
