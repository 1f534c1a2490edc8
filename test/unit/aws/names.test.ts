import { expect, test } from 'vitest'
import { parseEcrHost, parsePublicRepository } from '../../../steps/lib/aws/ecr-host.ts'
import { ecrApiHost, partitionOf, regionPattern, stsHost } from '../../../steps/lib/aws/partitions.ts'
import { parseRoleArn } from '../../../steps/lib/aws/role-arn.ts'
import { sessionName } from '../../../steps/lib/aws/session-name.ts'
import { trustPolicyFor } from '../../../steps/lib/aws/trust-policy.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'

const id = '123456789012'

test.each([
  [`${id}.dkr.ecr.eu-central-1.amazonaws.com`, 'aws', false, false],
  [`${id}.dkr.ecr-fips.us-east-1.amazonaws.com`, 'aws', true, false],
  [`${id}.dkr-ecr.eu-central-1.on.aws`, 'aws', false, true],
  [`${id}.dkr-ecr-fips.us-east-1.on.aws`, 'aws', true, true],
  [`${id}.dkr.ecr.us-gov-west-1.amazonaws.com`, 'aws-us-gov', false, false],
  [`${id}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`, 'aws-us-gov', true, false],
  [`${id}.dkr.ecr.cn-north-1.amazonaws.com.cn`, 'aws-cn', false, false],
  [`${id}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn`, 'aws-cn', false, true],
  [`${id}.dkr.ecr.eusc-de-east-1.amazonaws.eu`, 'aws-eusc', false, false],
  [`${id}.dkr.ecr.us-iso-east-1.c2s.ic.gov`, 'aws-iso', false, false],
  [`${id}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`, 'aws-iso-b', false, false],
  [`${id}.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk`, 'aws-iso-e', false, false],
  [`${id}.dkr.ecr.us-isof-south-1.csp.hci.ic.gov`, 'aws-iso-f', false, false],
] as const)('%s is a private registry of %s', (host, partition, fips, dualStack) =>
  expect(parseEcrHost(host)).toMatchObject({ host, accountId: id, partition, endpoints: { fips, dualStack } }),
)

test.each([
  '12345678901.dkr.ecr.eu-central-1.amazonaws.com',
  `${id}.dkr.ecr.eu-central-1.amazonaws.com.evil.example`,
  `x${id}.dkr.ecr.eu-central-1.amazonaws.com`,
  `${id}.dkr.ecr.eu-central-1.amazonaws.com.cn`,
  `${id}.dkr.ecr.cn-north-1.amazonaws.com`,
  `${id}.dkr.ecr..amazonaws.com`,
  `${id}.dkr.ecr.eu-central-1.amazonaws.com:443`,
  `${id}.dkr.ecr.eu-central-1.on.aws`,
  `${id}.dkr-ecr.eu-central-1.amazonaws.com`,
  `${id}.dkr-ecr.eu-central-1.on.aws.evil.example`,
  `${id}.dkr-ecr.cn-north-1.on.aws`,
  `${id}.dkr.ecr-fips2.us-east-1.amazonaws.com`,
  `${id}.dkr.ecr_fips.us-east-1.amazonaws.com`,
  `${id}.dkr.ecr.eusc-de-east-1.amazonaws.com`,
  `${id}.dkr.ecr.us-iso-east-1.amazonaws.com`,
  `${id}.dkr.ecr.eu-central-1.api.aws`,
  `${id}.dkr.ecr.eu-central-1.evil.amazonaws.com`,
])('%s is no private registry', (host) => expect(parseEcrHost(host)).toBeUndefined())

const fips = { fips: true, dualStack: false }
const dualStack = { fips: false, dualStack: true }
const both = { fips: true, dualStack: true }

