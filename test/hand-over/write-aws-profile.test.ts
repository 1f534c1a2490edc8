import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { clusterRoleArn, otherAccountId, otherRoleArn, wideCloud } from './clouds.ts'
import { contentsOf, expectRefused, openHandOverDoor, type HandOverDoor, type HandOverResult } from './front-door.ts'

const name = 'write-aws-profile'
const { region } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(wideCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** The settings of each section, as a reader of INI files has them. */
async function sectionsOf({ volume }: HandOverResult, file: string): Promise<Record<string, Record<string, string>>> {
  const { text } = (await contentsOf(volume))[file] ?? { text: '' }
  const sections: Record<string, Record<string, string>> = {}
  let current: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const header = /^\[(.*)\]$/.exec(line)?.[1]
    if (header !== undefined) current = sections[header] = {}
    const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? []
    if (key !== undefined) current[key] = value ?? ''
  }
  return sections
}

const sessionOf = (section: Record<string, string> | undefined) =>
  door.sandbox.world.awsSessions.get(section?.['aws_access_key_id'] ?? '')

describe('static profiles', () => {
  test('one, of the role and region of the identity profile, says when it ends in the file, the log and the result', async () => {
    const result = await door.run(name, {}, { profile: { 'aws-region': region } })
    expect(result.step.status, result.step.stderr).toBe(0)
    const contents = await contentsOf(result.volume)
    expect(Object.entries(contents).map(([path, { mode }]) => [path, mode])).toEqual([
      ['aws', '700'],
      ['aws/config', '600'],
      ['aws/credentials', '600'],
    ])
    const { default: keys } = await sectionsOf(result, 'aws/credentials')
    const session = sessionOf(keys)
    expect(keys).toMatchObject({
      aws_secret_access_key: session?.secretAccessKey,
      aws_session_token: session?.sessionToken,
    })
    expect(await sectionsOf(result, 'aws/config')).toEqual({ default: { region } })
    const ends = result.results['EXPIRES_AT'] ?? ''
    expect(contents['aws/credentials']?.text).toContain(`:assumed-role/ci-push/ci.build-web-x7k2p, ends ${ends}\n`)
    expect(toldProse(result.step.stderr, 'written')).toMatch(
      new RegExp(`^default in .*/aws/credentials: ends ${ends}, in (59|60) m`),
    )
    expect(session?.expiresAt).toBe(Date.parse(ends))
  })

  test('several, of two accounts and three regions, of which two share a session', async () => {
    door.requests()
    const profiles = [
      `shop ${region}`,
      `shop-us us-east-1`,
      `other=${otherRoleArn} eu-west-1`,
      `again=${otherRoleArn} eu-west-1`,
    ]
    const result = await door.run(name, { profiles })
    expect(result.step.status, result.step.stderr).toBe(0)
    const keys = await sectionsOf(result, 'aws/credentials')
    expect(Object.keys(keys)).toEqual(['shop', 'shop-us', 'other', 'again'])
    expect([sessionOf(keys['shop']), sessionOf(keys['other'])].map((one) => one?.accountId)).toEqual([
      example.accountId,
      otherAccountId,
    ])
    expect(await sectionsOf(result, 'aws/config')).toEqual({
      'profile shop': { region },
      'profile shop-us': { region: 'us-east-1' },
      'profile other': { region: 'eu-west-1' },
      'profile again': { region: 'eu-west-1' },
    })
    expect(door.requests().filter((one) => one.startsWith('sts POST'))).toHaveLength(3)
  })

  test('keep what is there, and take the place of their own of before', async () => {
    const volume = await door.volume()
    await mkdir(join(volume, 'aws'))
    await writeFile(
      join(volume, 'aws/config'),
      '# by hand\n[profile kept]\nregion=eu-north-1\n\n[ profile  shop ]\nold = 1\n',
    )
    await writeFile(
      join(volume, 'aws/credentials'),
      '[kept]\naws_access_key_id = AKIAEXAMPLE\n[shop]\nold = 1\n[shop]\nold = 2\n',
    )
    const result = await door.run(name, { profiles: [`shop ${region}`] }, { volume })
    expect(result.step.status, result.step.stderr).toBe(0)
    const contents = await contentsOf(volume)
    expect(contents['aws/config']?.text).toMatch(
      /^# by hand\n\n\[profile kept\]\nregion=eu-north-1\n\n\[profile shop\]\n# keys.*\nregion = eu-central-1\n$/,
    )
    expect(contents['aws/credentials']?.text).toMatch(/^\[kept\]\naws_access_key_id = AKIAEXAMPLE\n\n\[shop\]\n# arn:/)
    expect(contents['aws/credentials']?.text).not.toContain('old')
  })

  test('are as long as was asked, and narrowed by the policy of the profile', async () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }],
    })
    const profile = { 'aws-region': region, 'aws-session-policy': policy, 'aws-session-duration': '20m' }
    const result = await door.run(name, {}, { profile })
    const session = sessionOf((await sectionsOf(result, 'aws/credentials'))['default'])
    expect(session?.sessionPolicy).toBe(policy)
    expect(((session?.expiresAt ?? 0) - Date.now()) / 60_000).toBeCloseTo(20, 0)
  })
})

