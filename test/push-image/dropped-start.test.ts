import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { registryState } from '../sandbox/registry/state.ts'
import { ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, only, told } from './told.ts'
import { expectWhole, freshImage, pushFresh, retriesOf } from './whole-image.ts'

// aws/containers-roadmap #1970: ECR may drop the connection of a push to a repository that does not exist.
let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudThatMayLook('*'))
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const starts = { standIn: 'ecr-registry', method: 'POST', path: /\/blobs\/uploads\/$/ } as const
const absent = ecrImage.replace(example.repository, 'shop/absent')
const lookUps = /^ecr POST/

test('says that the repository does not exist when ECR drops the uploads to it, and creates nothing', async () => {
  door.sandbox.faults.on({ ...starts, fault: { kind: 'reset-before' } })
  const image = await freshImage(door)
  const result = await pushFresh(door, absent, image, { run: inAHurry() })
  expectEnd(result, 'REGISTRY_REPOSITORY_UNKNOWN', 77)
  expect(told(result.step.stderr, 'remedy').join('\n')).toContain('--repository-name shop/absent')
  expect(registryState(door.sandbox.world, example.ecrHost).repositories()).not.toContain('shop/absent')
})

test('takes the drops for what they are where the repository exists, and looks once for each blob', async () => {
  door.sandbox.faults.on({ ...starts, fault: { kind: 'reset-before' } })
  const image = await freshImage(door)
  const result = await pushFresh(door, ecrImage, image, { run: inAHurry() })
  expectEnd(result, 'NETWORK_INTERRUPTED', 75)
  // The sign-in is a call of the same API.
  expect(only(door.requests(), lookUps).length).toBeLessThanOrEqual(1 + 3)
})

test('takes the drops for what they are where the role may not look', async () => {
  await using narrow = await openFrontDoor()
  narrow.sandbox.faults.on({ ...starts, fault: { kind: 'reset-before' } })
  const image = await freshImage(narrow)
  const result = await pushFresh(narrow, absent, image, { run: inAHurry() })
  expectEnd(result, 'NETWORK_INTERRUPTED', 75)
  expect(only(narrow.requests(), /^ecr POST \S+ 400 AccessDenied/).length).toBeGreaterThan(0)
})

test('lets one dropped start pass where a template creates the repository on push', async () => {
  const templates = [{ prefix: 'ROOT', appliedFor: ['CREATE_ON_PUSH' as const] }]
  const cloud = cloudThatMayLook('*')
  const accounts = cloud.accounts.map((one) => ({ ...one, repositories: [], repositoryCreationTemplates: templates }))
  await using creating = await openFrontDoor({ ...cloud, accounts })
  creating.sandbox.faults.on({ ...starts, times: 1, fault: { kind: 'reset-before' } })
  const image = await freshImage(creating)
  const result = await pushFresh(creating, ecrImage, image, { run: inAHurry() })
  expect(retriesOf(result)).toEqual(['NETWORK_INTERRUPTED'])
  expectWhole(creating, result, { host: example.ecrHost, image })
})

/** The example whose role may do on every repository what it may do on its own. */
function cloudThatMayLook(resource: string): SandboxConfig {
  const cloud = exampleCloud()
  const accounts = cloud.accounts.map((account) => ({
    ...account,
    roles: account.roles.map((role) => ({
      ...role,
      policies: role.policies.map((policy) => ({
        ...policy,
        Statement: policy.Statement.map((statement) => ({ ...statement, Resource: resource })),
      })),
    })),
  }))
  return { ...cloud, accounts }
}
