import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FrontDoor } from '../push-image/front-door.ts'
import { told } from '../push-image/told.ts'
import { emptyLayout, layerType, type TestDescriptor } from '../unit/oci/fixtures.ts'
import { at, copy, expectComplete, openCopyDoor, places, seed } from './copy-door.ts'

let door: FrontDoor
let image: TestDescriptor
let index: TestDescriptor
let signature: TestDescriptor
let sbom: TestDescriptor
let ofSbom: TestDescriptor
let cosign: TestDescriptor
const from = `${places.contoso}:signed`
const copied = (to: string) => ({ from, to: `${to}:signed`, params: { attachments: 'true' } })

const about = (subject: TestDescriptor, artifactType: string) => ({
  artifactType,
  subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
})

/** An index whose only image has an SBOM, which is signed itself; the index is signed by subject and by cosign's tag. */
beforeAll(async () => {
  door = await openCopyDoor()
  await using layout = await emptyLayout()
  const push = async (root: TestDescriptor, tag = '') => {
    await layout.roots(root)
    await seed(door, `${places.contoso}${tag}`, layout.path)
  }
  image = await layout.manifest([await layout.blob(layerType, 'an image with attachments')])
  index = await layout.index([image])
  await push(index, ':signed')
  signature = await layout.manifest([await layout.blob(layerType, 'a signature')], about(index, 'application/x.sig'))
  await push(signature)
  sbom = await layout.manifest([await layout.blob(layerType, 'an SBOM')], about(image, 'application/spdx+json'))
  await push(sbom)
  ofSbom = await layout.manifest([await layout.blob(layerType, 'signed SBOM')], about(sbom, 'application/x.sig'))
  await push(ofSbom)
  cosign = await layout.manifest([await layout.blob(layerType, 'a signature of cosign')])
  await push(cosign, `:${cosignTag()}`)
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const cosignTag = () => `${index.digest.replace(':', '-')}.sig`
const attached = () => [signature, sbom, ofSbom, cosign]

test.each([
  ['in the same registry', places.contosoCopy],
  ['in another cloud', places.ecr],
])('takes signatures, SBOMs and what is attached to those along, to a repository %s', async (_where, place) => {
  const { to, params } = copied(place)
  const { step, results } = await copy(door, from, to, { params })
  expect(step.status, step.stderr).toBe(0)
  expect(results['IMAGE_DIGEST']).toBe(index.digest)
  for (const { digest } of attached()) expectComplete(door, to, digest)
  expect(at(door, to).manifest(cosignTag())?.digest).toBe(cosign.digest)
  expect(at(door, to).tags()).toEqual([cosignTag(), 'signed'].toSorted())
  expect(told(step.stderr, 'attached')).toHaveLength(4)
})

test('without being asked to, takes the image alone', async () => {
  const to = `${places.ecrCopy}:alone`
  const { step } = await copy(door, from, to)
  expect(step.status, step.stderr).toBe(0)
  for (const { digest } of attached()) expect(at(door, to).manifest(digest)).toBeUndefined()
  expect(at(door, to).tags()).toEqual(['alone'])
})

test('finds them by the tag that clients write where the source has no referrers API', async () => {
  const list = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [signature],
    }),
  )
  // What an API would list is not to be seen; the tag lists the signature of the index.
  const { faults } = door.sandbox
  faults.on({ standIn: 'acr', path: /\/referrers\//, fault: { kind: 'status', status: 404 } })
  faults.on({
    standIn: 'acr',
    path: `/v2/shop/web/manifests/${index.digest.replace(':', '-')}`,
    times: 1,
    fault: {
      kind: 'status',
      status: 200,
      body: list.toString(),
      contentType: 'application/vnd.oci.image.index.v1+json',
    },
  })
  const to = `${places.virginia}:tagged`
  const { step } = await copy(door, from, to, { params: { attachments: 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expectComplete(door, to, signature.digest)
  expect(at(door, to).manifest(sbom.digest)).toBeUndefined()
})

test('no tag is put when something that is attached cannot be copied', async () => {
  const to = `${places.ecrCopy}:half`
  const path = new RegExp(`/v2/shop/copy/manifests/${sbom.digest}`)
  door.sandbox.faults.on({ standIn: 'ecr-registry', method: 'PUT', path, fault: { kind: 'status', status: 403 } })
  const { step } = await copy(door, from, to, { params: { attachments: 'true' } })
  expect(step.programStatus).toBe(77)
  expect(at(door, to).tags()).not.toContain('half')
})

test('a dry run names what would be attached, and changes nothing', async () => {
  const to = `${places.virginia}:dry`
  const { step } = await copy(door, from, to, { params: { attachments: 'true', 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  const plan = told(step.stderr, 'plan').filter((text) => text.startsWith('attach'))
  expect(plan).toHaveLength(4)
  expect(at(door, to).tags()).not.toContain('dry')
})
