import { expect, test } from 'vitest'
import { signRequest, type UnsignedRequest } from '../../../steps/lib/aws/sign-request.ts'
import type { AwsSession } from '../../../steps/lib/aws/session.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'

const session: AwsSession = {
  accessKeyId: 'ASIAAAAAAAAAAAAAAAAA',
  secretAccessKey: new Secret('s3cr3t/+'),
  sessionToken: new Secret('tok+/='),
  arn: 'arn:aws:sts::123456789012:assumed-role/ci/run',
  accountId: '123456789012',
  region: 'eu-central-1',
  expiresAt: 0,
  requestId: '',
}

function sign(service: string, path: string, more: Pick<UnsignedRequest, 'headers' | 'body'>) {
  const url = new URL(path, `https://${service}.eu-central-1.amazonaws.com`)
  const now = Date.UTC(2026, 0, 2, 3, 4, 5)
  return signRequest({ service, region: 'eu-central-1', method: 'POST', url, session, now, ...more })
}

// The signatures are those of AWS's own signer (@smithy/signature-v4) for the same requests, at the same time.
test.each([
  [
    'ecs',
    '/',
    { 'x-amz-target': 'A.B', 'content-type': 'application/x-amz-json-1.1' },
    '{}',
    '99df97e7c4d62be6abbd3040c81d356b10f064f5b60c4f6c1a353df0ddf6f8d2',
  ],
  [
    'lambda',
    '/2015-03-31/functions/arn%3Aaws%3Alambda/invocations?Qualifier=a%20b&a=1&B=2&a=0',
    { 'x-amz-a': 'two   blanks ' },
    '{"x":1}',
    '855b737ea4c2026eee660ee62f0e15c7d0841b9b12e602f98480495ff6cef3d7',
  ],
  [
    's3',
    '/bucket/a%20b/c%28d%29.txt?list-type=2&prefix=a%2Fb',
    {},
    'hello',
    '06d8bfeb42240acf41321650d22826c796afd9a7a366b8b8df13e267e157962e',
  ],
])('signs for %s as AWS’s own client does', (service, path, headers, body, signature) => {
  const signed = sign(service, path, { headers, body: Buffer.from(body) })
  expect(signed.authorization.reveal()).toMatch(new RegExp(`Signature=${signature}$`))
  expect(JSON.stringify(signed.authorization)).toBe('"[secret]"')
})

test('leaves unsigned what others change on the way', () => {
  const headers = { 'user-agent': 'x', expect: '100-continue', 'x-own': 'y' }
  const signed = sign('ecs', '/', { headers, body: Buffer.alloc(0) })
  expect(signed.authorization.reveal()).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token;x-own,')
})
