import { expect, test } from 'vitest'
import { parseEcrHost } from '../../../steps/lib/aws/ecr-host.ts'
import { sharedAwsSessions } from '../../../steps/lib/federation/aws-session.ts'
import { ecrAccess } from '../../../steps/lib/federation/ecr-access.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { openFederated, type AccountChange, type Federated } from '../aws/federated.ts'

const { repository, accountId: id } = example

function target(cloud: Federated, host: string, region: string) {
  const registry = parseEcrHost(host)
  if (registry === undefined) throw new Error(`${host} is no registry`)
  return { ...cloud.target({ region }), registry, repository }
}

type Row = readonly [
  host: string,
  partition: NonNullable<AccountChange['partition']>,
  region: string,
  sts: string,
  api: string,
]

test.each<Row>([
  [
    `${id}.dkr.ecr-fips.us-east-1.amazonaws.com`,
    'aws',
    'us-east-1',
    'sts-fips.us-east-1.amazonaws.com',
    'api.ecr-fips.us-east-1.amazonaws.com',
  ],
  [`${id}.dkr-ecr.eu-central-1.on.aws`, 'aws', 'eu-central-1', 'sts.eu-central-1.api.aws', 'ecr.eu-central-1.api.aws'],
  [
    `${id}.dkr-ecr-fips.us-gov-west-1.on.aws`,
    'aws-us-gov',
    'us-gov-west-1',
    'sts-fips.us-gov-west-1.api.aws',
    'ecr-fips.us-gov-west-1.api.aws',
  ],
  [
    `${id}.dkr.ecr.cn-north-1.amazonaws.com.cn`,
    'aws-cn',
    'cn-north-1',
    'sts.cn-north-1.amazonaws.com.cn',
    'api.ecr.cn-north-1.amazonaws.com.cn',
  ],
  [
    `${id}.dkr.ecr.eusc-de-east-1.amazonaws.eu`,
    'aws-eusc',
    'eusc-de-east-1',
    'sts.eusc-de-east-1.amazonaws.eu',
    'api.ecr.eusc-de-east-1.amazonaws.eu',
  ],
])('%s is reached by its own endpoints, and no others of AWS are asked', async (host, partition, region, sts, api) => {
  await using cloud = await openFederated({ partition, region })
  const access = ecrAccess(cloud.federation, target(cloud, host, region))
  expect(await access.repositoryState()).toBe('exists')
  const credential = await access.authorization()
  expect(cloud.hosts().filter((asked) => /amazonaws|\.aws$/.test(asked))).toEqual([sts, api])
  const answer = await cloud.federation.services.http.send({
    method: 'GET',
    url: new URL(`https://${host}/v2/`),
    authorization: credential,
  })
  expect(answer.status).toBe(200)
})

test('a FIPS registry gets a session of its own, even beside a plain one of the same role', async () => {
  await using cloud = await openFederated({ region: 'us-east-1' })
  const sessions = sharedAwsSessions(cloud.federation)
  for (const label of ['ecr', 'ecr', 'ecr-fips']) {
    const host = `${id}.dkr.${label}.us-east-1.amazonaws.com`
    await ecrAccess(cloud.federation, target(cloud, host, 'us-east-1'), sessions).authorization()
  }
  const { entries } = cloud.sandbox.journal
  expect(entries.filter(({ standIn }) => standIn === 'sts').map(({ host }) => host)).toEqual([
    'sts.us-east-1.amazonaws.com',
    'sts-fips.us-east-1.amazonaws.com',
  ])
})

test('destinations that are refused at once share one new session', async () => {
  await using cloud = await openFederated()
  const sessions = sharedAwsSessions(cloud.federation)
  const accesses = [1, 2, 3].map(() => {
    return ecrAccess(cloud.federation, target(cloud, example.ecrHost, example.region), sessions)
  })
  const before = await Promise.all(accesses.map(async (access) => (await access.authorization()).sha256()))
  expect(cloud.calls('sts')).toEqual(['AssumeRoleWithWebIdentity 200'])
  await Promise.all(accesses.map(async (access) => await access.renew()))
  expect(cloud.calls('sts')).toEqual(['AssumeRoleWithWebIdentity 200'])
  const after = await Promise.all(accesses.map(async (access) => (await access.authorization()).sha256()))
  expect(new Set([...before, ...after]).size).toBe(6)
})

test('a session that ends is replaced once for all who share it', async () => {
  await using cloud = await openFederated()
  const sessions = sharedAwsSessions(cloud.federation)
  const [one, other] = [sessions(cloud.target()), sessions(cloud.target({ durationSeconds: undefined }))]
  const first = await one.current()
  expect(await other.current()).toBe(first)
  cloud.sandbox.world.clock.advance(850_000)
  const second = await other.current()
  expect(second).not.toBe(first)
  expect(await one.current()).toBe(second)
  expect(cloud.calls('sts')).toEqual(['AssumeRoleWithWebIdentity 200', 'AssumeRoleWithWebIdentity 200'])
})
