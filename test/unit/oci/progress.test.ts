import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { countedBody } from '../../../steps/lib/oci/registry/progress.ts'

const body = { length: 10, open: () => Readable.from([Buffer.alloc(10)]) }

test('counts nothing of an attempt that was given up, though its last bytes leave after that', () => {
  const steps: number[] = []
  const counted = countedBody(body, { sent: (bytes) => steps.push(bytes), blobDone: () => undefined })
  counted.body.open()
  const ofFirst = counted.body.onSent
  ofFirst?.(4)
  counted.takeBack()
  ofFirst?.(6)
  counted.body.open()
  ofFirst?.(6)
  counted.body.onSent?.(10)
  expect(steps).toEqual([4, -4, 10])
})
