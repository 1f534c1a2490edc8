import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chainRoleArn, clusterProfile, otherAccount, otherEcrHost } from '../push-image/identity-clouds.ts'
import { faultsOf, only, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { clusterRoleArn, otherAccountId, otherRoleArn } from './clouds.ts'
import { expectRefused, openHandOverDoor, type HandOverDoor, type HandOverResult, type Params } from './front-door.ts'
import { eks, managedPolicy, openEksHost, optionsCloud, readRoleArn, whoami } from './identity-clouds.ts'

const { region, ecrHost } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(optionsCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** The three steps that hand over what a session of AWS gives. */
const calls: readonly (readonly [stepAction: string, params: Params])[] = [
  ['login-registries', { registries: [ecrHost] }],
  ['write-aws-profile', { profiles: [`default ${region}`] }],
  ['write-kubeconfig', { ...eks, 'aws-region': region }],
]

const faults = (result: HandOverResult): string[] => faultsOf(result)
const sessionsOf = ({ record }: HandOverResult) =>
  record.data.tokens.filter(({ kind }) => kind === 'aws-session').map(({ audience }) => audience)
/** What STS knows of the sessions of a run, the first one first. */
const knownSessions = ({ record }: HandOverResult) =>
  record.data.tokens
    .filter(({ kind }) => kind === 'aws-session')
    .map(({ id }) => door.sandbox.world.awsSessions.get(id))

describe.each(calls)('%s without Entra', (name, params) => {
  const profile = { ...clusterProfile, 'aws-role-arn': clusterRoleArn }

  test('works by the pod’s token for AWS, says so, and never asks Entra', async () => {
    door.requests()
    const result = await door.run(name, params, { profile })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(only(door.requests(), /^entra/)).toEqual([])
    expect(toldProse(result.step.stderr, 'identity')).toBe(
      `AWS: ${clusterRoleArn} by the projected token for AWS, without Entra`,
    )
    expect(result.record.data.identity).toMatchObject({ awsIdentity: 'cluster', awsRole: clusterRoleArn })
    expect(sessionsOf(result)).toEqual([clusterRoleArn])
  })

  test('is refused by a role that trusts Entra alone, and Entra is not tried in its place', async () => {
    door.requests()
    const result = await door.run(name, params, { profile: { 'aws-identity': 'cluster' } })
    await expectRefused(result, 'AWS_NOT_AUTHORIZED', { exit: 77 })
    expect(only(door.requests(), /^entra/)).toEqual([])
  })

  test('sends no token that has ended', async () => {
    door.requests()
    const result = await door.run(name, params, { profile, awsToken: { expiresInSeconds: -10 } })
    await expectRefused(result, 'TOKEN_EXPIRED', { exit: 77 })
    expect(door.requests()).toEqual([])
  })
})

const chained = { 'aws-chain-role-arn': chainRoleArn }
const chainedCalls = calls.map(
  ([name, params]) => [name, name === 'login-registries' ? { registries: [otherEcrHost] } : params] as const,
)

describe.each(chainedCalls)('%s with role chaining', (name, params) => {
  test('hands over what the last role’s session gives', async () => {
    const result = await door.run(name, params, { profile: chained })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(sessionsOf(result)).toEqual([example.roleArn, chainRoleArn])
    expect(result.record.data.identity).toMatchObject({ awsChainRole: chainRoleArn })
    expect(toldProse(result.step.stderr, 'identity')).toContain(`, then ${chainRoleArn} from its session`)
  })

  test('is refused for more than an hour, and where the guard knows one account only, before anything is sent', async () => {
    door.requests()
    const long = await door.run(name, { ...params, 'aws-session-duration': '2h' }, { profile: chained })
    await expectRefused(long, 'INPUT_INVALID', { exit: 64 })
    expect(faults(long)).toEqual([expect.stringMatching(/^aws-session-duration: got "120m", expected 1h at most/)])
    const guarded = { ...chained, 'allowed-accounts': example.accountId }
    await expectRefused(await door.run(name, params, { profile: guarded }), 'AWS_ACCOUNT_NOT_ALLOWED', { exit: 77 })
    expect(door.requests()).toEqual([])
  })
})

describe('a role of an entry', () => {
  test('is the one that works: it takes the place of the chained role, and is not chained where it is the first', async () => {
    const profiles = [`a ${region}`, `b=${readRoleArn} ${region}`, `hub=${example.roleArn} ${region}`]
    const result = await door.run('write-aws-profile', { profiles }, { profile: chained })
    expect(result.step.status, result.step.stderr).toBe(0)
    const text = await readFile(join(result.volume, 'aws/credentials'), 'utf8')
    const arns = [...text.matchAll(/^# (\S+),/gm)].map((match) => match[1]?.split(':assumed-role/')[1]?.split('/')[0])
    expect(arns).toEqual(['push', 'read', 'ci-push'])
    expect(told(result.step.stderr, 'identity').filter((line) => line.startsWith('AWS:'))).toHaveLength(3)
  })

  test('of a login is the one that works, narrowed as any other', async () => {
    const result = await door.run(
      'login-registries',
      { registries: [`${otherEcrHost}=${readRoleArn}`], access: 'pull' },
      { profile: chained },
    )
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(sessionsOf(result)).toEqual([example.roleArn, readRoleArn])
    expect(knownSessions(result)[1]?.sessionPolicy).toContain(`${otherAccount}:repository/*`)
  })

  test.each([
    ['login-registries', { registries: [`${otherEcrHost}=${readRoleArn}`] }, 'registries'],
    ['write-aws-profile', { profiles: [`x=${readRoleArn} ${region}`] }, 'profiles'],
  ])(
    '%s: in an account that is not allowed is named as the entry’s, and nothing is sent',
    async (name, params, param) => {
      door.requests()
      const result = await door.run(name, params, { profile: { ...chained, 'allowed-accounts': example.accountId } })
      await expectRefused(result, 'AWS_ACCOUNT_NOT_ALLOWED', { exit: 77 })
      expect(toldProse(result.step.stderr, 'what')).toContain(`role ${readRoleArn} of ${param}`)
      expect(door.requests()).toEqual([])
    },
  )

  test('of another partition is named as the entry’s', async () => {
    const foreign = otherRoleArn.replace('arn:aws:', 'arn:aws-cn:')
    const result = await door.run('login-registries', { registries: [`${ecrHost}=${foreign}`] })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    expect(faults(result)).toEqual([expect.stringMatching(/^registries \(role\): got .*aws-cn.*partition aws,/)])
  })
})

describe.each(calls)('%s with managed session policies', (name, params) => {
  const own = managedPolicy(example.accountId)

  test('hands over a session that they narrow, and adds no policy of its own to them', async () => {
    const result = await door.run(name, params, { profile: { 'aws-session-policy-arns': own } })
    expect(result.step.status, result.step.stderr).toBe(0)
    const [session] = knownSessions(result)
    // What the managed one says, and nothing beside it.
    const { Statement } = JSON.parse(session?.sessionPolicy ?? '{}') as { Statement: unknown[] }
    expect(Statement).toEqual([{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }])
  })

  test('is refused one of another account, and what a param adds to the guard, before anything is sent', async () => {
    door.requests()
    const foreign = managedPolicy(otherAccountId)
    const other = await door.run(name, { ...params, 'aws-session-policy-arns': [foreign] })
    await expectRefused(other, 'INPUT_INVALID', { exit: 64 })
    expect(faults(other)).toEqual([expect.stringMatching(/^aws-session-policy-arns: got .*expected policies of AWS/)])
    const more = { ...params, 'aws-session-policy': '{"Version":"2012-10-17","Statement":[]}' }
    const added = await door.run(name, more, { profile: { 'aws-session-policy-arns': own } })
    await expectRefused(added, 'INPUT_INVALID', { exit: 64 })
    expect(faults(added)).toEqual([expect.stringMatching(/^aws-session-policy: .*could allow more/)])
    expect(door.requests()).toEqual([])
  })
})

test('EKS takes the token of each way as who it was made for', async () => {
  const ways = [
    [{ ...clusterProfile, 'aws-role-arn': clusterRoleArn }, 'from-cluster'],
    [chained, 'push'],
  ] as const
  for (const [profile, role] of ways) {
    const result = await door.run('write-kubeconfig', { ...eks, 'aws-region': region }, { profile })
    const token = await readFile(join(result.volume, 'kube/shop.token'), 'utf8')
    const { status, username } = await whoami(door.sandbox, openEksHost, token)
    expect([status, username]).toEqual([201, expect.stringContaining(`:assumed-role/${role}/`)])
  }
})
