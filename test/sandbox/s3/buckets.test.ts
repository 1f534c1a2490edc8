import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signRequest } from '../../../steps/lib/aws/sign-request.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { impossibleState } from '../config-rules.ts'
import { example, exampleCloud } from '../example-cloud.ts'
import { startSandbox, type Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import { objectsOf } from './objects.ts'

const host = `audit.s3.${example.region}.amazonaws.com`
const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::audit', 'arn:aws:s3:::audit/r/*'] }],
} as const

const known = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'a-secret-access-key-of-forty-characters0',
  sessionToken: 'a-session-token/with+signs==',
  accountId: example.accountId,
  partition: 'aws',
  roleName: 'ci-push',
  sessionName: 'ci.web',
  expiresAt: Date.now() + 3_600_000,
}

let sandbox: Sandbox
beforeAll(async () => {
  const { accounts, ...cloud } = exampleCloud()
  sandbox = await startSandbox({
    ...cloud,
    accounts: accounts.map((account) => ({
      ...account,
      roles: account.roles.map((role) => ({ ...role, policies: [policy] })),
      buckets: [
        { name: 'audit', region: example.region },
        { name: 'far', region: 'us-east-1' },
      ],
    })),
  })
  sandbox.world.awsSessions.set(known.accessKeyId, known)
})
afterAll(async () => await closeWithoutCrashes(sandbox))

type Call = {
  readonly method?: string
  readonly path: string
  readonly at?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly secret?: string
  readonly change?: (headers: Record<string, string>) => Record<string, string>
}

async function ask({ method = 'PUT', path, at = host, headers = {}, body = '', secret, change = (all) => all }: Call) {
  const url = new URL(path, `https://${at}`)
  const session = {
    ...known,
    secretAccessKey: new Secret(secret ?? known.secretAccessKey),
    sessionToken: new Secret(known.sessionToken),
    arn: '',
    region: example.region,
    requestId: '',
  }
  const bytes = Buffer.from(body)
  const now = Date.now()
  const signed = signRequest({ service: 's3', region: example.region, method, url, headers, body: bytes, session, now })
  const sent = change({ ...signed.headers, authorization: signed.authorization.reveal() })
  const length = { 'content-length': String(bytes.length) }
  const answer = await throughProxy(sandbox, { url: url.href, method, headers: { ...sent, ...length }, body })
  return { status: answer.status, code: /<Code>(\w+)/.exec(answer.body)?.[1], body: answer.body }
}

const once = { 'if-none-match': '*' }

test('keeps what is put, shows it to who may read, and lists it page by page', async () => {
  for (const name of ['a', 'b', 'c', 'd'])
    expect(await ask({ path: `/r/${name}`, body: name })).toMatchObject({ status: 200 })
  expect(await ask({ method: 'GET', path: '/r/b' })).toMatchObject({ status: 200, body: 'b' })
  const first = await ask({ method: 'GET', path: '/?list-type=2&prefix=r%2F' })
  expect([...first.body.matchAll(/<Key>([^<]+)/g)].map(([, key]) => key)).toEqual(['r/a', 'r/b', 'r/c'])
  const token = /<NextContinuationToken>([^<]+)/.exec(first.body)?.[1] ?? ''
  const next = await ask({ method: 'GET', path: `/?continuation-token=${token}&list-type=2&prefix=r%2F` })
  expect([...next.body.matchAll(/<Key>([^<]+)/g)].map(([, key]) => key)).toEqual(['r/d'])
  expect(next.body).toContain('<IsTruncated>false')
})

test('with If-None-Match: * nothing is written over, without it everything is', async () => {
  expect(await ask({ path: '/r/once', headers: once, body: '1' })).toMatchObject({ status: 200 })
  expect(await ask({ path: '/r/once', headers: once, body: '2' })).toMatchObject({
    status: 412,
    code: 'PreconditionFailed',
  })
  expect(objectsOf(sandbox.world).find(({ key }) => key === 'r/once')?.body).toBe('1')
  expect(await ask({ path: '/r/once', body: '2' })).toMatchObject({ status: 200 })
  expect(objectsOf(sandbox.world).filter(({ key }) => key === 'r/once')).toMatchObject([{ body: '2' }])
})

test.each<[what: string, call: Call, status: number, code: string]>([
  ['another secret', { path: '/r/x', secret: 'wrong' }, 403, 'SignatureDoesNotMatch'],
  ['no signature', { path: '/r/x', change: () => ({}) }, 403, 'AccessDenied'],
  [
    'a signature without the hash of the body',
    { path: '/r/x', change: ({ 'x-amz-content-sha256': _hash, ...rest }) => rest },
    400,
    'InvalidRequest',
  ],
  [
    'another hash of the body',
    { path: '/r/x', body: 'a', headers: { 'x-amz-checksum-sha256': sha('b') } },
    400,
    'BadDigest',
  ],
  ['an etag as the condition', { path: '/r/x', headers: { 'if-none-match': '"e"' } }, 501, 'NotImplemented'],
  ['a place beside the prefix', { path: '/other/x' }, 403, 'AccessDenied'],
  ['a bucket that there is not', { path: '/r/x', at: host.replace('audit', 'none') }, 404, 'NoSuchBucket'],
  ['a bucket of another region', { path: '/r/x', at: host.replace('audit', 'far') }, 301, 'PermanentRedirect'],
  ['DELETE', { method: 'DELETE', path: '/r/a' }, 405, 'MethodNotAllowed'],
  ['a key that there is not', { method: 'GET', path: '/r/none' }, 404, 'NoSuchKey'],
])('refuses %s', async (_what, call, status, code) => {
  const before = objectsOf(sandbox.world).length
  expect(await ask(call)).toMatchObject({ status, code })
  expect(objectsOf(sandbox.world)).toHaveLength(before)
})

test('does not start with one bucket twice, nor in a region that there is not', () => {
  const { accounts, ...cloud } = exampleCloud()
  const bucket = { name: 'audit', region: 'eu-nowhere-1' }
  const faults = impossibleState({ ...cloud, accounts: accounts.map((one) => ({ ...one, buckets: [bucket, bucket] })) })
  expect(faults.join('\n')).toMatch(/audit is there twice[\s\S]*eu-nowhere-1, which is no region/)
})

function sha(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
