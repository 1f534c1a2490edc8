import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { AwsAccount, AwsRole, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { stsAnswers, stsErrorBody, type StsAnswer } from './sts-answers.ts'
import { commands, expectEnd, expectNothingPushed, only, told, toldProse } from './told.ts'

const issuer = `https://login.microsoftonline.com/${example.tenantId}/v2.0`
const key = issuer.replace('https://', '')
const withoutProvider = '210987654321'
const withoutClient = '210987654322'
const roleIn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`
const role = (name: string): string => roleIn(example.accountId, name)

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudOfMistakes())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

/** What AWS compares, as it must stand there whatever the refusal was. */
const compared = [
  `issuer ${issuer}`,
  `compared audience ${example.clientId}`,
  `token audience ${example.awsAppId}`,
  `subject ${example.principalId}`,
]

type Row = [what: string, code: ErrorCode, arn: string, upstream: string]

test.each<Row>([
  ['a trust policy for another client (:aud)', 'AWS_NOT_AUTHORIZED', role('wrong-aud'), 'AccessDenied (HTTP 403)'],
  ['a trust policy for another resource (:oaud)', 'AWS_NOT_AUTHORIZED', role('wrong-oaud'), 'AccessDenied (HTTP 403)'],
  ['a trust policy for another principal (:sub)', 'AWS_NOT_AUTHORIZED', role('wrong-sub'), 'AccessDenied (HTTP 403)'],
  ['a role that does not exist', 'AWS_NOT_AUTHORIZED', role('absent'), 'AccessDenied (HTTP 403)'],
  [
    'an account without provider',
    'AWS_TOKEN_NOT_TRUSTED',
    roleIn(withoutProvider, 'ci-push'),
    'InvalidIdentityToken (HTTP 400)',
  ],
  [
    'a provider without the client',
    'AWS_TOKEN_NOT_TRUSTED',
    roleIn(withoutClient, 'ci-push'),
    'InvalidIdentityToken (HTTP 400)',
  ],
  [
    'an account that nobody has',
    'AWS_TOKEN_NOT_TRUSTED',
    roleIn('999999999999', 'ci-push'),
    'InvalidIdentityToken (HTTP 400)',
  ],
])('refuses %s as %s after one request, and never calls ECR', async (_what, code, arn, upstream) => {
  door.requests()
  const result = await door.push(ecrImage, { params: { 'aws-role-arn': arn } })
  expectEnd(result, code, 77)
  expect(told(result.step.stderr, 'sent')).toEqual(compared)
  const { error } = result.record.data
  expect(error).toMatchObject({
    service: 'STS',
    upstreamCode: upstream.split(' ')[0],
    ids: { request: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  })
  expect(toldProse(result.step.stderr, 'cause')).toContain(`${upstream}, request ${error?.ids?.['request']}`)
  const asked = door.requests()
  expect(only(asked, /^sts /)).toHaveLength(1)
  expect(only(asked, /^ecr/)).toEqual([])
  expectNothingPushed(door)
})

test('the trust policy of the remedy admits the very same run', async () => {
  const { step } = await door.push(ecrImage, { params: { 'aws-role-arn': role('wrong-oaud') } })
  const remedy = told(step.stderr, 'remedy').join('\n')
  const trustPolicy = JSON.parse(/^\{$.*?^\}$/ms.exec(remedy)?.[0] ?? '')
  expect(commands(remedy)).toEqual([
    'aws iam update-assume-role-policy --role-name wrong-oaud --policy-document file://trust.json',
  ])
  await using mended = await openFrontDoor(withRole('wrong-oaud', (one) => ({ ...one, trustPolicy })))
  expect((await mended.push(ecrImage, { params: { 'aws-role-arn': role('wrong-oaud') } })).succeeded).toBe(true)
  // And nobody else: the same token for another resource stays outside.
  expect(Object.keys(trustPolicy.Statement[0].Condition.StringEquals).toSorted()).toEqual([
    `${key}:aud`,
    `${key}:oaud`,
    `${key}:sub`,
  ])
})

test.each<StsAnswer>(stsAnswers)(
  'takes HTTP %i %s "%s" for %s (exit %i, attempts %i)',
  async (status, wire, text, code, exit, attempts) => {
    door.sandbox.faults.on({
      standIn: 'sts',
      fault: { kind: 'status', status, contentType: 'text/xml', body: stsErrorBody(wire, text) },
    })
    door.requests()
    const result = await door.push(ecrImage, { run: inAHurry() })
    expectEnd(result, code, exit)
    expect(toldProse(result.step.stderr, 'cause')).toContain(text.replace(/\s+/g, ' '))
    expect(result.record.data.error).toMatchObject({
      service: 'STS',
      upstreamCode: expect.stringContaining(wire.replace(/Exception$/, '')),
    })
    expect(only(door.requests(), /^sts /)).toHaveLength(attempts)
  },
)

test('asks STS three times while it cannot get the keys, and says which key it was', async () => {
  // STS names its cause here, so the step does not look at the keys itself.
  door.sandbox.faults.on({ standIn: 'entra', method: 'GET', fault: { kind: 'status', status: 503 } })
  door.requests()
  const result = await door.push(ecrImage, { run: inAHurry() })
  expectEnd(result, 'AWS_KEYS_UNREACHABLE', 75)
  expect(told(result.step.stderr, 'sent')).toEqual([`issuer ${issuer}`, expect.stringMatching(/^kid [\w-]{43}$/)])
  const asked = door.requests()
  expect(only(asked, /^sts /)).toHaveLength(3)
  expect(only(asked, /^entra GET/)).toHaveLength(3)
})

test('succeeds when STS gets the keys at the second attempt', async () => {
  await using fresh = await openFrontDoor()
  fresh.sandbox.faults.on({ standIn: 'entra', method: 'GET', times: 1, fault: { kind: 'status', status: 503 } })
  const { succeeded, step } = await fresh.push(ecrImage, { run: inAHurry() })
  expect(told(step.stderr, 'retry')).toEqual([expect.stringContaining('AWS_KEYS_UNREACHABLE')])
  expect(succeeded).toBe(true)
})

/** The example with one role or account for each way to be refused. */
function cloudOfMistakes(): SandboxConfig {
  const cloud = exampleCloud()
  const account = cloud.accounts[0]
  const good = account?.roles[0]
  if (account === undefined || good === undefined) throw new Error('the example has a role')
  const trusting = (name: string, changes: Record<string, string>): AwsRole => ({
    ...good,
    name,
    trustPolicy: withConditions(good, changes),
  })
  const other = { [`${key}:oaud`]: 'dddddddd-0000-4000-8000-000000000000' }
  const roles = [
    ...account.roles,
    trusting('wrong-aud', { [`${key}:aud`]: example.awsAppId }),
    trusting('wrong-oaud', other),
    trusting('wrong-sub', { [`${key}:sub`]: example.clientId }),
  ]
  const elsewhere = (id: string, clientIds: string[]): AwsAccount => ({
    ...account,
    id,
    oidcProviders: clientIds.length === 0 ? [] : [{ url: issuer, clientIds }],
  })
  return {
    ...cloud,
    accounts: [{ ...account, roles }, elsewhere(withoutProvider, []), elsewhere(withoutClient, [example.awsAppId])],
  }
}

function withConditions(good: AwsRole, changes: Record<string, string>): AwsRole['trustPolicy'] {
  const Statement = good.trustPolicy.Statement.map((statement) => ({
    ...statement,
    Condition: { StringEquals: { ...statement.Condition?.['StringEquals'], ...changes } },
  }))
  return { ...good.trustPolicy, Statement }
}

function withRole(name: string, change: (role: AwsRole) => AwsRole): SandboxConfig {
  const cloud = cloudOfMistakes()
  return {
    ...cloud,
    accounts: cloud.accounts.map((account) => ({
      ...account,
      roles: account.roles.map((one) => (one.name === name ? change(one) : one)),
    })),
  }
}
