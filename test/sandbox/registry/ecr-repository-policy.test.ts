import { expect, test } from 'vitest'
import type { AwsAccount, PolicyStatement } from '../config.ts'
import { ACCOUNT, ECR_ACCOUNTS, HOST, login } from './sample-ecr.ts'
import { hostOf, useFront } from './sample-front.ts'
import { errorOf } from './sample-image.ts'

const start = useFront()
const OTHER = '999999999999'

const partner: AwsAccount = {
  ...ECR_ACCOUNTS[0],
  id: OTHER,
  repositories: [],
  roles: [
    {
      name: 'pusher',
      trustPolicy: { Version: '2012-10-17', Statement: [] },
      policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] }],
    },
    { name: 'nobody', trustPolicy: { Version: '2012-10-17', Statement: [] }, policies: [] },
  ],
}

const startWith = (...statements: readonly PolicyStatement[]) =>
  start({
    accounts: [
      {
        ...ECR_ACCOUNTS[0],
        repositories: [
          { region: 'eu-west-1', name: 'team/app', policy: { Version: '2012-10-17', Statement: statements } },
        ],
      },
      partner,
    ],
  })

const PULL = 'ecr:BatchGetImage'
const to = (aws: string, more: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: 'Allow',
  Principal: { AWS: aws },
  Action: PULL,
  ...more,
})

const ask = async (sandbox: Awaited<ReturnType<typeof startWith>>, role: string, change = {}) => {
  const headers = login(sandbox.world, role, change)
  return hostOf(sandbox, HOST).ask('GET', '/v2/team/app/manifests/v1', { headers })
}

const FOREIGN = { accountId: OTHER }
const FOUND = 404 // The manifest is missing: the caller got past IAM.

test.each([
  ['its account', OTHER],
  ['its account as root', `arn:aws:iam::${OTHER}:root`],
  ['its role', `arn:aws:iam::${OTHER}:role/pusher`],
  ['its session', `arn:aws:sts::${OTHER}:assumed-role/pusher/run-1`],
  ['everybody', '*'],
])('lets another account in when the policy names %s', async (_what, principal) => {
  expect((await ask(await startWith(to(principal)), 'pusher', FOREIGN)).status).toBe(FOUND)
})

test.each([
  ['names another account', to(ACCOUNT)],
  ['names another role', to(`arn:aws:iam::${OTHER}:role/other`)],
  ['allows another action', to(OTHER, { Action: 'ecr:PutImage' })],
  [
    'wants a condition that does not hold',
    to(OTHER, { Condition: { StringEquals: { 'aws:PrincipalAccount': ACCOUNT } } }),
  ],
] as const)('keeps another account out when the policy %s', async (_what, statement) => {
  const reply = await ask(await startWith(statement), 'pusher', FOREIGN)
  expect([reply.status, errorOf(reply).message]).toEqual([
    403,
    expect.stringContaining(`because no resource-based policy allows the ${PULL} action`),
  ])
})

test("does not let another account's role in that its own account allows nothing", async () => {
  const reply = await ask(await startWith(to(OTHER)), 'nobody', FOREIGN)
  expect([reply.status, errorOf(reply).message]).toEqual([
    403,
    expect.stringContaining(`because no identity-based policy allows the ${PULL} action`),
  ])
})

test('lets a role of the own account in that has no right of its own, for that action only', async () => {
  const sandbox = await startWith(to(`arn:aws:iam::${ACCOUNT}:role/nobody`))
  expect((await ask(sandbox, 'nobody')).status).toBe(FOUND)
  const headers = login(sandbox.world, 'nobody')
  expect((await hostOf(sandbox, HOST).ask('GET', '/v2/team/app/tags/list', { headers })).status).toBe(403)
})

test('a deny of the repository wins over the own right', async () => {
  const reply = await ask(await startWith(to('*', { Effect: 'Deny' })), 'pusher')
  expect([reply.status, errorOf(reply).message]).toEqual([
    403,
    expect.stringContaining('with an explicit deny in a resource-based policy'),
  ])
})

test('a session policy limits what the repository grants', async () => {
  const sessionPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ecr:PutImage', Resource: '*' }],
  })
  const sandbox = await startWith(to(`arn:aws:iam::${ACCOUNT}:role/pusher`))
  expect((await ask(sandbox, 'pusher', { sessionPolicy })).status).toBe(403)
})
