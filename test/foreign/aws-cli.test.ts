import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { startForeignCloud } from './cloud.ts'
import type { ForeignCloud } from './cloud.ts'
import { acrScope, awsScope, entraToken } from './node-clients.ts'
import { skipWithout, toolPath } from './tools.ts'
import { cloudOfTwoRoles, idleRoleArn } from './two-roles.ts'

let cloud: ForeignCloud
let variables: Readonly<Record<string, string>>
beforeAll(async () => {
  cloud = await startForeignCloud(cloudOfTwoRoles())
  variables = await cloud.aws(await entraToken(cloud, awsScope))
})
beforeEach((context) => skipWithout(context, 'aws'))
afterAll(async () => {
  await cloud.close()
})

const aws = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  cloud.run(toolPath('aws'), args, { ...variables, ...more })

const assumed = `arn:aws:sts::${example.accountId}:assumed-role`

describe('the AWS CLI, by its default web-identity chain', () => {
  test('says who it is', async () => {
    const { stdout } = await aws(['sts', 'get-caller-identity', '--output', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({
      Account: example.accountId,
      Arn: expect.stringContaining(`${assumed}/ci-push/`),
    })
  })

  test('gets a registry password, which ECR knows', async () => {
    const { code, stdout } = await aws(['ecr', 'get-login-password'])
    expect([code, cloud.sandbox.world.ecrPasswords.has(stdout.trimEnd())]).toEqual([0, true])
  })

  test('is refused a password with a role that may not ask for one', async () => {
    expect(await aws(['ecr', 'get-login-password'], { AWS_ROLE_ARN: idleRoleArn })).toMatchObject({
      code: 255,
      stdout: '',
      stderr: expect.stringMatching(
        /AccessDeniedException.*assumed-role\/ci-idle\/.*not authorized to perform: ecr:GetAuthorizationToken/,
      ),
    })
  })

  test('is refused with a token that Entra made for ACR, and gets no session', async () => {
    const before = cloud.sandbox.world.awsSessions.size
    const other = await cloud.aws(await entraToken(cloud, acrScope))
    const { code, stderr } = await aws(['sts', 'get-caller-identity'], other)
    expect([code, stderr]).toEqual([255, expect.stringContaining('(InvalidIdentityToken)')])
    expect(cloud.sandbox.world.awsSessions.size).toBe(before)
  })
})

describe('aws sts assume-role-with-web-identity', () => {
  const assume = async (roleArn: string) => {
    const token = await readFile(variables['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '', 'utf8')
    const options = { '--role-arn': roleArn, '--role-session-name': 'by-hand', '--web-identity-token': token }
    const args = ['sts', 'assume-role-with-web-identity', '--output', 'json', ...Object.entries(options).flat()]
    // Without these the chain would assume the role first, though the request needs no signature.
    return aws(args, { AWS_ROLE_ARN: '', AWS_WEB_IDENTITY_TOKEN_FILE: '' })
  }

  test('gets a session for the subject of the token', async () => {
    const { stdout } = await assume(example.roleArn)
    expect(JSON.parse(stdout)).toMatchObject({
      SubjectFromWebIdentityToken: example.principalId,
      AssumedRoleUser: { Arn: `${assumed}/ci-push/by-hand` },
      Credentials: { SessionToken: expect.any(String) },
    })
  })

  test('is refused a role that is not there, in the words for one that does not trust', async () => {
    expect(await assume(`arn:aws:iam::${example.accountId}:role/admin`)).toMatchObject({
      code: 255,
      stdout: '',
      stderr: expect.stringContaining(
        '(AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity',
      ),
    })
  })
})
