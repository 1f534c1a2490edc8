import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor, type FrontDoorResult } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, faultsOf, told, toldProse } from './told.ts'

const secondAcr = 'fabrikam.azurecr.io'
const virginia = ecrImage.replace(example.region, 'us-east-1')

let door: FrontDoor
beforeAll(async () => {
  const cloud = exampleCloud()
  const [account, ...others] = cloud.accounts
  const [acr] = cloud.acrRegistries
  if (account === undefined || acr === undefined) throw new Error('the example has changed')
  const { repository: name, region } = example
  const repositories = [
    ...account.repositories,
    { region: 'us-east-1', name },
    { region, name: 'shop/copy' },
    { region, name: 'shop/fixed', imageTagMutability: 'IMMUTABLE' as const },
  ]
  const statement = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' } as const
  const everything = { Version: '2012-10-17', Statement: [statement] } as const
  const roles = account.roles.map((role) => ({ ...role, policies: [everything] }))
  door = await openFrontDoor({
    ...cloud,
    accounts: [{ ...account, roles, repositories }, ...others],
    acrRegistries: [...cloud.acrRegistries, { ...acr, loginServer: secondAcr }],
  })
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

let count = 0
async function freshImage() {
  count += 1
  return await door.layout({ layers: [{ [`fresh-${count}`]: 'small' }, { big: Buffer.alloc(3_000_000, `${count}`) }] })
}

function stateOf(image: string) {
  const [name = '', tag = ''] = image.split(/:(?=[^/]*$)/)
  const host = name.split('/')[0] ?? ''
  const repository = repositoryState(door.sandbox.world, host, name.slice(host.length + 1))
  return { name, tag, tags: () => repository.tags(), digestAt: (at: string) => repository.manifest(at)?.digest }
}

function uploads(requests: readonly string[], repository = ''): string[] {
  return requests.filter((one) => /^(acr|ecr-registry) PUT .*\/blobs\/uploads\//.test(one) && one.includes(repository))
}

/** What a failed run says of each destination. */
function states({ step }: FrontDoorResult): string[] {
  return told(step.stderr, 'state').map((text) => text.replaceAll('\n', ' '))
}

test('pushes the same image to ACR and ECR in two regions, and IMAGES names all of them, that of image first', async () => {
  const { folder, digest } = await freshImage()
  door.requests()
  const { step, results, record } = await door.push(acrImage, {
    source: folder,
    params: { images: [ecrImage, virginia] },
  })
  expect(step.status, step.stderr).toBe(0)
  const all = [acrImage, ecrImage, virginia].map(stateOf)
  expect(all.map(({ digestAt, tag }) => digestAt(tag))).toEqual([digest, digest, digest])
  expect(results).toMatchObject({
    IMAGE_URL: acrImage,
    IMAGE_DIGEST: digest,
    IMAGES: all.map(({ name }) => `${name}@${digest}`).join(','),
  })
  expect(record.data.action['destinations']).toEqual(
    all.map(({ name, tag }) => ({ repository: name, stored: true, tags: [tag] })),
  )
  const requests = door.requests()
  // One role, one region of STS: one session for both registries of AWS.
  expect(requests.filter((one) => one.startsWith('sts POST'))).toHaveLength(1)
  expect(told(step.stderr, 'done').map((text) => text.split(':')[0])).toEqual(all.map(({ name }) => name))
})

test('puts all tags at every destination, and looks only for what is missing the next time', async () => {
  const { folder, digest } = await freshImage()
  const params = { images: [ecrImage], tags: ['stable', 'v1', 'stable'] }
  await door.push(acrImage, { source: folder, params })
  for (const image of [acrImage, ecrImage]) {
    expect(['1.4.2', 'stable', 'v1'].map(stateOf(image).digestAt)).toEqual([digest, digest, digest])
  }
  door.requests()
  const again = await door.push(acrImage, { source: folder, params: { ...params, tags: ['stable', 'v2'] } })
  expect(again.step.status).toBe(0)
  const puts = door.requests().filter((one) => / PUT /.test(one))
  expect(puts.map((one) => one.replace(/.*\/manifests\//, ''))).toEqual(['v2 201', 'v2 201'])
})

test('takes one repository under several names for one destination', async () => {
  const { folder, digest } = await freshImage()
  const { results } = await door.push(acrImage, {
    source: folder,
    params: { images: [acrImage.replace('1.4.2', 'other'), acrImage.toUpperCase().replace('SHOP/WEB', 'shop/web')] },
  })
  expect(results['IMAGES']).toBe(`${stateOf(acrImage).name}@${digest}`)
  expect(stateOf(acrImage).digestAt('other')).toBe(digest)
})

test('uploads each blob once to a registry, whose second repository mounts it', async () => {
  const { folder, digest } = await freshImage()
  const copy = acrImage.replace('shop/web', 'shop/copy')
  door.requests()
  const { step } = await door.push(acrImage, { source: folder, params: { images: [copy] } })
  expect(step.status, step.stderr).toBe(0)
  expect(stateOf(copy).digestAt('1.4.2')).toBe(digest)
  const requests = door.requests()
  expect([uploads(requests, '/shop/web/').length, uploads(requests, '/shop/copy/').length]).toEqual([3, 0])
  expect(toldProse(step.stderr, 'done')).toContain('took over 3 blobs from another repository')
})

test('uploads to both repositories where the registry does not mount, and gives up no more than it must', async () => {
  const { folder, digest } = await freshImage()
  const copy = ecrImage.replace('shop/web', 'shop/copy')
  door.requests()
  const { step } = await door.push(ecrImage, { source: folder, params: { images: [copy] } })
  expect(step.status, step.stderr).toBe(0)
  expect(stateOf(copy).digestAt('1.4.2')).toBe(digest)
  const requests = door.requests()
  expect([uploads(requests, '/shop/web/').length, uploads(requests, '/shop/copy/').length]).toEqual([3, 3])
})

test('moves no tag anywhere when one destination cannot take the image, and says what is where', async () => {
  const { folder, digest } = await freshImage()
  const absent = ecrImage.replace('shop/web', 'shop/absent')
  const failed = await door.push(acrImage.replace('1.4.2', 'untouched'), {
    source: folder,
    params: { images: [absent] },
  })
  expectEnd(failed, 'REGISTRY_REPOSITORY_UNKNOWN', 77)
  expect(stateOf(acrImage).tags()).not.toContain('untouched')
  expect(states(failed)).toEqual([
    expect.stringContaining(`${stateOf(acrImage).name}: `),
    `${stateOf(absent).name}: not there; no tag was put`,
  ])
  expect(failed.record.data.action).toMatchObject({
    digest,
    destinations: [{ tags: [] }, { stored: false, tags: [] }],
  })
})

test('tags the others when one destination refuses its tag, fails, and says which', async () => {
  const first = await freshImage()
  const fixed = ecrImage.replace('shop/web', 'shop/fixed')
  await door.push(fixed, { source: first.folder })
  const { folder, digest } = await freshImage()
  const failed = await door.push(fixed, { source: folder, params: { images: [acrImage] } })
  expectEnd(failed, 'REGISTRY_TAG_IMMUTABLE', 77)
  expect(stateOf(fixed).digestAt('1.4.2')).toBe(first.digest)
  expect(stateOf(acrImage).digestAt('1.4.2')).toBe(digest)
  expect(states(failed)).toEqual([
    `${stateOf(fixed).name}: there by its digest; no tag was put`,
    `${stateOf(acrImage).name}: there, tagged 1.4.2`,
  ])
})

test('goes on at both registries when the connection to one breaks in the middle of a shared blob', async () => {
  const { folder, digest } = await freshImage()
  door.sandbox.faults.on({
    standIn: 'acr',
    method: 'PUT',
    path: /\/blobs\/uploads\//,
    times: 2,
    fault: { kind: 'reset-before' },
  })
  const { step } = await door.push(acrImage, { source: folder, params: { images: [ecrImage] }, run: inAHurry() })
  expect(step.status, step.stderr).toBe(0)
  expect([acrImage, ecrImage].map((image) => stateOf(image).digestAt('1.4.2'))).toEqual([digest, digest])
  expect(told(step.stderr, 'retry')).toHaveLength(2)
})

test('pushes to two registries of one tenant, each with its own credential', async () => {
  const { folder, digest } = await freshImage()
  const second = `${secondAcr}/team/app:2`
  const { step, record } = await door.push(acrImage, { source: folder, params: { images: [second] } })
  expect(step.status, step.stderr).toBe(0)
  expect(stateOf(second).digestAt('2')).toBe(digest)
  const registries = record.data.tokens.filter(({ kind }) => kind === 'registry')
  expect(registries.map(({ audience }) => audience).toSorted()).toEqual([example.acrHost, secondAcr])
})

test('rehearses every destination, and pushes to none', async () => {
  const { folder } = await freshImage()
  const params = { images: [ecrImage], 'dry-run': 'true', tags: ['rehearsed'] }
  const { step, results } = await door.push(acrImage, { source: folder, params })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ IMAGE_URL: '', IMAGE_DIGEST: '', IMAGES: '' })
  expect(told(step.stderr, 'allowed')).toHaveLength(2)
  expect([acrImage, ecrImage].flatMap((image) => stateOf(image).tags())).not.toContain('rehearsed')
})

test('lists what is wrong with all destinations at once, by the param as it is spelled, and asks nobody', async () => {
  door.requests()
  const many = Array.from({ length: 6 }, (_, index) => `${example.acrHost}/${'long-name/'.repeat(6)}${index}:1`)
  const wrong = await door.push(acrImage, { params: { images: ['docker.io/library/web', 'UPPER/x', ...many] } })
  expectEnd(wrong, 'INPUT_INVALID', 64)
  expect(faultsOf(wrong)).toEqual([
    expect.stringMatching(/^images \(host\): got "docker\.io", expected a private ECR registry/),
    expect.stringMatching(/^images \(host\): got "UPPER", expected a registry host with a dot/),
    expect.stringMatching(
      /^images: got "7 destinations", expected fewer, or shorter names: the results would take \d+ bytes/,
    ),
  ])
  expect(door.requests()).toEqual([])
})
