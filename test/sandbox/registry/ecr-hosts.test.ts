import { expect, test } from 'vitest'
import type { AwsAccount } from '../config.ts'
import { parseEcrHost } from './ecr-hosts.ts'
import { ACCOUNT, ECR_ACCOUNTS, login } from './sample-ecr.ts'
import { hostOf, useFront } from './sample-front.ts'
import { beginUpload, errorOf, locationPath, pushImage, withDigest } from './sample-image.ts'
import { digestOf } from './digest.ts'
import { repositoryState } from './state.ts'

const start = useFront()

test.each([
  [`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`, 'eu-west-1'],
  [`${ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com`, 'us-east-1'],
  [`${ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`, 'us-gov-west-1'],
  [`${ACCOUNT}.dkr-ecr.eu-west-1.on.aws`, 'eu-west-1'],
  [`${ACCOUNT}.dkr-ecr-fips.us-west-2.on.aws`, 'us-west-2'],
  [`${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'cn-north-1'],
  [`${ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, 'eusc-de-east-1'],
])('%s is the registry in %s', (host, region) => {
  expect(parseEcrHost(host)).toEqual({ account: ACCOUNT, region })
})

test.each([
  `${ACCOUNT}.dkr.ecr-fips.eu-west-1.amazonaws.com`,
  `${ACCOUNT}.dkr-ecr.cn-north-1.on.aws`,
  `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com`,
  `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.cn`,
  `${ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.com`,
  `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.eu`,
  `${ACCOUNT}.dkr.ecr.eu-west-1.on.aws`,
  `${ACCOUNT}.dkr.ecr.eu-nowhere-1.amazonaws.com`,
  `${ACCOUNT}.dkr-ecr.eu-west-1.on.aws.evil.example`,
])('%s does not exist', (host) => {
  expect(parseEcrHost(host)).toBeUndefined()
})

const inRegion = (region: string): AwsAccount => ({
  ...ECR_ACCOUNTS[0],
  partition: region.startsWith('cn-') ? 'aws-cn' : region.startsWith('eusc-') ? 'aws-eusc' : 'aws',
  roles: [
    {
      name: 'pusher',
      trustPolicy: { Version: '2012-10-17', Statement: [] },
      policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] }],
    },
  ],
  repositories: [{ region, name: 'team/app' }],
})

test.each([
  ['us-east-1', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`, `${ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com`],
  ['us-east-1', `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`, `${ACCOUNT}.dkr-ecr.us-east-1.on.aws`],
])('%s: %s and %s hold the same images, and each names itself', async (region, classic, other) => {
  const sandbox = await start({ accounts: [inRegion(region)] })
  const headers = login(sandbox.world, 'pusher', { ecrRegion: region })
  const target = { server: hostOf(sandbox, other), repository: 'team/app', headers }
  expect((await pushImage(target, 'v1')).headers.location).toContain(`https://${other}/v2/`)
  const got = await hostOf(sandbox, classic).ask('GET', '/v2/team/app/manifests/v1', { headers })
  expect([got.status, repositoryState(sandbox.world, classic, 'team/app').tags()]).toEqual([200, ['v1']])
  const bare = await hostOf(sandbox, other).ask('GET', '/v2/')
  expect(bare.headers['www-authenticate']).toBe(`Basic realm="https://${other}/",service="ecr.amazonaws.com"`)
})

test.each([
  ['cn-north-1', `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'cn-north-1.amazonaws.com.cn', 'aws-cn'],
  ['eusc-de-east-1', `${ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, 'eusc-de-east-1.amazonaws.eu', 'aws-eusc'],
] as const)(
  '%s: takes a push and sends pullers to the bucket of its own partition',
  async (region, host, bucket, partition) => {
    const sandbox = await start({ accounts: [inRegion(region)] })
    const headers = login(sandbox.world, 'pusher', { ecrRegion: region, partition })
    const target = { server: hostOf(sandbox, host), repository: 'team/app', headers }
    expect((await pushImage(target, 'v1')).status).toBe(201)
    const got = await target.server.ask('GET', `/v2/team/app/blobs/${digestOf('layer')}`, { headers })
    const link = new URL(got.headers.location ?? '')
    expect(link.host).toBe(`prod-${region}-starport-layer-bucket.s3.${bucket}`)
    const leaked = await hostOf(sandbox, link.host).ask('GET', link.pathname + link.search, { headers })
    expect([leaked.status, sandbox.journal.entries.at(-1)?.refused]).toEqual([400, 'AUTHORIZATION_LEAK'])
    expect((await hostOf(sandbox, link.host).ask('GET', link.pathname + link.search)).text).toBe('layer')
  },
)

test('a push that begins on one host of a registry may end on another', async () => {
  const sandbox = await start({ accounts: [inRegion('us-east-1')] })
  const headers = login(sandbox.world, 'pusher', { ecrRegion: 'us-east-1' })
  const server = hostOf(sandbox, `${ACCOUNT}.dkr-ecr.us-east-1.on.aws`)
  const location = await beginUpload({ server, repository: 'team/app', headers })
  const other = hostOf(sandbox, `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`)
  const put = await other.ask('PUT', withDigest(location, digestOf('x')), { headers, body: 'x' })
  expect([put.status, locationPath(put)]).toEqual([201, `/v2/team/app/blobs/${digestOf('x')}`])
})

test('a password of another region is refused on every host of a registry', async () => {
  const sandbox = await start({ accounts: [inRegion('us-east-1')] })
  const headers = login(sandbox.world, 'pusher', { ecrRegion: 'eu-west-1' })
  for (const host of ['dkr.ecr-fips.us-east-1.amazonaws.com', 'dkr-ecr.us-east-1.on.aws']) {
    const reply = await hostOf(sandbox, `${ACCOUNT}.${host}`).ask('GET', '/v2/', { headers })
    expect([reply.status, errorOf(reply).code]).toEqual([403, 'DENIED'])
  }
})
