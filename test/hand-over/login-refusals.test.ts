import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { otherEcrHost, otherRoleArn, wideCloud } from './clouds.ts'
import { contentsOf, expectRefused, openHandOverDoor, type HandOverDoor } from './front-door.ts'

const name = 'login-registries'
const { acrHost, ecrHost } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(wideCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

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
    expect(faultsOf(result)).toEqual([
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
    expect(faultsOf(result)).toEqual([expect.stringMatching(/^registries: got nothing/)])
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
