import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signRequest } from '../../../steps/lib/aws/sign-request.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { throughProxy } from '../through-proxy.ts'
import { account, ADMIN, HOME, role, startFront, trust, rootOf, type Front } from './test-front.ts'
import { policy } from './test-cloud.ts'

let front: Front
beforeAll(async () => {
  const reader = role('reader', {
    policies: [policy({ Effect: 'Allow', Action: 'iam:GetRole', Resource: `arn:aws:iam::${HOME}:role/team/*` })],
  })
  const trusted = role('worker', { path: '/team/', maxSessionDuration: 7200 })
  front = await startFront([account({ roles: [reader, trusted] })])
})
afterAll(async () => await front.close())

type Ask = {
  readonly as: 'admin' | 'reader'
  readonly host?: string
  readonly region?: string
  readonly form?: Record<string, string>
}

async function ask({ as, host = 'iam.amazonaws.com', region = 'us-east-1', form = {} }: Ask) {
  const keys =
    as === 'admin'
      ? { ...ADMIN, sessionToken: '' }
      : await front.assume({ RoleArn: `arn:aws:iam::${HOME}:role/reader` })
  const url = new URL(`https://${host}/`)
  const fields = { Action: 'GetRole', Version: '2010-05-08', RoleName: 'worker', ...form }
  const body = Buffer.from(new URLSearchParams(fields).toString())
  const session = {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: new Secret(keys.secretAccessKey),
    sessionToken: new Secret(keys.sessionToken),
    arn: '',
    accountId: HOME,
    region,
    expiresAt: 0,
    requestId: '',
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const signed = signRequest({ service: 'iam', region, method: 'POST', url, headers, body, session, now: Date.now() })
  const answer = await throughProxy(front.sandbox, {
    url: url.href,
    method: 'POST',
    headers: { ...signed.headers, authorization: signed.authorization.reveal() },
    body: body.toString(),
  })
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.body)?.[1] ?? ''
  return { status: answer.status, code: element('Code'), message: element('Message'), element, body: answer.body }
}

test('shows a role with its path, and its trust policy percent-encoded', async () => {
  const shown = await ask({ as: 'reader' })
  expect(shown.status).toBe(200)
  expect(shown.body).toMatch(/^<GetRoleResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/">/)
  expect(shown.element('Arn')).toBe(`arn:aws:iam::${HOME}:role/team/worker`)
  expect(shown.element('MaxSessionDuration')).toBe('7200')
  const document = shown.element('AssumeRolePolicyDocument')
  expect(document).not.toMatch(/["{}:*]/)
  expect(JSON.parse(decodeURIComponent(document))).toEqual(trust(rootOf(HOME)))
})

describe('refuses', () => {
  test.each<[status: number, code: string, what: string, ask: Ask]>([
    [403, 'AccessDenied', 'who may not read that role', { as: 'reader', form: { RoleName: 'reader' } }],
    [403, 'AccessDenied', 'to say whether a role is there', { as: 'reader', form: { RoleName: 'absent' } }],
    [404, 'NoSuchEntity', 'a role that is not there', { as: 'admin', form: { RoleName: 'absent' } }],
    [400, 'ValidationError', 'a name that is none', { as: 'admin', form: { RoleName: 'a/b' } }],
    [400, 'InvalidAction', 'another operation', { as: 'admin', form: { Action: 'ListRoles' } }],
    [400, 'InvalidAction', 'another version', { as: 'admin', form: { Version: '2011-06-15' } }],
    [403, 'SignatureDoesNotMatch', 'a signature for another region', { as: 'admin', region: 'eu-central-1' }],
    [
      403,
      'InvalidClientTokenId',
      'keys of another partition',
      { as: 'admin', host: 'iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
    ],
  ])('with %i %s: %s', async (status, code, _what, asked) => {
    expect(await ask(asked)).toMatchObject({ status, code })
  })

  test('in the words of IAM', async () => {
    const { message } = await ask({ as: 'reader', form: { RoleName: 'reader' } })
    expect(message).toMatch(
      /^User: arn:aws:sts::111111111111:assumed-role\/reader\/\S+ is not authorized to perform: iam:GetRole on resource: role reader because no identity-based policy allows the iam:GetRole action$/,
    )
  })
})
