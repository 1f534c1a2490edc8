import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { errorRow, type ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { Fault } from '../sandbox/faults.ts'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, told, toldProse } from './told.ts'
import { expectUntagged, freshImage, openUploads, pushFresh } from './whole-image.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const blobs = /\/blobs\/uploads\//
const manifests = /\/manifests\//

function refusal(status: number, code: string, message: string): Fault {
  return { kind: 'status', status, body: JSON.stringify({ errors: [{ code, message }] }) }
}

type Row = [what: string, code: ErrorCode, exit: number, path: RegExp, fault: Fault, words: string]

test.each<Row>([
  ['finds a blob too large', 'REGISTRY_TOO_LARGE', 77, blobs, refusal(413, 'SIZE', 'too big'), 'too big'],
  ['finds a manifest too large', 'REGISTRY_TOO_LARGE', 77, manifests, refusal(413, 'SIZE', 'too big'), 'too big'],
  ['says for good that it cannot', 'REGISTRY_REFUSED', 77, blobs, refusal(501, 'UNSUPPORTED', 'not here'), 'not here'],
  ['refuses for a reason of its own', 'REGISTRY_REFUSED', 77, manifests, refusal(418, 'TEAPOT', 'tea'), 'tea'],
  [
    'finds that the bytes have another digest',
    'REGISTRY_DIGEST_REFUSED',
    77,
    blobs,
    refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content'),
    'did not match',
  ],
  ['locks the repository', 'REGISTRY_DENIED', 77, manifests, refusal(403, 'DENIED', 'locked'), 'locked'],
])('ends with the registry’s own words when it %s, and puts no tag', async (_, code, exit, path, fault, words) => {
  const image = await freshImage(door)
  door.sandbox.faults.on({ standIn: 'acr', method: 'PUT', path, fault })
  const refused = await pushFresh(door, acrImage, image, { run: inAHurry() })
  expectEnd(refused, code, exit)
  expect(toldProse(refused.step.stderr, 'cause')).toContain(words)
  expectUntagged(door, example.acrHost, image)
  expect(openUploads(door)).toBe(0)
})

test('ends when the registry says that it keeps an image under another digest, and names both', async () => {
  const image = await freshImage(door)
  const digest = `sha256:${'0'.repeat(64)}`
  door.sandbox.faults.on({ standIn: 'acr', method: 'PUT', path: manifests, fault: { kind: 'other-head', digest } })
  const refused = await pushFresh(door, acrImage, image, { run: inAHurry() })
  expectEnd(refused, 'REGISTRY_DIGEST_DIFFERS', errorRow('REGISTRY_DIGEST_DIFFERS').exit)
  expect(told(refused.step.stderr, 'sent').join('\n')).toContain(digest)
  expect(refused.results['IMAGE_DIGEST'] ?? '').toBe('')
})
