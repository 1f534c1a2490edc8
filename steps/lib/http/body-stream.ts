import type http from 'node:http'

/** What has come and was not taken yet, at most: above it the sender has to wait. */
const mostHeld = 1024 * 1024

/** Between two looks at whether anything still moves. */
const looksPerLimit = 8

type Watch = {
  /** Ends the answer when none of its bytes came for so long while somebody waited for them, in milliseconds. */
  readonly idleMs: number
  /** Makes the error of what ended it. */
  readonly failure: (error: unknown) => unknown
}

type Held = { chunks: Buffer[]; bytes: number; ended: boolean; error: unknown; wake: (() => void) | undefined }

/**
 * The bytes of an answer as they come, a piece for all that has come since the last one was asked for. Whoever is slow makes the sender wait,
 * which is no silence of the sender's. An answer that ends before its end throws; who stops asking tears the connection down.
 */
export function bodyStream(incoming: http.IncomingMessage, watch: Watch): AsyncGenerator<Buffer> {
  const held: Held = { chunks: [], bytes: 0, ended: false, error: undefined, wake: undefined }
  // At once: what breaks before anybody reads must not be an error that nobody hears.
  listen(incoming, held)
  return chunksOf(incoming, held, watch)
}

async function* chunksOf(incoming: http.IncomingMessage, held: Held, watch: Watch): AsyncGenerator<Buffer> {
  const stopWatching = watchFor(incoming, held, watch.idleMs)
  try {
    for (;;) {
      const chunk = held.chunks.shift()
      if (chunk !== undefined) {
        held.bytes -= chunk.length
        if (held.bytes === 0 && incoming.isPaused()) incoming.resume()
        yield chunk
        continue
      }
      if (held.error !== undefined) throw watch.failure(held.error)
      if (held.ended) return
      await new Promise<void>((resolve) => (held.wake = resolve))
    }
  } finally {
    stopWatching()
    // What was read to its end leaves the connection to the next request.
    if (!held.ended) incoming.destroy()
  }
}

/** By its events: Node's own iterator would copy what comes together into one piece. */
function listen(incoming: http.IncomingMessage, held: Held): void {
  const wake = () => {
    held.wake?.()
    held.wake = undefined
  }
  incoming.on('data', (chunk: Buffer) => {
    held.chunks.push(chunk)
    held.bytes += chunk.length
    if (held.bytes >= mostHeld) incoming.pause()
    wake()
  })
  incoming.on('end', () => {
    held.ended = true
    wake()
  })
  incoming.on('error', (error) => {
    held.error ??= error
    wake()
  })
  incoming.on('close', () => {
    if (!held.ended) held.error ??= new Error('the answer was cut off')
    wake()
  })
}

/** The socket's own clock would also count while we let the sender wait. */
function watchFor(incoming: http.IncomingMessage, held: Held, idleMs: number): () => void {
  let silentLooks = 0
  let lastWait: Held['wake']
  const timer = setInterval(
    () => {
      silentLooks = held.wake !== undefined && held.wake === lastWait ? silentLooks + 1 : 0
      lastWait = held.wake
      if (silentLooks >= looksPerLimit) incoming.destroy(new Error(`no byte moved for ${idleMs / 1000} s`))
    },
    Math.ceil(idleMs / looksPerLimit),
  )
  timer.unref()
  return () => clearInterval(timer)
}
