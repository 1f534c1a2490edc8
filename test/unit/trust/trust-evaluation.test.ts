import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTrustPolicy } from '../../../steps/lib/aws/policy-statement.ts'
import { parseRoleArn } from '../../../steps/lib/aws/role-arn.ts'
import { bindingOf, evaluateTrust, type TrustVerdict } from '../../../steps/lib/aws/trust-evaluation.ts'
import { providerArn } from '../../../steps/lib/aws/trust-policy.ts'
import { evaluateDocuments } from '../../sandbox/aws/policy.ts'
import { policyContext } from '../../sandbox/aws/policy-conditions.ts'
import { example } from '../../sandbox/example-cloud.ts'

const role = parseRoleArn(example.roleArn)
if (role === undefined) throw new Error('the example has no role')
const issuer = `https://login.microsoftonline.com/${example.tenantId}/v2.0`
const key = issuer.replace('https://', '')
const token = { issuer, audience: 'api', authorizedParty: 'client', subject: 'sub' } as const
const sessionName = 'ci.run'
const provider = providerArn(role, issuer)
const asker = { role, token, sessionName }

function evaluate(policy: unknown): TrustVerdict {
  const read = readTrustPolicy(JSON.stringify(policy))
  if ('fault' in read) throw new Error(read.fault)
  return evaluateTrust(read.statements, asker)
}

