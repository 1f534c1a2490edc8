import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { told, toldProse } from '../push-image/told.ts'
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
import { authsOf, loginOf } from './docker-logins.ts'

const name = 'login-registries'
const { acrHost, ecrHost } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(wideCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

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
    expect(toldProse(result.step.stderr, 'note')).toContain('aws-session-policy: used as given')
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
