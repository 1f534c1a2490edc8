import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { actDuringUpload } from './slow-upload.ts'
import { expectEnd, faultsOf, only } from './told.ts'
import { expectWhole, pushFresh, type FreshImage } from './whole-image.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const layers = 17

/** An image of 18 blobs, its config among them. */
async function wideImage(tag: string): Promise<FreshImage> {
  const files = Array.from({ length: layers }, (_, index) => ({ [`${tag}-${index}`]: 'small' }))
  return { ...(await door.layout({ layers: files })), tag }
}

const starts = / POST \S*\/blobs\/uploads\//

test.each([
  ['ACR', 1],
  ['ACR', 8],
  ['ACR', 16],
  ['ECR', 2],
  ['ECR', 4],
])(
  'has at %s as many uploads at once as concurrency says (%i), never more, and sends all in the end',
  async (registry, most) => {
    const [to, host] = registry === 'ACR' ? [acrImage, example.acrHost] : [ecrImage, example.ecrHost]
    const image = await wideImage(`${registry.toLowerCase()}-${most}`)
    // Four when nobody says it.
    const params = most === 4 ? {} : { concurrency: String(most) }
    let begun: string[] = []
    const result = await actDuringUpload(door, {
      push: async () => await pushFresh(door, to, image, { params }),
      count: most,
      // Each of the uploads that have begun waits for the registry: another one would have begun beside them.
      act: () => void (begun = only(door.requests(), starts)),
    })
    expect(begun).toHaveLength(most)
    expect(begun.length + only(door.requests(), starts).length).toBe(layers + 1)
    expectWhole(door, result, { host, image })
  },
)

test('begins with a concurrency of 1 no upload before the one before it is done', async () => {
  const image = await wideImage('one-by-one')
  const result = await pushFresh(door, acrImage, image, { params: { concurrency: '1' } })
  expectWhole(door, result, { host: example.acrHost, image })
  const uploads = only(door.requests(), /^acr (POST|PUT) \S*\/blobs\/uploads\//)
  const pair = ['POST 202', 'PUT 201']
  expect(uploads.map((one) => one.replace(/^acr (\S+) \S+ /, '$1 '))).toEqual(
    Array.from({ length: layers + 1 }, () => pair).flat(),
  )
})

test.each(['0', '17', '-1', '1.5', 'four', '1e1', '9999999999'])(
  'refuses a concurrency of %s, names the param, and asks nobody',
  async (concurrency) => {
    door.requests()
    const result = await door.push(acrImage, { params: { concurrency } })
    expectEnd(result, 'INPUT_INVALID', 64)
    expect(faultsOf(result)).toEqual([`concurrency: got "${concurrency}", expected a whole number from 1 to 16`])
    expect(door.requests()).toEqual([])
  },
)