const statement = (Condition?: unknown, change: object = {}) => ({
  Effect: 'Allow',
  Principal: { Federated: provider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  ...(Condition === undefined ? {} : { Condition }),
  ...change,
})
const policy = (...Statement: readonly unknown[]) => ({ Version: '2012-10-17', Statement })

describe('a trust policy', () => {
  test.each<[what: string, condition: unknown, admits: TrustVerdict['admits']]>([
    ['without conditions', undefined, 'yes'],
    ['for azp as aud', { StringEquals: { [`${key}:aud`]: 'client' } }, 'yes'],
    ['for the API as aud', { StringEquals: { [`${key}:aud`]: 'api' } }, 'no'],
    ['with keys in other case', { StringEquals: { [`${key.toUpperCase()}:AUD`]: 'client' } }, 'yes'],
    ['for one of several', { StringEquals: { [`${key}:sub`]: ['other', 'sub'] } }, 'yes'],
    ['for a pattern', { StringLike: { [`${key}:sub`]: 's?b*' } }, 'yes'],
    ['whose pattern is no pattern of StringEquals', { StringEquals: { [`${key}:sub`]: 's*' } }, 'no'],
    ['against a value', { StringNotEquals: { [`${key}:sub`]: 'sub' } }, 'no'],
    ['for a key of another issuer', { StringEquals: { 'sts.windows.net/x/:aud': 'client' } }, 'no'],
    ['for such a key if it exists', { StringEqualsIfExists: { 'sts.windows.net/x/:aud': 'client' } }, 'yes'],
    ['for the session’s name', { StringLike: { 'sts:RoleSessionName': 'ci.*' } }, 'yes'],
    ['for an address', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 'unknown'],
    ['with a variable', { StringEquals: { [`${key}:sub`]: '${aws:username}' } }, 'unknown'],
  ])('%s', (_what, condition, admits) => {
    expect(evaluate(policy(statement(condition))).admits).toBe(admits)
  })

  test('that denies beats one that allows; one that does not know whether it denies is not sure', () => {
    const deny = (Condition: unknown) => statement(Condition, { Effect: 'Deny' })
    expect(evaluate(policy(statement(), deny(undefined))).admits).toBe('no')
    expect(evaluate(policy(statement(), deny({ StringEquals: { [`${key}:sub`]: 'other' } }))).admits).toBe('yes')
    expect(evaluate(policy(statement(), deny({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }))).admits).toBe('unknown')
  })

  test('is told by the nearest of its statements, and all that it lacks', () => {
    const far = statement({ StringEquals: { [`${key}:aud`]: 'x', [`${key}:sub`]: 'x' } }, { Action: 'sts:TagSession' })
    const near = statement({ StringEquals: { [`${key}:oaud`]: 'other' } })
    expect(evaluate(policy(far, near))).toMatchObject({ admits: 'no', obstacles: [{ part: 'oaud' }] })
    expect(evaluate(policy())).toMatchObject({ admits: 'no', obstacles: [{ part: 'no-statement' }] })
  })
})

test.each<[what: string, condition: unknown, binding: ReturnType<typeof bindingOf>]>([
  ['not at all', undefined, 'none'],
  ['exactly', { StringEquals: { [`${key}:sub`]: 'sub' } }, 'exact'],
  ['by a text without wildcards', { StringLike: { [`${key}:sub`]: 'sub' } }, 'exact'],
  ['by a pattern', { StringLike: { [`${key}:sub`]: 's*' } }, 'pattern'],
  ['by everything', { StringLike: { [`${key}:sub`]: '*' } }, 'none'],
  ['by one of which one is everything', { StringLike: { [`${key}:sub`]: ['sub', '*'] } }, 'none'],
  ['only if it is there', { StringEqualsIfExists: { [`${key}:sub`]: 'sub' } }, 'none'],
  ['against a value', { StringNotEquals: { [`${key}:sub`]: 'x' } }, 'none'],
])('a statement binds sub %s', (_what, condition, binding) => {
  const read = readTrustPolicy(JSON.stringify(policy(statement(condition))))
  const [one] = 'statements' in read ? read.statements : []
  if (one === undefined) throw new Error('no statement')
  expect(bindingOf(one, issuer, 'sub')).toBe(binding)
})

test.each([
  ['no JSON', 'x'],
  ['no object', '[]'],
  ['no statement', '{"Version":"2012-10-17"}'],
  ['another effect', '{"Statement":[{"Effect":"Permit"}]}'],
  ['no principal', '{"Statement":{"Effect":"Allow","Action":"*"}}'],
  ['an action that is none', '{"Statement":{"Effect":"Allow","Action":7,"Principal":"*"}}'],
  [
    'a condition that is none',
    '{"Statement":{"Effect":"Allow","Action":"*","Principal":"*","Condition":{"StringEquals":7}}}',
  ],
])('%s is no trust policy, and is not read as one that lets nobody in', (_what, text) => {
  expect(readTrustPolicy(text)).toHaveProperty('fault')
})

/** The sandbox has an evaluator of its own, which nothing here is made from: the two must agree wherever ours is sure. */
test('agrees with the evaluator of the sandbox', () => {
  const context = policyContext({
    [`${key}:aud`]: 'client',
    [`${key}:oaud`]: ['api'],
    [`${key}:sub`]: 'sub',
    'sts:RoleSessionName': sessionName,
    'aws:FederatedProvider': provider,
  })
  const value = fc.constantFrom('client', 'api', 'sub', 'SUB', 's*', '*', '?ub', 'other', 'ci.run')
  const conditionKey = fc.constantFrom(
    `${key}:aud`,
    `${key}:oaud`,
    `${key}:sub`,
    'sts:RoleSessionName',
    'sts.windows.net/x/:sub',
  )
  const base = fc.constantFrom(
    'StringEquals',
    'StringNotEquals',
    'StringLike',
    'StringNotLike',
    'StringEqualsIgnoreCase',
  )
  const operator = fc
    .tuple(fc.constantFrom('', '', 'ForAnyValue:', 'ForAllValues:'), base, fc.constantFrom('', '', 'IfExists'))
    .map((parts) => parts.join(''))
  const values = fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }))
  const condition = fc.dictionary(operator, fc.dictionary(conditionKey, values, { minKeys: 1, maxKeys: 2 }), {
    maxKeys: 2,
  })
  const generated = fc.record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
    Principal: fc.constantFrom(
      { Federated: provider },
      { Federated: [provider] },
      { Federated: `${provider}/` },
      { AWS: '*' },
    ),
    Action: fc.constantFrom(
      'sts:AssumeRoleWithWebIdentity',
      'sts:*',
      '*',
      'STS:assumerolewithwebidentity',
      'sts:AssumeRole',
    ),
    Condition: condition,
  })
  let sure = 0
  fc.assert(
    fc.property(fc.array(generated, { minLength: 1, maxLength: 3 }), (statements) => {
      const document = policy(...statements)
      const ours = evaluate(document).admits
      const asked = { action: 'sts:AssumeRoleWithWebIdentity', asker: { federated: provider }, context } as const
      const theirs = evaluateDocuments([document], 'trust', asked).outcome
      if (ours === 'unknown') return
      sure += 1
      expect(ours).toBe(theirs === 'allow' ? 'yes' : 'no')
    }),
    { numRuns: 2000, seed: 1 },
  )
  expect(sure).toBeGreaterThan(1500)
})
