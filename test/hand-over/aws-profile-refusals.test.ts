import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOf, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { otherAccountId, otherRoleArn, wideCloud } from './clouds.ts'
import { contentsOf, expectRefused, openHandOverDoor, type HandOverDoor } from './front-door.ts'

const name = 'write-aws-profile'
const { region } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(wideCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

describe('what is refused', () => {
  test('all faults at once, and nobody is asked', async () => {
    door.requests()
    const profiles = [
      'a',
      'a',
      'b=arn:aws:s3:::bucket',
      `c=${otherRoleArn} cn-north-1`,
      `d=arn:aws-cn:iam::${otherAccountId}:role/x`,
      'e nowhere',
    ]
    const profile = { 'aws-token-resource': undefined, 'aws-role-arn': undefined }
    const result = await door.run(name, { profiles }, { profile })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    expect(faultsOf(result)).toEqual([
      expect.stringMatching(/^profiles: got "a", expected each name once/),
      expect.stringMatching(/^profiles \(role\): got "arn:aws:s3:::bucket"/),
      expect.stringMatching(/^profiles \(region\): got "nowhere", expected an AWS region/),
      expect.stringMatching(/^aws-role-arn: got nothing, expected the ARN of a role, by the param/),
      expect.stringMatching(/^aws-token-resource: got nothing, expected an application ID URI/),
      expect.stringMatching(/^aws-region: got nothing, expected the region .*, by the param aws-region or by the key/),
      expect.stringMatching(
        /^profiles \(role\): got "arn:aws:iam.*expected a role of the partition aws-cn, where the reg/,
      ),
    ])
    expect(door.requests()).toEqual([])
  })

  test('an account that is not allowed, before anything is sent', async () => {
    door.requests()
    const profile = { 'allowed-accounts': example.accountId }
    const result = await door.run(name, { profiles: [`x=${otherRoleArn} eu-west-1`] }, { profile })
    await expectRefused(result, 'AWS_ACCOUNT_NOT_ALLOWED', { exit: 77 })
    expect(door.requests()).toEqual([])
  })

  test.each([
    ['a setting in no section', 'aws_access_key_id = AKIAEXAMPLE\n', 'line 1 stands in no section'],
    ['half a header', '[default\nx = 1\n', 'line 1 is no header'],
  ])('a file with %s, which is left as it is', async (_, before, reason) => {
    const volume = await door.volume()
    await mkdir(join(volume, 'aws'))
    await writeFile(join(volume, 'aws/credentials'), before)
    const result = await door.run(name, {}, { volume, profile: { 'aws-region': region } })
    await expectRefused(result, 'HANDOVER_FILE_UNUSABLE', { exit: 64, left: ['aws', 'aws/credentials'] })
    expect(toldProse(result.step.stderr, 'what')).toContain(reason)
    expect((await contentsOf(volume))['aws/credentials']?.text).toBe(before)
  })

  test('one role of two: neither profile is written', async () => {
    const profiles = [`a ${region}`, `b=arn:aws:iam::${example.accountId}:role/nobody ${region}`]
    await expectRefused(await door.run(name, { profiles }), 'AWS_NOT_AUTHORIZED', { exit: 77 })
  })
})
