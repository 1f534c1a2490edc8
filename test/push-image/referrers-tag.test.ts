import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { errorRow } from '../../steps/lib/core/error-table.ts'
import { exampleCloud } from '../sandbox/example-cloud.ts'
import { emptyLayout, layerType, type TestDescriptor } from '../unit/oci/fixtures.ts'
import { acrImage, openFrontDoor, type FrontDoor, type FrontDoorResult } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { heldUnder } from './source-workspace.ts'
import { expectEnd, toldProse } from './told.ts'

// A registry that is encrypted by a key of the customer's has no referrers API: what refers to an image stands under a tag.
let door: FrontDoor
beforeAll(async () => {
  const cloud = exampleCloud()
  const acrRegistries = cloud.acrRegistries.map((one) => ({ ...one, customerManagedKey: true }))
  door = await openFrontDoor({ ...cloud, acrRegistries })
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

type Attached = {
  readonly sbom: TestDescriptor
  /** `sha256-<hex of the subject>`. */
  readonly tag: string
  readonly push: () => Promise<FrontDoorResult>
}

/** An SBOM of an image that is elsewhere, and what pushes it by its digest. */
async function attached(words: string, use: (one: Attached) => Promise<void>): Promise<void> {
  await using layout = await emptyLayout()
  const subject = await layout.manifest([await layout.blob(layerType, words)])
  const config = await layout.blob('application/vnd.oci.empty.v1+json', '{}')
  const content = await layout.blob('application/spdx+json', `{"about":"${words}"}`)
  const sbom = await layout.manifest([content], { config, artifactType: 'application/spdx+json', subject })
  await layout.roots(sbom)
  const push = async () => await door.push(acrImage.replace(':1.4.2', ''), { source: layout.path, run: inAHurry() })
  await use({ sbom, tag: subject.digest.replace(':', '-'), push })
}

test('an SBOM is entered under the tag of its image, once, also when it is pushed again', async () => {
  await attached('kept by tag', async ({ sbom, tag, push }) => {
    for (const _ of [1, 2]) {
      const pushed = await push()
      expect(pushed.succeeded, pushed.step.stderr).toBe(true)
    }
    const { manifests } = JSON.parse(heldUnder(door, acrImage, tag).bytes.toString('utf8')) as { manifests: object[] }
    expect(manifests).toEqual([expect.objectContaining({ digest: sbom.digest, artifactType: 'application/spdx+json' })])
  })
})

test('refuses to write over something else that stands under that tag', async () => {
  await attached('tag in use', async ({ tag, push }) => {
    const taken = acrImage.replace('1.4.2', tag)
    const image = await door.push(taken)
    expect(image.succeeded, image.step.stderr).toBe(true)
    const before = heldUnder(door, acrImage, tag).digest
    const refused = await push()
    expectEnd(refused, 'REGISTRY_REFERRERS_INVALID', errorRow('REGISTRY_REFERRERS_INVALID').exit)
    expect(toldProse(refused.step.stderr, 'what')).toContain(tag)
    expect(heldUnder(door, acrImage, tag).digest).toBe(before)
  })
})

test('gives up when others write the list over and over, and says under which tag', async () => {
  await attached('contended', async ({ tag, push }) => {
    // What comes of a write that another one follows at once: it was taken, and is not there.
    const path = new RegExp(`/manifests/${tag}$`)
    door.sandbox.faults.on({ standIn: 'acr', method: 'PUT', path, fault: { kind: 'status', status: 201 } })
    const refused = await push()
    expectEnd(refused, 'REGISTRY_REFERRERS_CONTENDED', errorRow('REGISTRY_REFERRERS_CONTENDED').exit)
    expect(toldProse(refused.step.stderr, 'what')).toContain(tag)
    expect(() => heldUnder(door, acrImage, tag)).toThrow('nothing under')
  })
})
