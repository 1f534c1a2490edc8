import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FrontDoor } from '../push-image/front-door.ts'
import { only, told } from '../push-image/told.ts'
import { at, copy, copyCloud, expectComplete, openCopyDoor, places, seed } from './copy-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openCopyDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const reads = /^blob-hosts |GET \S*\/blobs\//
const sends = / PUT \S*\/blobs\/uploads/

test.each([
  ['ACR', places.contoso, places.contosoCopy],
  ['ECR', places.ecr, places.ecrCopy],
])('within one registry of %s blobs are mounted: none is read, none is sent', async (_registry, from, to) => {
  const digest = await seed(door, `${from}:1`)
  const { step } = await copy(door, `${from}:1`, `${to}:1`)
  expect(step.status, step.stderr).toBe(0)
  expect(at(door, to).manifest('1')?.digest).toBe(digest)
  expectComplete(door, to, digest)
  const requests = door.requests()
  expect(only(requests, reads)).toEqual([])
  expect(only(requests, sends)).toEqual([])
  expect(told(step.stderr, 'done').join(' ').replace(/\s+/g, ' ')).toContain(
    'took over 3 blobs from another repository',
  )
})

test('a dry run within one registry says that blobs would be taken over, and mounts none', async () => {
  const { folder } = await door.layout({ layers: [{ rehearsed: 'rehearsed' }] })
  await seed(door, `${places.contoso}:dry`, folder)
  const { step } = await copy(door, `${places.contoso}:dry`, `${places.contosoCopy}:dry`, {
    params: { 'dry-run': 'true' },
  })
  expect(step.status, step.stderr).toBe(0)
  expect(told(step.stderr, 'plan').join(' ').replace(/\s+/g, ' ')).toContain('is taken over from shop/web')
  expect(only(door.requests(), / (POST|PUT) \S*\/blobs\//)).toEqual([])
  expect(at(door, places.contosoCopy).tags()).not.toContain('dry')
})

test('where ECR does not mount, what the repository lacks is streamed, and what it has is not', async () => {
  await using plain = await openCopyDoor(copyCloud('DISABLED'))
  const shared = { shared: 'shared\n' }
  const first = await plain.layout({ layers: [shared] })
  const second = await plain.layout({ layers: [shared, { own: 'own\n' }] })
  await seed(plain, `${places.ecrCopy}:first`, first.folder)
  const digest = await seed(plain, `${places.ecr}:1`, second.folder)
  const { step } = await copy(plain, `${places.ecr}:1`, `${places.ecrCopy}:1`)
  expect(step.status, step.stderr).toBe(0)
  expectComplete(plain, places.ecrCopy, digest)
  // Config and the layer of its own; the shared layer is there.
  expect(only(plain.requests(), sends)).toHaveLength(2)
})

test('what the registry took over and then misses is streamed', async () => {
  const { folder, digest } = await door.layout({ layers: [{ vanishing: 'vanishing\n' }] })
  await seed(door, `${places.contoso}:gone`, folder)
  door.sandbox.faults.on({
    standIn: 'acr',
    method: 'POST',
    path: '/v2/shop/copy/blobs/uploads/',
    times: 1,
    fault: { kind: 'status', status: 201 },
  })
  const { step } = await copy(door, `${places.contoso}:gone`, `${places.contosoCopy}:gone`)
  expect(step.status, step.stderr).toBe(0)
  expectComplete(door, places.contosoCopy, digest)
})
