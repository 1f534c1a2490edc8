import { expect, test } from 'vitest'
import { parseEcrHost } from '../../../steps/lib/aws/ecr-host.ts'
import { registryPolicy } from '../../../steps/lib/aws/registry-policy.ts'

type Policy = { readonly Statement: readonly { readonly Action: readonly string[]; readonly Resource: unknown }[] }

const ecr = parseEcrHost('123456789012.dkr.ecr.eu-central-1.amazonaws.com') ?? 'public'
const policyOf = (...given: Parameters<typeof registryPolicy>) => JSON.parse(registryPolicy(...given)) as Policy

test('names the repositories, and of a whole registry all of them, in its own account and region', () => {
  const arn = 'arn:aws:ecr:eu-central-1:123456789012:repository'
  expect(policyOf([{ ecr, repositories: ['a', 'b/c'] }], 'push').Statement[1]?.Resource).toEqual([
    `${arn}/a`,
    `${arn}/b/c`,
  ])
  expect(policyOf([{ ecr, repositories: [] }], 'pull').Statement[1]?.Resource).toEqual([`${arn}/*`])
})

test('lets who pulls write nothing, and who pushes sign', () => {
  const actions = (access: 'pull' | 'push') =>
    policyOf([{ ecr, repositories: [] }], access).Statement.flatMap(({ Action }) => Action)
  expect(actions('pull').filter((action) => /Put|Upload|signer|Create|Delete/.test(action))).toEqual([])
  expect(actions('push')).toEqual(expect.arrayContaining(['ecr:PutImage', 'signer:SignPayload']))
  expect(actions('push').filter((action) => /Create|Delete/.test(action))).toEqual([])
})

test('knows a repository of ECR Public without its alias', () => {
  const [login, push] = policyOf([{ ecr: 'public', repositories: ['shop/web'] }], 'push').Statement
  expect(login?.Action).toEqual(['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'])
  expect(push?.Resource).toEqual(['arn:aws:ecr-public::*:repository/web'])
})

test('is no longer than STS takes: with too many repositories it narrows the actions alone', () => {
  const repositories = Array.from({ length: 60 }, (_, index) => `team/service-${index}`)
  const text = registryPolicy([{ ecr, repositories }], 'pull')
  expect(text.length).toBeLessThanOrEqual(2048)
  expect((JSON.parse(text) as Policy).Statement[1]?.Resource).toEqual(['*'])
})
