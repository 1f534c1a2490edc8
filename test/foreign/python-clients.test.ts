import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verifyEntraToken } from '../sandbox/entra/verify.ts'
import { example } from '../sandbox/example-cloud.ts'
import { startForeignCloud } from './cloud.ts'
import type { ForeignCloud } from './cloud.ts'
import { acrScope, awsScope, textOf } from './node-clients.ts'
import { skipWithout, toolPath } from './tools.ts'

let cloud: ForeignCloud
beforeAll(async () => {
  cloud = await startForeignCloud()
})
beforeEach((context) => skipWithout(context, 'python'))
afterAll(async () => {
  await cloud.close()
})

const program = (name: string): string => join(import.meta.dirname, 'programs', name)

const msal = async (scope: string, variables: Readonly<Record<string, string>>) =>
  cloud.ask(toolPath('python'), [program('msal_token.py'), scope], variables)

const boto3 = async (scope: string) => {
  const token = textOf(await msal(scope, await cloud.azure()), 'access_token')
  return cloud.ask(toolPath('python'), [program('boto3_session.py')], await cloud.aws(token))
}

describe('msal for Python', () => {
  test('gets a token for the assertion, signed by the tenant', async () => {
    const answer = await msal(awsScope, await cloud.azure())
    expect(answer).toMatchObject({ token_type: 'Bearer', token_source: 'identity_provider' })
    expect(verifyEntraToken(cloud.sandbox.world, textOf(answer, 'access_token'))).toMatchObject({
      aud: example.awsAppId,
      sub: example.principalId,
    })
  })

  test('is refused with another service account, and reads the members of the error', async () => {
    const answer = await msal(awsScope, await cloud.azure({ serviceAccount: 'default' }))
    expect(answer).toMatchObject({ error: 'invalid_client', error_codes: [700213] })
    expect(answer['error_description']).toContain("subject 'system:serviceaccount:ci:default'")
    expect(answer).not.toHaveProperty('access_token')
  })

  test('is refused a scope without /.default', async () => {
    expect(await msal(example.awsTokenResource, await cloud.azure())).toMatchObject({
      error: 'invalid_scope',
      error_codes: [1002012],
    })
  })
})

describe('azure-identity for Python', () => {
  const azureIdentity = async (variables: Readonly<Record<string, string>>) =>
    cloud.ask(toolPath('python'), [program('azure_identity_token.py'), awsScope], variables)

  test('gets a token with its defaults, signed by the tenant', async () => {
    const token = textOf(await azureIdentity(await cloud.azure()), 'token')
    expect(verifyEntraToken(cloud.sandbox.world, token)).toMatchObject({
      aud: example.awsAppId,
      sub: example.principalId,
    })
  })

  test("is refused with another service account in Entra's words, and gets no token", async () => {
    const answer = await azureIdentity(await cloud.azure({ serviceAccount: 'default' }))
    expect(answer).toEqual({ error: expect.stringContaining("subject 'system:serviceaccount:ci:default'") })
    expect(answer['error']).toContain('AADSTS700213')
  })
})

describe('boto3', () => {
  test('assumes the role by hand and by its default chain, and gets a registry password', async () => {
    const role = `arn:aws:sts::${example.accountId}:assumed-role/ci-push`
    expect(await boto3(awsScope)).toEqual({
      assumed: `${role}/by-hand`,
      subject: example.principalId,
      arn: expect.stringContaining(`${role}/botocore-session-`),
      endpoint: `https://${example.ecrHost}`,
      login: expect.any(String),
    })
  })

  test('is refused with a token that Entra made for ACR, and gets no session', async () => {
    const before = cloud.sandbox.world.awsSessions.size
    const answer = await boto3(acrScope)
    expect(answer).toEqual({ code: 'InvalidIdentityToken', error: expect.any(String) })
    expect(cloud.sandbox.world.awsSessions.size).toBe(before)
  })
})
