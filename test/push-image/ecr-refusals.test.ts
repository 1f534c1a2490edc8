import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { AwsRole, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectEnd, expectNothingPushed, told, toldProse } from './told.ts'

const otherAccount = '210987654321'
const role = (name: string): string => `arn:aws:iam::${example.accountId}:role/${name}`
const repositoryArn = `arn:aws:ecr:${example.region}:${example.accountId}:repository/${example.repository}`
const otherRegistry = ecrImage.replace(example.accountId, otherAccount)

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudOfMistakes())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

type Row = [what: string, code: ErrorCode, image: string, roleName: string, says: string]

test.each<Row>([
  [
    'a role that may not sign in to ECR',
    'ECR_NOT_AUTHORIZED',
    ecrImage,
    'without-GetAuthorizationToken',
    'is not authorized to perform: ecr:GetAuthorizationToken',
  ],
  [
    'a role that may not begin an upload',
    'REGISTRY_DENIED',
    ecrImage,
    'without-InitiateLayerUpload',
    `is not authorized to perform: ecr:InitiateLayerUpload on resource: ${repositoryArn}`,
  ],
  [
    'a role that may not put the manifest',
    'REGISTRY_DENIED',
    ecrImage,
    'without-PutImage',
    `is not authorized to perform: ecr:PutImage on resource: ${repositoryArn}`,
  ],
  ['a registry of another account', 'REGISTRY_DENIED', otherRegistry, 'ci-push', `not authorized`],
])('refuses %s as %s, with the words of AWS, and tags nothing', async (what, code, image, roleName, says) => {
  // Of an image that another row has left blobs of, only the manifest would be sent.
  const { folder } = await door.layout({ layers: [{ what }] })
  const result = await door.push(image, { params: { 'aws-role-arn': role(roleName) }, source: folder })
  expectEnd(result, code, 77)
  expect(toldProse(result.step.stderr, 'cause')).toContain(says)
  expect(toldProse(result.step.stderr, 'remedy')).toMatch(/ecr:InitiateLayerUpload.*ecr:PutImage/)
  expectNothingPushed(door)
})

test('says of a role that may not sign in where each permission belongs', async () => {
  const { step } = await door.push(ecrImage, { params: { 'aws-role-arn': role('without-GetAuthorizationToken') } })
  expect(toldProse(step.stderr, 'remedy')).toContain(`ecr:GetAuthorizationToken on *, and on ${repositoryArn}`)
})

test('refuses a repository that does not exist, and does not create it', async () => {
  const result = await door.push(ecrImage.replace(example.repository, 'shop/absent'))
  expectEnd(result, 'REGISTRY_REPOSITORY_UNKNOWN', 77)
  expect(toldProse(result.step.stderr, 'cause')).toContain("repository with name 'shop/absent' does not exist")
  expect(told(result.step.stderr, 'remedy').join('\n')).toContain(
    '\naws ecr create-repository --repository-name shop/absent',
  )
})

test('refuses to move an immutable tag, keeps what it holds, and takes the same image again', async () => {
  const frozen = ecrImage.replace(example.repository, 'shop/frozen')
  expect((await door.push(frozen)).succeeded).toBe(true)
  expect((await door.push(frozen)).succeeded).toBe(true)
  const other = await door.layout({ layers: [{ other: 'image' }] })
  const result = await door.push(frozen, { source: other.folder })
  expectEnd(result, 'REGISTRY_TAG_IMMUTABLE', 77)
  expect(toldProse(result.step.stderr, 'cause')).toContain(
    "The image tag '1.4.2' already exists in the 'shop/frozen' repository",
  )
  const repository = repositoryState(door.sandbox.world, example.ecrHost, 'shop/frozen')
  expect(repository.manifest('1.4.2')?.digest).toBe(door.digest)
})

/** The example with roles that lack one action each, a frozen repository and a second account. */
function cloudOfMistakes(): SandboxConfig {
  const cloud = exampleCloud()
  const account = cloud.accounts[0]
  const good = account?.roles[0]
  if (account === undefined || good === undefined) throw new Error('the example has a role')
  const lacking = ['GetAuthorizationToken', 'InitiateLayerUpload', 'PutImage'].map((action) => ({
    ...good,
    name: `without-${action}`,
    policies: policiesWithout(good, `ecr:${action}`),
  }))
  const wider = { ...good, policies: onEverything(good) }
  const repositories = [
    ...account.repositories,
    { region: example.region, name: 'shop/frozen', imageTagMutability: 'IMMUTABLE' as const },
  ]
  return {
    ...cloud,
    accounts: [
      { ...account, repositories, roles: [wider, ...lacking] },
      { ...account, id: otherAccount },
    ],
  }
}

function policiesWithout(good: AwsRole, action: string): AwsRole['policies'] {
  const Statement = good.policies
    .flatMap((policy) => policy.Statement)
    .map((statement) => ({ ...statement, Action: [statement.Action].flat().filter((one) => one !== action) }))
  return [{ Version: '2012-10-17', Statement: Statement.filter((statement) => statement.Action.length > 0) }]
}

function onEverything(good: AwsRole): AwsRole['policies'] {
  return good.policies.map((policy) => ({
    ...policy,
    Statement: policy.Statement.map((statement) => ({ ...statement, Resource: '*' })),
  }))
}
