import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf, told, toldProse } from '../push-image/told.ts'
import type { FrontDoorResult } from '../push-image/front-door.ts'
import { example } from '../sandbox/example-cloud.ts'
import {
  contentsOf,
  expectRefused,
  openHandOverDoor,
  profileOf,
  type HandOverDoor,
  type HandOverResult,
} from './front-door.ts'
import { otherEcrHost, otherRoleArn, partner, readOnlyAcrHost, secondAcrHost, wideCloud } from './clouds.ts'

const name = 'login-registries'
const { acrHost, ecrHost } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(wideCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

type Auths = Readonly<Record<string, { readonly auth: string }>>

async function authsOf({ volume }: HandOverResult, folder = 'docker'): Promise<Auths> {
  const { text } = (await contentsOf(volume))[`${folder}/config.json`] ?? { text: '{}' }
  return (JSON.parse(text) as { auths?: Auths }).auths ?? {}
}

function loginOf(auths: Auths, host: string): readonly [user: string, password: string] {
  const pair = Buffer.from(auths[host]?.auth ?? '', 'base64').toString('utf8')
  const at = pair.indexOf(':')
  return [pair.slice(0, at), pair.slice(at + 1)]
}

const faults = (result: HandOverResult): string[] => faultsOf(result as unknown as FrontDoorResult)

describe('what is written', () => {
  test('logs in to ACR and ECR, for exactly these hosts, in a file of mode 0600, and says when each login ends', async () => {
    const result = await door.run(name, { registries: [acrHost, ecrHost] })
    expect(result.step.status, result.step.stderr).toBe(0)
    const contents = await contentsOf(result.volume)
    expect(Object.entries(contents).map(([path, { mode }]) => [path, mode])).toEqual([
      ['docker', '700'],
      ['docker/config.json', '600'],
    ])
    const auths = await authsOf(result)
    expect(Object.keys(auths)).toEqual([acrHost, ecrHost])
    expect([loginOf(auths, acrHost)[0], loginOf(auths, ecrHost)[0]]).toEqual([
      '00000000-0000-0000-0000-000000000000',
      'AWS',
    ])
    expect(door.sandbox.world.ecrPasswords.has(loginOf(auths, ecrHost)[1])).toBe(true)
    const written = told(result.step.stderr, 'written').map((text) => text.replace(/\s+/g, ' '))
    expect(written).toEqual([
      expect.stringMatching(/^contoso\.azurecr\.io in .*\/docker\/config\.json: ends 2\d{3}-.*Z, in (2 ?h|179|180) m/),
      expect.stringMatching(
        /^123456789012\.dkr\.ecr\.eu-central-1\.amazonaws\.com in .*: ends 2\d{3}-.*Z, in (59|60) m/,
      ),
    ])
    const ends = (result.record.data.action['handedOver'] as { expiresAt: string }[]).map(({ expiresAt }) => expiresAt)
    expect(result.results['EXPIRES_AT']).toBe(ends.toSorted()[0])
    expect(result.record.data.outcome).toBe('ok')
    expect(result.record.data.tokens.map(({ kind }) => kind)).toContain('registry')
  })

  test('goes to another account with another role, and to a second registry of the tenant, all in one file', async () => {
    const registries = [ecrHost, `${otherEcrHost}=${otherRoleArn}`, secondAcrHost]
    const result = await door.run(name, { registries })
    expect(result.step.status, result.step.stderr).toBe(0)
    const auths = await authsOf(result)
    expect(Object.keys(auths).toSorted()).toEqual([ecrHost, otherEcrHost, secondAcrHost].toSorted())
    const [one, other] = [ecrHost, otherEcrHost].map((host) =>
      door.sandbox.world.ecrPasswords.get(loginOf(auths, host)[1]),
    )
    expect([one?.accountId, other?.accountId]).toEqual([example.accountId, '222233334444'])
  })

  test('is added to by a second call, which keeps what it did not write', async () => {
    const volume = await door.volume()
    await mkdir(join(volume, 'docker'))
    const before = {
      HttpHeaders: { 'X-Team': 'shop' },
      auths: { 'ghcr.io': { auth: 'b2xk' } },
      credHelpers: { 'quay.io': 'quay' },
    }
    await writeFile(join(volume, 'docker/config.json'), JSON.stringify(before))
    for (const registry of [acrHost, ecrHost]) {
      const { step } = await door.run(name, { registries: [registry] }, { volume })
      expect(step.status, step.stderr).toBe(0)
    }
    const { text, mode } = (await contentsOf(volume))['docker/config.json'] ?? { text: '{}', mode: '' }
    const config = JSON.parse(text) as typeof before
    expect(config).toMatchObject(before)
    expect([Object.keys(config.auths), mode]).toEqual([['ghcr.io', acrHost, ecrHost], '600'])
  })

  test('is added to under another identity, of another tenant', async () => {
    const volume = await door.volume()
    const profile = profileOf(door.sandbox)
    const other = { ...profile, 'tenant-id': partner.tenantId, 'client-id': partner.clientId }
    const run = { configMaps: { 'entra-identity': profile, partner: other } }
    for (const params of [{ registries: [acrHost] }, { registries: [partner.acrHost], identity: 'partner' }]) {
      const { step } = await door.run(name, params, { volume, run })
      expect(step.status, step.stderr).toBe(0)
    }
    const auths = await authsOf({ volume } as HandOverResult)
    const tenants = [acrHost, partner.acrHost].map((host) => {
      const [, payload = ''] = loginOf(auths, host)[1].split('.')
      return (JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { tenant: string }).tenant
    })
    expect(tenants).toEqual([example.tenantId, partner.tenantId])
  })

  test('logs in to ECR Public, whose sessions are of us-east-1', async () => {
    const result = await door.run(name, { registries: ['public.ecr.aws/shop/web', ecrHost] })
    expect(result.step.status, result.step.stderr).toBe(0)
    const [user, password] = loginOf(await authsOf(result), 'public.ecr.aws')
    expect([user, door.sandbox.world.ecrPublicTokens?.has(password)]).toEqual(['AWS', true])
  })

  test('lets a step of another uid read by the group alone, with file-mode 0640', async () => {
    const { volume } = await door.run(name, { registries: [acrHost], 'file-mode': '0640', folder: 'kaniko' })
    const contents = await contentsOf(volume)
    expect(Object.entries(contents).map(([path, { mode }]) => [path, mode])).toEqual([
      ['kaniko', '750'],
      ['kaniko/config.json', '640'],
    ])
  })

  test('loses no entry of six that write at once', async () => {
    const volume = await door.volume()
    const hosts = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-west-2', 'eu-west-3'].map((region) =>
      ecrHost.replace(example.region, region),
    )
    const all = [acrHost, ...hosts]
    const ends = await Promise.all(all.map(async (host) => await door.run(name, { registries: [host] }, { volume })))
    expect(ends.map(({ step }) => step.status)).toEqual(all.map(() => 0))
    expect(Object.keys(await authsOf({ volume } as HandOverResult)).toSorted()).toEqual(all.toSorted())
    expect(Object.keys(await contentsOf(volume))).toEqual(['docker', 'docker/config.json'])
  })
})

