import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { policyOf, withProviders, withTrust, withVersion } from '../push-image/aws-trust.ts'
import { clusterCloud, clusterProfile, chainCloud, chainRoleArn, otherEcrHost } from '../push-image/identity-clouds.ts'
import { openFrontDoor, type FrontDoor } from '../push-image/front-door.ts'
import { programWith } from '../push-image/programs.ts'
import { expectEnd, faultsOf, only, told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { appOf, readable, roleOf } from './broken-trust.ts'
import { acrPlace, checkTrust, ecrPlace, standing, type CheckVariation } from './trust-door.ts'

const readers = appOf(example.clientId, { graphPermissions: ['Application.Read.All'] })

let door: FrontDoor
let folder: string
beforeAll(async () => {
  door = await openFrontDoor(readable(readers))
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-report-'))
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('a trust that is right', () => {
  test('is ok in every row where the identity may read everything, and nothing is changed', async () => {
    door.requests()
    const checked = await checkTrust(door, { params: { resources: ['https://vault.azure.net'] } })
    expect(checked.step.status, checked.step.stderr).toBe(0)
    expect(checked.verdict?.rows.map(({ check, standing: how }) => `${how} ${check}`)).toEqual([
      'ok token',
      'ok issuer',
      'ok keys',
      'ok client',
      'ok credential',
      'ok credential-count',
      'ok exchange',
      'ok exchange',
      'ok exchange',
      'ok assignment',
      'ok trust-policy',
      'ok session',
      'ok push',
      'ok push',
    ])
    expect(checked.results).toMatchObject({ verdict: 'trusted', failed: '', weak: '', 'not-seen': '' })
    // Nothing but look-ups, exchanges, and an upload that is begun and never filled.
    const writes = only(
      door.requests(),
      /^(?!issuer|graph GET|entra (GET|POST \S+\/token)|sts POST|iam POST|ecr POST|acr POST \/oauth2)/,
    )
    expect(writes).toEqual([expect.stringMatching(/^ecr-registry POST \/v2\/shop\/web\/blobs\/uploads\/ 202/)])
  })

  test('has the record alone on standard output, which keeps verdict and causes', async () => {
    const { step, record } = await checkTrust(door)
    expect(step.stdout.trim().split('\n')).toHaveLength(1)
    expect(record.data.action).toEqual({ name: 'check-trust', notes: ['verdict trusted'] })
    expect(record.data.identity).toMatchObject({ objectId: example.principalId, awsRole: example.roleArn })
  })

  test('says of tokens what they are, and never more', async () => {
    const { step } = await checkTrust(door)
    const ok = told(step.stderr, 'ok').join('\n')
    expect(ok).toContain(
      `exchange  api://aws-ci: v2.0 token, aud ${example.awsAppId}, azp ${example.clientId}, roles Push`,
    )
    expect(step.stderr).not.toMatch(/eyJ[\w-]{20}/)
  })

  test('is checked by Entra alone where no role and no registry is named', async () => {
    const profile = { 'aws-role-arn': undefined, 'aws-token-resource': undefined }
    const checked = await checkTrust(door, { params: { images: [] }, profile })
    expect(checked.verdict?.rows.map(({ check, about }) => `${check} ${about}`)).toContain(
      'exchange https://graph.microsoft.com',
    )
    expect(checked.verdict?.rows.some(({ check }) => check === 'session')).toBe(false)
  })
})

test('what may not be read is not seen, and never ok', async () => {
  await using blind = await openFrontDoor()
  const checked = await checkTrust(blind)
  expect(standing(checked, 'not seen')).toEqual([
    'credential-count:credentials-not-seen',
    'assignment:assignment-not-seen',
    'trust-policy:trust-policy-not-seen',
  ])
  const notSeen = told(checked.step.stderr, 'not seen').join('\n')
  expect(notSeen).toContain('Application.Read.All')
  expect(notSeen).toContain('iam:GetRole')
})

test('the file takes the place of iam:GetRole, as aws iam get-role prints it too', async () => {
  await using blind = await openFrontDoor()
  const trust = blind.sandbox.world.config.accounts[0]?.roles[0]?.trustPolicy
  const policyText = JSON.stringify({ Role: { AssumeRolePolicyDocument: trust } })
  const checked = await checkTrust(blind, { policyText })
  expect(checked.verdict?.rows.find(({ check }) => check === 'trust-policy')).toMatchObject({
    standing: 'ok',
    text: expect.stringContaining('(file)'),
  })
})

test('v1 tokens have no azp: aud and sub are all that a trust policy can pin, and enough', async () => {
  const issuer = `https://sts.windows.net/${example.tenantId}/`
  const trust = policyOf(issuer, { aud: example.awsTokenResource, sub: example.principalId })
  const trusted = withTrust(withVersion(1), trust)
  const cloud = withProviders(trusted, [{ url: issuer, clientIds: [example.awsTokenResource] }])
  await using old = await openFrontDoor(readable(cloud))
  const { verdict } = await checkTrust(old)
  expect(verdict?.rows.find(({ check }) => check === 'trust-policy')).toMatchObject({
    standing: 'ok',
    text: 'aud and sub are those of the token (iam:GetRole)',
  })
  expect(verdict?.verdict).toBe('trusted')
})

describe('other ways of an identity', () => {
  test('the cluster’s own token for AWS: its issuer is looked at for AWS, and Entra is not asked', async () => {
    await using cluster = await openFrontDoor(readable(clusterCloud()))
    cluster.requests()
    const checked = await checkTrust(cluster, { params: { images: [ecrPlace] }, profile: clusterProfile })
    expect(standing(checked, 'failed'), checked.step.stderr).toEqual([])
    expect(checked.verdict?.verdict).toBe('trusted')
    expect(checked.verdict?.rows.map(({ check, about }) => `${check} ${about}`)).toContain('token for AWS')
    expect(only(cluster.requests(), /^entra /)).toEqual([])
  })

  test('a chained role: the first one’s policy is read by its own session, the push is that of the last', async () => {
    await using chained = await openFrontDoor(readable(chainCloud()))
    const place = `${otherEcrHost}/${example.repository}`
    const profile = { 'aws-chain-role-arn': chainRoleArn }
    const good = await checkTrust(chained, { params: { images: [place] }, profile })
    expect(good.verdict?.rows.filter(({ check }) => /policy|session|push/.test(check))).toMatchObject([
      { check: 'trust-policy', about: example.roleArn, standing: 'ok' },
      { check: 'session', about: chainRoleArn, standing: 'ok' },
      { check: 'session', cause: 'role-allows-long-sessions' },
      { check: 'push', standing: 'ok' },
    ])
  })

  test('a chained role that lets nobody in is the cause, and not the first one', async () => {
    await using chained = await openFrontDoor(readable(chainCloud({ first: [] })))
    const profile = { 'aws-chain-role-arn': chainRoleArn }
    const bad = await checkTrust(chained, { params: { images: [`${otherEcrHost}/${example.repository}`] }, profile })
    expect(standing(bad, 'failed')).toEqual(['session:aws-chain-not-authorized'])
  })
})

describe('fail-on', () => {
  test('broken (the default): the run fails, and has its results all the same', async () => {
    const result = await checkTrust(door, { token: { serviceAccount: 'default' } })
    expect(result.statusResults).toMatchObject({ verdict: 'broken', failed: 'credential:entra-subject-mismatch' })
    expectEnd({ ...result, results: {} }, 'TRUST_BROKEN', 77)
  })

  test('nothing: the run goes on by the result', async () => {
    const params = { 'fail-on': 'nothing' }
    const { step, results } = await checkTrust(door, { params, token: { serviceAccount: 'default' } })
    expect(step.status).toBe(0)
    expect(results).toMatchObject({ verdict: 'broken', failed: 'credential:entra-subject-mismatch' })
  })

  test('weak: what is weak fails it too', async () => {
    await using weak = await openFrontDoor(roleOf({ maxSessionDuration: 7200 }))
    const params = { 'fail-on': 'weak', 'aws-session-duration': '2h' }
    const result = await checkTrust(weak, { params })
    expectEnd({ ...result, results: {} }, 'TRUST_WEAK', 77)
  })

  test('all results stay below a kilobyte, however much fails', async () => {
    const images = Array.from({ length: 12 }, (_, at) => `${example.ecrHost}/absent/${at}`)
    const { statusResults } = await checkTrust(door, {
      params: { images, resources: ['api://absent-1', 'api://absent-2'], 'aws-session-duration': '12h' },
    })
    expect(JSON.stringify(statusResults).length).toBeLessThan(1024)
    expect(statusResults['failed']).toContain('exchange:entra-resource-unknown')
  })
})

test('a cloud that is not there is no broken trust: it ends with 75', async () => {
  door.sandbox.faults.on({ standIn: 'entra', path: /token$/, fault: { kind: 'status', status: 503 } })
  const result = await checkTrust(door, { run: programWith('hurry') })
  expectEnd({ ...result, results: {} }, 'TRUST_UNDECIDED', 75)
  expect(result.verdict?.verdict).toBe('undecided')
})

test('an issuer that only the pod cannot read is no failure: Entra took a token of it', async () => {
  const once = { standIn: 'issuer', path: /openid-configuration$/, times: 1 } as const
  door.sandbox.faults.on({ ...once, fault: { kind: 'status', status: 503 } })
  const checked = await checkTrust(door)
  expect(standing(checked, 'failed')).toEqual([])
  expect(standing(checked, 'weak')).toEqual(['issuer:issuer-not-published'])
})

describe('report-file', () => {
  test.each<[what: string, make: () => Promise<string>]>([
    ['a link', async () => await linked()],
    ['a folder that is not there', async () => join(folder, 'absent', 'verdict.json')],
    ['a folder', async () => folder],
  ])('is refused where it is %s', async (_what, make) => {
    const result = await checkTrust(door, { params: { 'report-file': await make() } })
    expectEnd({ ...result, results: {} }, 'TRUST_REPORT_NOT_WRITTEN', 74)
  })

  async function linked(): Promise<string> {
    await writeFile(join(folder, 'precious'), 'precious')
    await symlink(join(folder, 'precious'), join(folder, 'link'))
    return join(folder, 'link')
  }
})

test('the guard of the platform team comes first: nobody is asked', async () => {
  door.requests()
  const result = await checkTrust(door, { profile: { 'allowed-accounts': '210987654321' } })
  expectEnd(result, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(door.requests()).toEqual([])
})

test.each<[what: string, variation: CheckVariation, fault: RegExp]>([
  ['an image of elsewhere', { params: { images: ['docker.io/library/x'] } }, /^images \(host\): got "docker\.io"/],
  ['an image that is none', { params: { images: [`${acrPlace}/UPPER`] } }, /^images \(repository\)/],
  [
    'a policy without a role',
    { policyText: '{}', params: { images: [acrPlace] }, profile: { 'aws-role-arn': undefined } },
    /^trust-policy:/,
  ],
  [
    'a relative path',
    { params: { 'report-file': 'verdict.json' } },
    /^report-file: got "verdict\.json", expected an absolute path/,
  ],
  ['an unknown fail-on', { params: { 'fail-on': 'never' } }, /^fail-on: got "never"/],
])('refuses %s before anybody is asked', async (_what, variation, fault) => {
  door.requests()
  const result = await checkTrust(door, variation)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})