// Each line as the endpoint rules of the SDK's own clients have it.
test.each([
  ['eu-central-1', undefined, 'sts.eu-central-1.amazonaws.com', 'api.ecr.eu-central-1.amazonaws.com'],
  ['us-east-1', fips, 'sts-fips.us-east-1.amazonaws.com', 'api.ecr-fips.us-east-1.amazonaws.com'],
  ['us-east-1', dualStack, 'sts.us-east-1.api.aws', 'ecr.us-east-1.api.aws'],
  ['us-east-1', both, 'sts-fips.us-east-1.api.aws', 'ecr-fips.us-east-1.api.aws'],
  ['us-gov-west-1', fips, 'sts.us-gov-west-1.amazonaws.com', 'api.ecr-fips.us-gov-west-1.amazonaws.com'],
  ['us-gov-west-1', both, 'sts-fips.us-gov-west-1.api.aws', 'ecr-fips.us-gov-west-1.api.aws'],
  ['cn-north-1', undefined, 'sts.cn-north-1.amazonaws.com.cn', 'api.ecr.cn-north-1.amazonaws.com.cn'],
  [
    'cn-north-1',
    dualStack,
    'sts.cn-north-1.api.amazonwebservices.com.cn',
    'ecr.cn-north-1.api.amazonwebservices.com.cn',
  ],
  ['eusc-de-east-1', undefined, 'sts.eusc-de-east-1.amazonaws.eu', 'api.ecr.eusc-de-east-1.amazonaws.eu'],
  ['us-iso-east-1', undefined, 'sts.us-iso-east-1.c2s.ic.gov', 'api.ecr.us-iso-east-1.c2s.ic.gov'],
] as const)('%s with %o asks %s and %s', (region, endpoints, sts, ecr) => {
  expect([stsHost(region, endpoints), ecrApiHost(region, endpoints)]).toEqual([sts, ecr])
  for (const host of [sts, ecr]) expect(host).toContain(region)
})

test('regions and roles of every partition are taken', () => {
  for (const region of ['eu-central-1', 'us-gov-west-1', 'eusc-de-east-1', 'us-isob-east-1']) {
    expect(region).toMatch(regionPattern)
    const partition = partitionOf(region)?.name ?? 'none'
    expect(parseRoleArn(`arn:${partition}:iam::${id}:role/push`)?.partition).toBe(partition)
  }
  expect(parseRoleArn(`arn:aws-evil:iam::${id}:role/push`)).toBeUndefined()
})

test.each([
  ['a1b2c3d4/web', { alias: 'a1b2c3d4', name: 'web' }],
  ['a1b2c3d4/shop/web', { alias: 'a1b2c3d4', name: 'shop/web' }],
  ['web', undefined],
  ['web/', undefined],
  ['/web', undefined],
])('%s on ECR Public is %o', (repository, expected) => expect(parsePublicRepository(repository)).toEqual(expected))

test('reads a role’s ARN with its path, and nothing else', () => {
  expect(parseRoleArn('arn:aws:iam::123456789012:role/team/ci/push')).toMatchObject({
    accountId: '123456789012',
    name: 'push',
  })
  expect(parseRoleArn('arn:aws:iam::123456789012:user/push')).toBeUndefined()
  expect(parseRoleArn('arn:aws:sts::123456789012:assumed-role/push/x')).toBeUndefined()
})

test('the session’s name carries namespace and TaskRun, and stays within what STS allows', () => {
  expect(sessionName('ci', 'push-web-x7k2p')).toBe('ci.push-web-x7k2p')
  expect(sessionName('', '')).toBe('tekton-entra')
  const long = [sessionName('ci', 'a'.repeat(90)), sessionName('ci', `${'a'.repeat(89)}b`)]
  for (const name of long) expect(name).toMatch(/^[\w+=,.@-]{2,64}$/)
  expect(long[0]).not.toBe(long[1])
})

test('the trust policy pins :oaud only where the token has azp', () => {
  const role = parseRoleArn('arn:aws:iam::123456789012:role/push')
  if (role === undefined) throw new Error('no role')
  const token = {
    secret: new Secret(''),
    issuer: 'https://sts.windows.net/t/',
    audience: 'api://x',
    authorizedParty: '',
    subject: 's',
    kid: '',
  }
  const conditions = (changes: object) =>
    (
      JSON.parse(trustPolicyFor(role, { ...token, ...changes })) as {
        Statement: { Condition: { StringEquals: object } }[]
      }
    ).Statement[0]?.Condition.StringEquals
  expect(conditions({})).toEqual({ 'sts.windows.net/t/:aud': 'api://x', 'sts.windows.net/t/:sub': 's' })
  expect(conditions({ authorizedParty: 'client' })).toEqual({
    'sts.windows.net/t/:aud': 'client',
    'sts.windows.net/t/:oaud': 'api://x',
    'sts.windows.net/t/:sub': 's',
  })
})