describe('profiles that refresh by themselves', () => {
  const wanted = {
    credentials: 'web-identity',
    'aws-identity': 'cluster',
    profiles: [`deploy=${clusterRoleArn} ${region}`],
  }
  const noEntra = {
    'tenant-id': undefined,
    'client-id': undefined,
    'aws-token-resource': undefined,
    'aws-role-arn': undefined,
  }

  test('hold the way to the token and no key, after a try that Entra has no part in', async () => {
    door.requests()
    const params = { ...wanted, 'web-identity-token-file': '/own/mount/aws-token' }
    const result = await door.run(name, params, { profile: noEntra })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(await sectionsOf(result, 'aws/config')).toEqual({
      'profile deploy': {
        role_arn: clusterRoleArn,
        web_identity_token_file: '/own/mount/aws-token',
        role_session_name: 'ci.build-web-x7k2p',
        region,
        sts_regional_endpoints: 'regional',
      },
    })
    expect(Object.keys(await contentsOf(result.volume))).toEqual(['aws', 'aws/config'])
    expect(result.results['EXPIRES_AT']).toBe('')
    expect(told(result.step.stderr, 'written')).toEqual([expect.stringContaining('renews itself')])
    expect(door.requests().map((one) => one.split(' ')[0])).not.toContain('entra')
  })

  test('take the place of keys of the same name, which clients would take first; other profiles keep theirs', async () => {
    const volume = await door.volume()
    const before = await door.run(name, { profiles: [`deploy ${region}`, `kept ${region}`] }, { volume })
    expect(before.step.status, before.step.stderr).toBe(0)
    const { kept } = await sectionsOf(before, 'aws/credentials')
    const result = await door.run(name, wanted, { volume, profile: noEntra })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(await sectionsOf(result, 'aws/credentials')).toEqual({ kept })
    expect(Object.keys(await sectionsOf(result, 'aws/config'))).toEqual(['profile deploy', 'profile kept'])
  })

  test('are refused beside a file of keys that cannot be read, and nothing is written', async () => {
    const volume = await door.volume()
    await mkdir(join(volume, 'aws'))
    await writeFile(join(volume, 'aws/credentials'), 'aws_access_key_id = AKIAEXAMPLE\n')
    const result = await door.run(name, wanted, { volume, profile: noEntra })
    expect(result.record.data.error?.code).toBe('HANDOVER_FILE_UNUSABLE')
    expect(Object.keys(await contentsOf(result.volume))).not.toContain('aws/config')
  })

  test('are not written for a role that does not trust the cluster', async () => {
    const result = await door.run(name, { ...wanted, profiles: [`deploy ${region}`] })
    await expectRefused(result, 'AWS_NOT_AUTHORIZED', { exit: 77 })
  })

  test.each([
    ['narrows sessions', { 'aws-session-policy': '{"Version":"2012-10-17","Statement":[]}' }],
    ['narrows them by managed policies', { 'aws-session-policy-arns': `arn:aws:iam::${example.accountId}:policy/x` }],
    ['goes on to another role', { 'aws-chain-role-arn': otherRoleArn }],
  ])('are refused where the profile %s: no client would', async (_, profile) => {
    door.requests()
    const result = await door.run(name, wanted, { profile })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    const [key = ''] = Object.keys(profile)
    expect(faultsOf(result)).toEqual([
      expect.stringMatching(new RegExp(`^${key}: got .* expected none with credentials: web-identity`)),
    ])
    expect(door.requests()).toEqual([])
  })

  test('are refused without aws-identity: cluster: no client knows the way by Entra', async () => {
    door.requests()
    const result = await door.run(name, { ...wanted, 'aws-identity': 'entra' })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    expect(faultsOf(result)).toEqual([expect.stringMatching(/^aws-identity: got "entra", expected cluster, with cred/)])
    expect(door.requests()).toEqual([])
  })
})

test('a dry run assumes the role and leaves nothing', async () => {
  const result = await door.run(name, { 'dry-run': 'true' }, { profile: { 'aws-region': region } })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(await contentsOf(result.volume)).toEqual({})
  expect(result.results['EXPIRES_AT']).toBe('')
})
