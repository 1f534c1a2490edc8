import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLog } from '../../../steps/lib/step/log.ts'
import { createProgress } from '../../../steps/lib/step/progress.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] }))
afterEach(() => void vi.useRealTimers())

function open(isTTY: boolean) {
  const written: string[] = []
  const terminal = { isTTY, write: (text: string) => written.push(text) }
  const log = createLog((text) => written.push(text), 100)
  return { written, progress: createProgress(log, terminal, { now: () => Date.now(), sleep: async () => {} }) }
}

test('a pod’s log gets a line now and then, with bytes, rate and time left', () => {
  const { written, progress } = open(false)
  progress.begin({ bytes: 100_000_000, blobs: 4 })
  progress.sent(25_000_000)
  progress.blobDone()
  vi.advanceTimersByTime(5000)
  expect(written).toEqual(['progress 25.0 MB of 100.0 MB, 5.0 MB/s, 15.0 s left, 1 of 4 blobs\n'])
  vi.advanceTimersByTime(4999)
  expect(written).toHaveLength(1)
  progress.end()
  vi.advanceTimersByTime(60_000)
  expect(written).toHaveLength(1)
})

test('a terminal gets one bar that is drawn anew and cleared at the end', () => {
  const { written, progress } = open(true)
  progress.begin({ bytes: 1000, blobs: 1 })
  progress.sent(500)
  vi.advanceTimersByTime(200)
  expect(written).toHaveLength(2)
  expect(written[0]).toContain('[============            ]')
  progress.end()
  expect(written.at(-1)).toBe('\r\u001b[K')
})

test('bytes of an attempt that failed count no more', () => {
  const { written, progress } = open(false)
  progress.begin({ bytes: 1000, blobs: 1 })
  progress.sent(800)
  progress.sent(-800)
  vi.advanceTimersByTime(5000)
  expect(written[0]).toContain('0 B of 1.0 kB')
})
