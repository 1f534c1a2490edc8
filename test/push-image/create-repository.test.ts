import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { findEcrRepository } from '../sandbox/registry/ecr-repositories.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectEnd, faultsOf, told, toldProse } from './told.ts'

const missing = 'team/new'
const missingImage = ecrImage.replace(example.repository, missing)
const creating = { 'create-repository': 'if-missing' }

let door: FrontDoor
beforeAll(async () => {
  const cloud = exampleCloud()
  const [account] = cloud.accounts
  if (account === undefined) throw new Error('the example has changed')
  const statement = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' } as const
  const roles = account.roles.map((role) => ({
    ...role,
    policies: [{ Version: '2012-10-17', Statement: [statement] } as const],
  }))
  door = await openFrontDoor({ ...cloud, accounts: [{ ...account, roles }] })
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

function settingsOf(name: string) {
  return findEcrRepository(door.sandbox.world, { account: example.accountId, region: example.region, name })
}

test('creates a missing repository with the settings asked for, then pushes; the second run finds it', async () => {
  const params = {
    ...creating,
    'repository-scan': 'true',
    'repository-immutable-tags': 'true',
    'repository-encryption': 'AES256',
    'repository-tags': ['team=shop', 'note=a=b'],
  }
  const { step, results } = await door.push(missingImage, { params })
  expect(step.status, step.stderr).toBe(0)
  expect(told(step.stderr, 'created')).toEqual([`the repository ${example.ecrHost}/${missing}`])
  expect(settingsOf(missing)).toMatchObject({
    imageTagMutability: 'IMMUTABLE',
    scanOnPush: true,
    tags: { team: 'shop', note: 'a=b' },
  })
  expect(repositoryState(door.sandbox.world, example.ecrHost, missing).manifest('1.4.2')?.digest).toBe(
    results['IMAGE_DIGEST'],
  )
  const again = await door.push(missingImage, { params })
  expect(again.step.status, again.step.stderr).toBe(0)
  expect(told(again.step.stderr, 'created')).toEqual([])
})

test('creates nothing when it may not, and says where to create it', async () => {
  const refused = await door.push(ecrImage.replace(example.repository, 'team/absent'))
  expectEnd(refused, 'REGISTRY_REPOSITORY_UNKNOWN', 77)
  expect(settingsOf('team/absent')).toBeUndefined()
})

test('asks ACR to create nothing: a push does that by itself', async () => {
  door.requests()
  const { step } = await door.push(acrImage.replace(example.repository, 'team/fresh'), { params: creating })
  expect(step.status, step.stderr).toBe(0)
  expect(door.requests().filter((one) => one.startsWith('ecr'))).toEqual([])
})

test('creates nothing in a dry run, and says that it would', async () => {
  const image = ecrImage.replace(example.repository, 'team/rehearsed')
  const { step } = await door.push(image, { params: { ...creating, 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expect(toldProse(step.stderr, 'plan')).toContain(`create the repository ${example.ecrHost}/team/rehearsed`)
  expect(settingsOf('team/rehearsed')).toBeUndefined()
})

test('refuses settings of a repository that is never created, all at once', async () => {
  const refused = await door.push(ecrImage, {
    params: { 'repository-scan': 'true', 'repository-tags': ['team=shop'], 'repository-encryption': 'AES256' },
  })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused).map((fault) => fault.split(':')[0])).toEqual([
    'repository-scan',
    'repository-encryption',
    'repository-tags',
  ])
})
