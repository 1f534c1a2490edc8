import {
  DeleteRepositoryPolicyCommand,
  DescribeImagesCommand,
  GetRepositoryPolicyCommand,
  ListImagesCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import type { EcrRepository, PolicyDocument, PolicyStatement } from '../config.ts'
import { findEcrRepository } from '../registry/ecr-repositories.ts'
import { decide } from './policy.ts'
import { policy } from './test-cloud.ts'
import {
  ANSWERED,
  account,
  EVERYTHING,
  FRONT_REGION,
  HOME,
  OTHER,
  outcomeOf,
  refusalOf,
  role,
  roleArn,
  rootOf,
  startFront,
} from './test-front.ts'
import type { Front } from './test-front.ts'

const NOTHING = policy({ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' })
const SESSION = `arn:aws:sts::${HOME}:assumed-role/first/run-1`
const REPOSITORY = `arn:aws:ecr:${FRONT_REGION}:${OTHER}:repository/team/app`

const lets = (principal: PolicyStatement['Principal'], change: Partial<PolicyStatement> = {}): PolicyDocument =>
  policy({
    Effect: 'Allow',
    ...(principal === undefined ? {} : { Principal: principal }),
    Action: 'ecr:ListImages',
    ...change,
  })

const start = async (
  own: PolicyDocument,
  repositoryPolicy: PolicyDocument | undefined,
  owner: string,
): Promise<Front> => {
  const repository: EcrRepository = {
    region: FRONT_REGION,
    name: 'team/app',
    ...(repositoryPolicy === undefined ? {} : { policy: repositoryPolicy }),
  }
  const home = account({
    roles: [role('first', { policies: [own] })],
    repositories: owner === HOME ? [repository] : [],
  })
  const other = account({ id: OTHER, users: [], repositories: owner === OTHER ? [repository] : [] })
  return startFront([home, other])
}

const list = async (front: Front, registryId: string, sessionPolicy?: PolicyDocument): Promise<unknown> => {
  const Policy = sessionPolicy === undefined ? {} : { Policy: JSON.stringify(sessionPolicy) }
  const keys = await front.assume({ RoleArn: roleArn('first'), ...Policy })
  return front.ecr(keys).send(new ListImagesCommand({ repositoryName: 'team/app', registryId }))
}

type Row = readonly [
  what: string,
  own: PolicyDocument,
  granted: PolicyDocument | undefined,
  refusedBy: string | undefined,
]

const DENY = policy({ Effect: 'Deny', Action: 'ecr:ListImages', Resource: '*' })

test.each<Row>([
  ['neither side', NOTHING, undefined, 'no identity-based policy allows'],
  ['the role’s policy', EVERYTHING, undefined, undefined],
  ['the repository, for the role', NOTHING, lets({ AWS: roleArn('first') }), undefined],
  ['the repository, for everybody', NOTHING, lets('*'), undefined],
  ['the repository, for another role', NOTHING, lets({ AWS: roleArn('other') }), 'no identity-based policy allows'],
  ['the repository, for the account', NOTHING, lets({ AWS: rootOf(HOME) }), 'no identity-based policy allows'],
  ['the repository, for a service', NOTHING, lets({ Service: 'ecs.amazonaws.com' }), 'no identity-based policy allows'],
  ['the repository, where the role is denied', DENY, lets('*'), 'explicit deny in an identity-based policy'],
  [
    'the role, where the repository denies',
    EVERYTHING,
    lets('*', { Effect: 'Deny' }),
    'explicit deny in a resource-based policy',
  ],
])('within the account, when it is allowed by %s', async (_, own, granted, refusedBy) => {
  await using front = await start(own, granted, HOME)
  expect(await outcomeOf(list(front, HOME))).toContain(refusedBy ?? ANSWERED)
})

test.each<Row>([
  ['only the caller', EVERYTHING, undefined, 'no resource-based policy allows the ecr:ListImages action'],
  ['only the repository', NOTHING, lets({ AWS: roleArn('first') }), 'no identity-based policy allows'],
  ['both, the repository for the role', EVERYTHING, lets({ AWS: roleArn('first') }), undefined],
  ['both, the repository for the account', EVERYTHING, lets({ AWS: rootOf(HOME) }), undefined],
  ['both, the repository for the account’s number', EVERYTHING, lets({ AWS: HOME }), undefined],
  [
    'both, the repository on a condition that fails',
    EVERYTHING,
    lets('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': OTHER } } }),
    'no resource-based policy',
  ],
])('across accounts, when it is allowed by %s', async (_, own, granted, refusedBy) => {
  await using front = await start(own, granted, OTHER)
  const who = `AccessDeniedException 400: User: ${SESSION} is not authorized to perform: ecr:ListImages on resource: ${REPOSITORY} because `
  expect(await outcomeOf(list(front, OTHER))).toContain(refusedBy === undefined ? ANSWERED : who + refusedBy)
})

