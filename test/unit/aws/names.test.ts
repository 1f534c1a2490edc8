import { expect, test } from 'vitest'
import { parseEcrHost } from '../../../steps/lib/aws/ecr-host.ts'
import { ecrApiHost, stsHost } from '../../../steps/lib/aws/partitions.ts'
import { parseRoleArn } from '../../../steps/lib/aws/role-arn.ts'
import { sessionName } from '../../../steps/lib/aws/session-name.ts'
import { trustPolicyFor } from '../../../steps/lib/aws/trust-policy.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'

test.each([
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'aws'],
  ['123456789012.dkr.ecr.us-gov-west-1.amazonaws.com', 'aws-us-gov'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'aws-cn'],
])('%s is a private registry of %s', (host, partition) => expect(parseEcrHost(host)?.partition).toBe(partition))

test.each([
  '12345678901.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example',
  'x123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn',
  '123456789012.dkr.ecr.cn-north-1.amazonaws.com',
  '123456789012.dkr.ecr..amazonaws.com',
  '123456789012.dkr.ecr.eu-central-1.amazonaws.com:443',
])('%s is no private registry', (host) => expect(parseEcrHost(host)).toBeUndefined())

test('endpoints are the region’s own, in the partition’s domain', () => {
  expect(stsHost('eu-central-1')).toBe('sts.eu-central-1.amazonaws.com')
  expect(ecrApiHost('cn-north-1')).toBe('api.ecr.cn-north-1.amazonaws.com.cn')
})

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
