/** What one piece of parallel work is given: its own end, which comes as soon as any other piece has failed. */
export type Work<T, R> = (item: T, signal: AbortSignal) => Promise<R>

/**
 * Works on all items, at most `limit` at once, begun in their order; gives the results in their order. The first failure aborts the others,
 * begins nothing new, and is what is thrown, once the others have ended.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  work: Work<T, R>,
): Promise<R[]> {
  const [only, ...more] = items
  if (only !== undefined && more.length === 0) return [await alone(only, signal, work)]
  const failure = new AbortController()
  const ended = AbortSignal.any([signal, failure.signal])
  const results: R[] = []
  const queue = items.entries()
  const takeFromQueue = async () => {
    for (const [index, item] of queue) {
      ended.throwIfAborted()
      results[index] = await work(item, ended)
    }
  }
  // The first reason given to `abort` stays: that of the failure that came first.
  const workers = Array.from({ length: Math.min(limit, items.length) }, () =>
    takeFromQueue().catch((error: unknown) => failure.abort(error)),
  )
  await Promise.all(workers)
  failure.signal.throwIfAborted()
  return results
}

/** Nothing else is to be ended when it fails. */
async function alone<T, R>(item: T, signal: AbortSignal, work: Work<T, R>): Promise<R> {
  signal.throwIfAborted()
  return await work(item, signal)
}
