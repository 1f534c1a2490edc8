import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { AssumeRoleCommand, GetCallerIdentityCommand, GetWebIdentityTokenCommand } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { throughProxy, TunnelRefused } from '../through-proxy.ts'
import { partitionOf, regionOfHost } from './hosts.ts'
import type { Service } from './hosts.ts'
import { ADMIN, account, HOME, refusalOf, role, roleArn, startFront, trust } from './test-front.ts'

test.each<[Service, string, string | undefined]>([
  ['sts', 'sts.eu-central-1.amazonaws.com', 'eu-central-1'],
  ['sts', 'sts-fips.us-east-2.amazonaws.com', 'us-east-2'],
  ['sts', 'sts.eu-west-1.api.aws', 'eu-west-1'],
  ['sts', 'sts-fips.us-west-2.api.aws', 'us-west-2'],
  ['sts', 'sts.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['sts', 'sts-fips.us-gov-west-1.amazonaws.com', undefined],
  ['sts', 'sts-fips.us-gov-west-1.api.aws', 'us-gov-west-1'],
  ['sts', 'sts.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['sts', 'sts.cn-northwest-1.api.amazonwebservices.com.cn', 'cn-northwest-1'],
  ['sts', 'sts.cn-north-1.api.aws', undefined],
  ['sts', 'sts-fips.cn-north-1.amazonaws.com.cn', undefined],
  ['sts', 'sts.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['sts', 'sts.eusc-de-east-1.api.amazonwebservices.eu', 'eusc-de-east-1'],
  ['sts', 'sts.eusc-de-east-1.amazonaws.com', undefined],
  ['sts', 'sts.amazonaws.com', 'us-east-1'],
  ['sts', 'sts.eu-nowhere-1.amazonaws.com', undefined],
  ['ecr', 'api.ecr.eu-central-1.amazonaws.com', 'eu-central-1'],
  ['ecr', 'ecr.eu-central-1.api.aws', 'eu-central-1'],
  ['ecr', 'api.ecr-fips.us-east-1.amazonaws.com', 'us-east-1'],
  ['ecr', 'ecr-fips.us-gov-east-1.api.aws', 'us-gov-east-1'],
  ['ecr', 'api.ecr-fips.eu-central-1.amazonaws.com', undefined],
  ['ecr', 'api.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['ecr', 'api.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['ecr-public', 'api.ecr-public.us-east-1.amazonaws.com', 'us-east-1'],
  ['ecr-public', 'ecr-public.us-east-1.api.aws', 'us-east-1'],
  ['ecr-public', 'api.ecr-public.eu-central-1.amazonaws.com', undefined],
])('%s has the endpoint %s in region %s', (service, host, region) => {
  expect(regionOfHost(service, host)).toBe(region)
})

type Way = readonly [region: string, options: object, host: string]

test.each<Way>([
  ['eu-central-1', {}, 'sts.eu-central-1.amazonaws.com'],
  ['us-east-1', { useFipsEndpoint: true }, 'sts-fips.us-east-1.amazonaws.com'],
  ['eu-central-1', { useDualstackEndpoint: true }, 'sts.eu-central-1.api.aws'],
  ['us-east-1', { useFipsEndpoint: true, useDualstackEndpoint: true }, 'sts-fips.us-east-1.api.aws'],
  ['us-gov-west-1', { useFipsEndpoint: true }, 'sts.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', {}, 'sts.cn-north-1.amazonaws.com.cn'],
  ['cn-north-1', { useDualstackEndpoint: true }, 'sts.cn-north-1.api.amazonwebservices.com.cn'],
  ['eusc-de-east-1', {}, 'sts.eusc-de-east-1.amazonaws.eu'],
  ['us-east-1', { useGlobalEndpoint: true }, 'sts.amazonaws.com'],
])('the SDK finds STS of %s with %j at %s, and its ARNs carry the partition', async (region, options, host) => {
  await using front = await startFront([account({ partition: partitionOf(region) })])
  const who = await front.sts(ADMIN, { region, ...options }).send(new GetCallerIdentityCommand({}))
  expect(who.Arn).toBe(`arn:${partitionOf(region)}:iam::${HOME}:user/people/admin`)
  expect(front.sandbox.journal.entries).toMatchObject([{ standIn: 'sts', host, status: 200 }])
})

test.each<Way>([
  ['eu-central-1', { useDualstackEndpoint: true }, 'ecr.eu-central-1.api.aws'],
  ['us-east-1', { useFipsEndpoint: true }, 'api.ecr-fips.us-east-1.amazonaws.com'],
  ['us-gov-west-1', { useFipsEndpoint: true, useDualstackEndpoint: true }, 'ecr-fips.us-gov-west-1.api.aws'],
  ['eusc-de-east-1', {}, 'api.ecr.eusc-de-east-1.amazonaws.eu'],
])('the SDK finds ECR of %s with %j at %s', async (region, options, host) => {
  await using front = await startFront([account({ partition: partitionOf(region) })])
  const { authorizationData } = await front
    .ecr(ADMIN, { region, ...options })
    .send(new GetAuthorizationTokenCommand({}))
  const suffix = region.startsWith('eusc') ? 'amazonaws.eu' : 'amazonaws.com'
  expect(authorizationData?.[0]?.proxyEndpoint).toBe(`https://${HOME}.dkr.ecr.${region}.${suffix}`)
  expect(front.sandbox.journal.entries).toMatchObject([{ standIn: 'ecr', host, status: 200 }])
})

test('an endpoint that AWS does not have is nobody’s, so the tunnel is refused', async () => {
  await using front = await startFront([account()])
  const call = throughProxy(front.sandbox, { url: 'https://sts-fips.eu-central-1.amazonaws.com/' })
  await expect(call).rejects.toBeInstanceOf(TunnelRefused)
})

const STS_ROLE = role('first')

test('a region that the account deactivated refuses sessions, but still says who calls', async () => {
  await using front = await startFront([account({ roles: [STS_ROLE], stsDisabledRegions: ['eu-central-1'] })])
  const assume = new AssumeRoleCommand({ RoleArn: roleArn('first'), RoleSessionName: 'run-1' })
  expect(await refusalOf(front.sts().send(assume))).toEqual({
    name: 'RegionDisabledException',
    status: 403,
    message: `STS is not activated in this region for account:${HOME}. Your account administrator can activate STS in this region using the IAM Console.`,
  })
  expect((await front.sts().send(new GetCallerIdentityCommand({}))).Account).toBe(HOME)
  await front.sts(ADMIN, { region: 'eu-west-1' }).send(assume)
})

test('the global endpoint makes sessions that only the default regions know', async () => {
  await using front = await startFront([account({ roles: [STS_ROLE] })])
  const command = new AssumeRoleCommand({ RoleArn: roleArn('first'), RoleSessionName: 'run-1' })
  const sessionFrom = async (useGlobalEndpoint: boolean) => {
    const { Credentials } = await front.sts(ADMIN, { region: 'us-east-1', useGlobalEndpoint }).send(command)
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  }
  const [legacy, regional] = [await sessionFrom(true), await sessionFrom(false)]
  const ask = (keys: typeof legacy, region: string) =>
    front.sts(keys, { region }).send(new GetCallerIdentityCommand({}))
  await ask(legacy, 'eu-west-1')
  await ask(regional, 'ap-east-1')
  expect(await refusalOf(ask(legacy, 'ap-east-1'))).toMatchObject({ name: 'InvalidClientTokenId', status: 403 })
})

test('the global endpoint lacks the newer operations', async () => {
  await using front = await startFront([account({ outboundFederation: { id: 'a1b2' } })])
  const call = front
    .sts(ADMIN, { region: 'us-east-1', useGlobalEndpoint: true })
    .send(new GetWebIdentityTokenCommand({ Audience: ['x'], SigningAlgorithm: 'RS256' }))
  expect(await refusalOf(call)).toMatchObject({ name: 'InvalidAction', status: 400 })
})

test('credentials of one partition mean nothing at the endpoints of another', async () => {
  const china = account({ partition: 'aws-cn', roles: [role('first', { trustPolicy: trust(HOME) })] })
  await using front = await startFront([china])
  const call = front.ecr(ADMIN).send(new GetAuthorizationTokenCommand({}))
  expect(await refusalOf(call)).toMatchObject({ name: 'UnrecognizedClientException', status: 400 })
  const assume = new AssumeRoleCommand({
    RoleArn: roleArn('first').replace('arn:aws:', 'arn:aws-cn:'),
    RoleSessionName: 'run',
  })
  expect(await refusalOf(front.sts().send(assume))).toMatchObject({ name: 'InvalidClientTokenId', status: 403 })
})
