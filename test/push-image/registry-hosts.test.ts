import { afterAll, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { cloudWith } from '../unit/aws/federated.ts'
import { openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectEnd } from './told.ts'

const { accountId: id, repository } = example
const region = 'us-east-1'
const regionalAcr = 'contoso.westeurope.geo.azurecr.io'

let door: FrontDoor
beforeAll(async () => {
  const publicRegistry = { alias: 'a1b2c3d4', repositories: ['web'] }
  const acr = { replicas: ['westeurope'], regionalEndpoints: true }
  door = await openFrontDoor(cloudWith({ region, account: { publicRegistry }, acr }))
})
afterAll(async () => await door[Symbol.asyncDispose]())

const publicHosts = ['sts.us-east-1.amazonaws.com', 'api.ecr-public.us-east-1.amazonaws.com', 'public.ecr.aws']

/** Hosts beyond Entra's that a push has asked. */
async function hostsOf(image: string): Promise<readonly string[]> {
  const before = door.sandbox.journal.entries.length
  const { step, results, record } = await door.push(image)
  expect([step.status, record.data.outcome]).toEqual([0, 'ok'])
  expect(results).toMatchObject({ IMAGE_URL: image, IMAGE_DIGEST: door.digest })
  const asked = door.sandbox.journal.entries.slice(before).map(({ host }) => host)
  return [...new Set(asked)].filter((host) => host !== undefined && !/microsoftonline|oidc/.test(host)).toSorted()
}

test.each([
  [
    `${id}.dkr.ecr-fips.${region}.amazonaws.com/${repository}:fips`,
    [
      'sts-fips.us-east-1.amazonaws.com',
      'api.ecr-fips.us-east-1.amazonaws.com',
      `${id}.dkr.ecr-fips.${region}.amazonaws.com`,
    ],
  ],
  [
    `${id}.dkr-ecr.${region}.on.aws/${repository}:dual`,
    ['sts.us-east-1.api.aws', 'ecr.us-east-1.api.aws', `${id}.dkr-ecr.${region}.on.aws`],
  ],
  ['public.ecr.aws/a1b2c3d4/web:1', publicHosts],
  [`${regionalAcr}/${repository}:1`, [regionalAcr]],
])('%s is pushed by its own hosts, and no other is asked', async (image, hosts) => {
  expect(await hostsOf(image)).toEqual(hosts.toSorted())
})

test('a dry run to ECR Public looks for the repository first, and begins no upload where it is missing', async () => {
  const good = await door.push('public.ecr.aws/a1b2c3d4/web:2', { params: { 'dry-run': 'true' } })
  expect(good.step.status).toBe(0)
  door.requests()
  const missing = await door.push('public.ecr.aws/a1b2c3d4/absent:2', { params: { 'dry-run': 'true' } })
  expectEnd(missing, 'REGISTRY_REPOSITORY_UNKNOWN', 77)
  expect(door.requests().filter((line) => line.includes('uploads'))).toEqual([])
})

test.each([
  'public.ecr.aws/web:1',
  `${id}.dkr.ecr-fips.${region}.amazonaws.com.evil.example/${repository}:1`,
  `contoso.westeurope.data.azurecr.io/${repository}:1`,
])('%s is refused before anything is sent', async (image) => {
  door.requests()
  expectEnd(await door.push(image), 'INPUT_INVALID', 64)
  expect(door.requests()).toEqual([])
})

test.each([
  ['aws-cn', 'cn-north-1', 'amazonaws.com.cn'],
  ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com'],
  ['aws-eusc', 'eusc-de-east-1', 'amazonaws.eu'],
] as const)(
  'pushes to a registry of %s, by a role of it, through its own endpoints alone',
  async (partition, at, suffix) => {
    await using there = await openFrontDoor(cloudWith({ partition, region: at }))
    const image = `${id}.dkr.ecr.${at}.${suffix}/${repository}:1`
    const roleArn = `arn:${partition}:iam::${id}:role/ci-push`
    const { succeeded } = await there.push(image, { params: { 'aws-role-arn': roleArn, 'aws-region': at } })
    expect(succeeded).toBe(true)
    const aws = there.sandbox.journal.entries.filter(({ standIn }) => /^(sts|ecr)/.test(standIn))
    expect(aws.filter(({ host }) => !host.endsWith(`.${at}.${suffix}`))).toEqual([])
    there.requests()
    const foreign = await there.push(image)
    expectEnd(foreign, 'INPUT_INVALID', 64)
    expect(there.requests()).toEqual([])
  },
)