test.each([
  ['to the role is narrowed by a session policy', { AWS: roleArn('first') }, 'no session policy allows'],
  ['to the session itself is not', { AWS: SESSION }, undefined],
])('a grant %s', async (_, principal, refusedBy) => {
  await using front = await start(NOTHING, lets(principal), HOME)
  expect(await outcomeOf(list(front, HOME, NOTHING))).toContain(refusedBy ?? ANSWERED)
})

test('a policy that is set counts from then on, also for the registry, until it is deleted', async () => {
  await using front = await start(NOTHING, undefined, HOME)
  const ecr = front.ecr()
  const name = { repositoryName: 'team/app' }
  expect(await refusalOf(ecr.send(new GetRepositoryPolicyCommand(name)))).toEqual({
    name: 'RepositoryPolicyNotFoundException',
    status: 400,
    message: `Repository policy does not exist for the repository with name 'team/app' in the registry with id '${HOME}'`,
  })
  const policyText = JSON.stringify(lets({ AWS: roleArn('first') }))
  await ecr.send(new SetRepositoryPolicyCommand({ ...name, policyText }))
  expect((await ecr.send(new GetRepositoryPolicyCommand(name))).policyText).toBe(policyText)
  await list(front, HOME)
  const stored = findEcrRepository(front.sandbox.world, { account: HOME, region: FRONT_REGION, name: 'team/app' })
  expect(stored?.policy).toEqual(JSON.parse(policyText))
  await ecr.send(new DeleteRepositoryPolicyCommand(name))
  expect(await refusalOf(list(front, HOME))).toMatchObject({ name: 'AccessDeniedException' })
})

test.each<[string, unknown]>([
  ['is no JSON', undefined],
  ['names a resource', lets('*', { Resource: '*' })],
  ['names a role that does not exist', lets({ AWS: roleArn('missing') })],
  ['names an account that does not exist', lets({ AWS: '999999999999' })],
  ['has no principal', lets(undefined)],
  ['has an operator that IAM has not', lets('*', { Condition: { StringIs: { a: 'b' } } })],
])('refuses a policy that %s, and keeps the one before', async (_, document) => {
  await using front = await start(NOTHING, lets('*'), HOME)
  const policyText = document === undefined ? '{' : JSON.stringify(document)
  const call = front.ecr().send(new SetRepositoryPolicyCommand({ repositoryName: 'team/app', policyText }))
  expect(await refusalOf(call)).toEqual({
    name: 'InvalidParameterException',
    status: 400,
    message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
  })
  const kept = await front.ecr().send(new GetRepositoryPolicyCommand({ repositoryName: 'team/app' }))
  expect(kept.policyText).toBe(JSON.stringify(lets('*')))
})

test('tags of the repository and of the role meet in a condition', async () => {
  const sameTeam = policy({
    Effect: 'Allow',
    Action: 'ecr:DescribeImages',
    Resource: '*',
    Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
  })
  const repositories = ['blue', 'red'].map((team) => ({ region: FRONT_REGION, name: team, tags: { team } }))
  const roles = [role('first', { policies: [sameTeam], tags: { team: 'blue' } })]
  await using front = await startFront([account({ roles, repositories })])
  const ecr = front.ecr(await front.assume({ RoleArn: roleArn('first') }))
  await ecr.send(new DescribeImagesCommand({ repositoryName: 'blue' }))
  expect(await refusalOf(ecr.send(new DescribeImagesCommand({ repositoryName: 'red' })))).toMatchObject({
    name: 'AccessDeniedException',
  })
})

test('the registries can ask the same question with the repository’s policy', async () => {
  await using front = await start(EVERYTHING, lets({ AWS: rootOf(HOME) }), OTHER)
  const { accessKeyId } = await front.assume({ RoleArn: roleArn('first') })
  const { world } = front.sandbox
  const session = world.awsSessions.get(accessKeyId)
  if (session === undefined) throw new Error('no session')
  const resourcePolicy = findEcrRepository(world, { account: OTHER, region: FRONT_REGION, name: 'team/app' })?.policy
  const asked = { action: 'ecr:ListImages', resource: REPOSITORY }
  expect(decide(world, session, { ...asked, resourcePolicy })).toMatchObject({ outcome: 'allow' })
  expect(decide(world, session, asked)).toMatchObject({ outcome: 'implicit-deny', decidedBy: 'resource-based policy' })
})