describe('the smallest scope', () => {
  test('narrows the session to pulling from the named repository: its password cannot push, nor pull another', async () => {
    const result = await door.run(name, { registries: [`${ecrHost}/shop/web`], access: 'pull' })
    expect(result.step.status, result.step.stderr).toBe(0)
    const password = loginOf(await authsOf(result), ecrHost)[1]
    const policy = JSON.parse(door.sandbox.world.ecrPasswords.get(password)?.sessionPolicy ?? '{}') as {
      Statement: { Action: string[]; Resource: unknown }[]
    }
    expect(policy.Statement.flatMap(({ Action }) => Action)).not.toContain('ecr:PutImage')
    expect(policy.Statement[1]?.Resource).toEqual([`arn:aws:ecr:eu-central-1:${example.accountId}:repository/shop/web`])
  })

  test('gives an ACR login for the named repositories alone, which cannot be made wider', async () => {
    const result = await door.run(name, { registries: [`${acrHost}/shop/web`, `${acrHost}/shop/base`], access: 'pull' })
    expect(result.step.status, result.step.stderr).toBe(0)
    const [, password] = loginOf(await authsOf(result), acrHost)
    const claims = JSON.parse(Buffer.from(password.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      grant_type: string
      access: unknown
    }
    expect(claims).toMatchObject({
      grant_type: 'access_token',
      access: [
        { name: 'shop/web', actions: ['pull'] },
        { name: 'shop/base', actions: ['pull'] },
      ],
    })
  })

  test('refuses where ACR grants less than was asked, and writes nothing', async () => {
    const result = await door.run(name, { registries: [`${readOnlyAcrHost}/shop/web`] })
    await expectRefused(result, 'ACR_NOT_GRANTED', { exit: 77 })
    expect(toldProse(result.step.stderr, 'what')).toContain(
      'may not push to shop/web on readonly.azurecr.io: ACR granted only pull',
    )
  })

  test('leaves a session policy of the profile as it is, and says so', async () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }],
    })
    const result = await door.run(name, { registries: [ecrHost] }, { profile: { 'aws-session-policy': policy } })
    expect(result.step.status, result.step.stderr).toBe(0)
    const session = door.sandbox.world.ecrPasswords.get(loginOf(await authsOf(result), ecrHost)[1])
    expect(session?.sessionPolicy).toBe(policy)
    expect(toldProse(result.step.stderr, 'note')).toContain('aws-session-policy is used as it is')
  })
})

