import { afterAll, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectEnd, faultsOf, only } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const { acrHost } = example
const digestAt = (repository: string, tag: string) =>
  repositoryState(door.sandbox.world, acrHost, repository).manifest(tag)?.digest

/** Host, slash and name together, as many clients count (distribution-spec, "Pulling manifests"); the sandbox holds registries to it. */
const longest = 255 - acrHost.length - 1

test.each([
  ['the greatest length', 'r'.repeat(longest)],
  ['100 parts', Array.from({ length: 100 }, () => 'a').join('/')],
  ['one character', 'a'],
  ['digits only', '0/1'],
  ['every separator', 'a/b__c/d.e/f---g/h_i'],
])('takes a repository of %s, in image and in images', async (_, repository) => {
  for (const [tag, image, images] of [
    ['v1', `${acrHost}/${repository}:v1`, []],
    ['v2', acrImage, [`${acrHost}/${repository}:v2`]],
  ] as const) {
    const result = await door.push(image, { params: { images } })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(digestAt(repository, tag)).toBe(door.digest)
    expect(result.results['IMAGES']).toContain(`${acrHost}/${repository}@${door.digest}`)
  }
})

test.each([
  ['128 characters', 't'.repeat(128)],
  ['one character', '_'],
  ['every character', 'aZ_0.-x'],
  ['dots at its end', 'v1..'],
  ['a digest in words', `sha256-${'0'.repeat(64)}`],
  ['a name of JavaScript', '__proto__'],
])('takes a tag of %s, in image, images and tags', async (_, tag) => {
  const [own, further, listed] = ['names/own', 'names/further', 'names/listed']
  const once = await door.push(`${acrHost}/${own}:${tag}`, { params: { images: [`${acrHost}/${further}:${tag}`] } })
  expect(once.step.status, once.step.stderr).toBe(0)
  const again = await door.push(`${acrHost}/${listed}`, { params: { tags: [tag] } })
  expect(again.step.status, again.step.stderr).toBe(0)
  expect([own, further, listed].map((repository) => digestAt(repository, tag))).toEqual([
    door.digest,
    door.digest,
    door.digest,
  ])
  expect([once.results['IMAGE_URL'], again.results['IMAGE_URL']]).toEqual([
    `${acrHost}/${own}:${tag}`,
    `${acrHost}/${listed}`,
  ])
})

test('takes the longest repository with the longest tag, and its results come whole', async () => {
  const name = `${acrHost}/${'r'.repeat(longest)}`
  const image = `${name}:${'t'.repeat(128)}`
  const { results, step } = await door.push(image)
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ IMAGE_URL: image, IMAGES: `${name}@${door.digest}` })
})

test('leaves it to the registry whether 255 characters without the host are too many, and pushes nothing where they are', async () => {
  door.requests()
  const result = await door.push(`${acrHost}/${'r'.repeat(255)}:v1`)
  expectEnd(result, 'REGISTRY_REFUSED', 77)
  expect(only(door.requests(), /^acr (POST|PUT) \/v2\//)).toEqual([])
})

const repositories = [
  ['256 characters', 'r'.repeat(256)],
  ['capitals', 'Shop/web'],
  ['no character', ''],
  ['a part of no character', 'shop//web'],
  ['a slash at its end', 'shop/web/'],
  ['a part that climbs', 'shop/../web'],
  ['a part that is a dot', './web'],
  ['three underscores', 'a___b'],
  ['two dots', 'a..b'],
  ['a dash at its end', 'web-'],
  ['a letter beyond ASCII', 'shöp/web'],
  ['an encoded slash', 'shop%2fweb'],
  ['a query', 'web?x=1'],
] as const

const hosts = [
  ['another port', `${acrHost}:8443`],
  ['its own port', `${acrHost}:443`],
  ['port 0', `${acrHost}:0`],
  ['port 65536', `${acrHost}:65536`],
  ['an IPv4 address', '127.0.0.1:5000'],
  ['an IPv6 address', '[::1]:5000'],
  ['a letter of another script', 'cоntoso.azurecr.io'],
  ['an umlaut', 'münchen.azurecr.io'],
  ['a dot of another script', 'contoso。azurecr.io'],
  ['a dot at its end', `${acrHost}.`],
  ['a user', `user:pass@${acrHost}`],
  ['a label of 64 characters', `${'c'.repeat(64)}.azurecr.io`],
] as const

const digest = `sha256:${'0'.repeat(64)}`

const tags = [
  ['129 characters', 't'.repeat(129)],
  ['a dot at its start', '.v1'],
  ['a dash at its start', '-v1'],
  ['a letter beyond ASCII', 'über'],
  ['a plus', '1.0+build'],
] as const

const references: readonly (readonly [what: string, reference: string, fault: string])[] = [
  ...repositories.map(
    ([what, name]) => [`a repository of ${what}`, `${acrHost}/${name}:v1`, ` (repository): got "${name}"`] as const,
  ),
  ...hosts.map(([what, name]) => [`a host of ${what}`, `${name}/shop/web:v1`, ' (host): got "'] as const),
  ...tags.map(([what, name]) => [`a tag of ${what}`, `${acrHost}/shop/web:${name}`, ` (tag): got "${name}"`] as const),
  ['no tag after its colon', `${acrHost}/shop/web:`, ' (tag): got ""'],
  ['a digest', `${acrHost}/shop/web@${digest}`, `: got "${acrHost}/shop/web@${digest}"`],
  ['a tag and a digest', `${acrHost}/shop/web:v1@${digest}`, `: got "${acrHost}/shop/web:v1@${digest}"`],
  ['half a digest', `${acrHost}/shop/web@sha256:0`, ' (digest): got "sha256:0"'],
  ['a scheme', `https://${acrHost}/shop/web`, ` (reference): got "https://${acrHost}/shop/web"`],
  ['a space', `${acrHost}/shop web`, ` (reference): got "${acrHost}/shop web"`],
]

test.each(references)(
  'refuses %s in image and in images, names the param, and asks nobody',
  async (_, reference, fault) => {
    door.requests()
    const [own, further] = [await door.push(reference), await door.push(acrImage, { params: { images: [reference] } })]
    for (const [result, param] of [
      [own, 'image'],
      [further, 'images'],
    ] as const) {
      expectEnd(result, 'INPUT_INVALID', 64)
      expect(faultsOf(result)).toEqual([expect.stringContaining(`${param}${fault}`)])
    }
    expect(door.requests()).toEqual([])
  },
)

const tagsAlone = [
  ['a colon', 'a:b'],
  ['a slash', 'a/b'],
  ['a space within', 'a b'],
  ['a digest', digest],
] as const

test.each([...tags, ...tagsAlone])('refuses a tag of %s in tags, names the param, and asks nobody', async (_, tag) => {
  door.requests()
  const result = await door.push(acrImage, { params: { tags: ['good', tag] } })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([
    `tags: got "good ${tag}", expected at most 128 letters, digits, _ . - and no . or - at the start`,
  ])
  expect(door.requests()).toEqual([])
})

test('refuses a tag that looks like a flag, and an image of nothing, by their names', async () => {
  door.requests()
  const flag = await door.push(acrImage, { params: { tags: ['--v1'] } })
  expectEnd(flag, 'INPUT_INVALID', 64)
  expect(faultsOf(flag)).toEqual([expect.stringContaining('values may not begin with --')])
  const nothing = await door.push('')
  expectEnd(nothing, 'INPUT_INVALID', 64)
  expect(faultsOf(nothing)).toEqual([expect.stringContaining('image: got nothing')])
  expect(door.requests()).toEqual([])
})
