import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inParallel } from '../../../steps/lib/oci/parallel.ts'

const never = new AbortController().signal

test('works on all items, gives results in their order, and never runs more than the limit at once', async () => {
  let running = 0
  let most = 0
  const results = await inParallel([5, 4, 3, 2, 1], 2, never, async (item) => {
    running += 1
    most = Math.max(most, running)
    for (let turn = 0; turn < item; turn += 1) await setImmediate()
    running -= 1
    return item * 10
  })
  expect(results).toEqual([50, 40, 30, 20, 10])
  expect(most).toBe(2)
})

test('throws the first failure after the others have ended, and begins nothing new', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const working = inParallel([0, 1, 2, 3, 4, 5], 3, never, async (item, signal) => {
    begun.push(item)
    if (item === 1) throw new Error('the true one')
    while (!signal.aborted) await setImmediate()
    ended.push(item)
    // One worker ends well in spite of the abort, one with an error of its own.
    if (item === 2) throw new Error('a consequence')
  })
  await expect(working).rejects.toThrow('the true one')
  expect(begun).toEqual([0, 1, 2])
  expect(ended).toEqual([0, 2])
})

test('throws the reason of an abort from outside, and begins nothing after it', async () => {
  const controller = new AbortController()
  const begun: number[] = []
  const working = inParallel([0, 1, 2], 1, controller.signal, async (item) => {
    begun.push(item)
    controller.abort('outside')
  })
  await expect(working).rejects.toBe('outside')
  expect(begun).toEqual([0])
})

test('works on a single item until the end from outside, throws its failure, and never begins it after that end', async () => {
  const controller = new AbortController()
  const seen = await inParallel(['one'], 4, controller.signal, async (_item, signal) => {
    controller.abort('outside')
    return signal.reason as unknown
  })
  expect(seen).toEqual(['outside'])
  const failing = inParallel(['one'], 4, never, async () => Promise.reject(new Error('the true one')))
  await expect(failing).rejects.toThrow('the true one')
  const late = inParallel(['one'], 4, controller.signal, async () => expect.fail('begun after the end'))
  await expect(late).rejects.toBe('outside')
})

test('does nothing for no items', async () => {
  expect(await inParallel([], 4, never, async () => 1)).toEqual([])
})