describe('what is refused', () => {
  test('all faults at once, each by the param as it is spelled, and nobody is asked', async () => {
    door.requests()
    const registries = [
      'ghcr.io',
      `${acrHost}/shop/web:1`,
      `${acrHost}=${otherRoleArn}`,
      `${ecrHost}=arn:aws:s3:::bucket`,
      otherEcrHost,
      `${otherEcrHost}=${otherRoleArn}`,
    ]
    const result = await door.run(name, { registries, access: 'admin', 'file-mode': '0666', folder: '../x' })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    expect(faults(result)).toEqual([
      expect.stringMatching(/^access: got "admin", expected one of pull, push/),
      expect.stringMatching(/^folder: got "\.\.\/x", expected the name of one folder/),
      expect.stringMatching(/^file-mode: got "0666", expected one of 0600, 0640/),
      expect.stringMatching(/^registries \(host\): got "ghcr\.io", expected a private ECR registry/),
      expect.stringMatching(/^registries: got "contoso\.azurecr\.io\/shop\/web:1", expected a repository without tag/),
      expect.stringMatching(/^registries: got "contoso\.azurecr\.io=arn.*expected no role/),
      expect.stringMatching(/^registries \(role\): got "arn:aws:s3:::bucket", expected the ARN of a role/),
      expect.stringMatching(/^registries: got "\(none\) and arn.*expected one role for 222233334444/),
    ])
    expect(door.requests()).toEqual([])
  })

  test('no registry at all', async () => {
    const result = await door.run(name, { registries: [] })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    expect(faults(result)).toEqual([expect.stringMatching(/^registries: got nothing/)])
  })

  test('an account that the profile does not allow, before anything is sent', async () => {
    door.requests()
    const registries = [`${otherEcrHost}=${otherRoleArn}`]
    const result = await door.run(name, { registries }, { profile: { 'allowed-accounts': example.accountId } })
    await expectRefused(result, 'AWS_ACCOUNT_NOT_ALLOWED', { exit: 77 })
    expect(door.requests()).toEqual([])
  })

  test.skipIf(process.platform !== 'linux')('a volume on a disk, before anything is sent', async () => {
    door.requests()
    const volume = `${process.cwd()}/build/hand-over-on-disk-${process.pid}`
    const result = await door.run(name, { registries: [acrHost] }, { volume })
    await expectRefused(result, 'HANDOVER_NOT_MEMORY', { exit: 64 })
    expect(door.requests()).toEqual([])
    await rm(volume, { recursive: true })
  })

  test('a folder that is a link, which is followed nowhere', async () => {
    const [volume, elsewhere] = [await door.volume(), await door.volume()]
    await symlink(elsewhere, join(volume, 'docker'))
    const result = await door.run(name, { registries: [acrHost] }, { volume })
    await expectRefused(result, 'HANDOVER_FOLDER_UNUSABLE', { exit: 64, left: ['docker'] })
    expect(await contentsOf(elsewhere)).toEqual({})
  })

  test('a file that is a link, and leaves its target as it is', async () => {
    const [volume, elsewhere] = [await door.volume(), await door.volume()]
    await mkdir(join(volume, 'docker'))
    await writeFile(join(elsewhere, 'target'), '{}')
    await symlink(join(elsewhere, 'target'), join(volume, 'docker/config.json'))
    const result = await door.run(name, { registries: [acrHost] }, { volume })
    await expectRefused(result, 'HANDOVER_FILE_UNUSABLE', { exit: 64, left: ['docker', 'docker/config.json'] })
    expect((await contentsOf(elsewhere))['target']?.text).toBe('{}')
  })

  test.each([
    ['no JSON', '{"auths": {"ghcr.io": {"auth": "c2VjcmV0LXNlY3JldC1zZWNyZXQ="}', 'it is no JSON'],
    ['a list', '[]', 'it is no JSON object'],
    ['other auths', '{"auths": "none"}', 'its member auths is no JSON object'],
    ['no text', Buffer.from([0x7b, 0xff, 0xfe]), 'it is no text in UTF-8'],
  ])('a file that holds %s, leaves it as it is, and quotes nothing of it', async (_, before, reason) => {
    const volume = await door.volume()
    await mkdir(join(volume, 'docker'))
    await writeFile(join(volume, 'docker/config.json'), before)
    const result = await door.run(name, { registries: [acrHost] }, { volume })
    await expectRefused(result, 'HANDOVER_FILE_UNUSABLE', { exit: 64, left: ['docker', 'docker/config.json'] })
    expect(toldProse(result.step.stderr, 'what')).toContain(reason)
    expect(result.step.stderr).not.toContain('c2VjcmV0')
    expect(await readFile(join(volume, 'docker/config.json'))).toEqual(Buffer.from(before as string))
  })

  test.each([
    ['credHelpers', { credHelpers: { [acrHost]: 'acr-env' } }, `credHelpers["${acrHost}"]`],
    ['credsStore', { credsStore: 'desktop' }, 'credsStore'],
  ])('%s that clients would ask in the place of the entry', async (_, before, setting) => {
    const volume = await door.volume()
    await mkdir(join(volume, 'docker'))
    await writeFile(join(volume, 'docker/config.json'), JSON.stringify(before))
    const result = await door.run(name, { registries: [acrHost] }, { volume })
    await expectRefused(result, 'HANDOVER_SHADOWED', { exit: 64, left: ['docker', 'docker/config.json'] })
    expect(toldProse(result.step.stderr, 'what')).toContain(setting)
  })

  test('an identity that Entra does not trust, and writes nothing', async () => {
    const result = await door.run(name, { registries: [acrHost, ecrHost] }, { token: { serviceAccount: 'default' } })
    await expectRefused(result, 'ENTRA_SUBJECT_MISMATCH', { exit: 77 })
  })

  test('one registry of two: the other is not written either', async () => {
    const registries = [acrHost, ecrHost]
    const result = await door.run(
      name,
      { registries },
      { profile: { 'aws-role-arn': `arn:aws:iam::${example.accountId}:role/nobody` } },
    )
    await expectRefused(result, 'AWS_NOT_AUTHORIZED', { exit: 77 })
  })

  test.skipIf(process.getuid?.() !== 0)('a volume that is full, and keeps what was there', async () => {
    const volume = await door.volume()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', volume])
    try {
      await mkdir(join(volume, 'docker'))
      // The one page that the volume has.
      await writeFile(join(volume, 'docker/config.json'), '{"auths":{}}')
      const result = await door.run(name, { registries: [acrHost] }, { volume })
      await expectRefused(result, 'HANDOVER_NOT_WRITTEN', { exit: 74, left: ['docker', 'docker/config.json'] })
      expect((await contentsOf(volume))['docker/config.json']?.text).toBe('{"auths":{}}')
    } finally {
      execFileSync('umount', [volume])
    }
  })
})

test('a dry run obtains everything and leaves nothing', async () => {
  door.requests()
  const result = await door.run(name, { registries: [acrHost, ecrHost], 'dry-run': 'true' })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(await contentsOf(result.volume)).toEqual({})
  expect(result.results['EXPIRES_AT']).toBe('')
  expect(told(result.step.stderr, 'plan')).toHaveLength(2)
  expect(result.record.data.action).not.toHaveProperty('handedOver')
  expect(door.requests().some((one) => one.startsWith('sts POST'))).toBe(true)
})
