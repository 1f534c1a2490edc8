import { expect, test } from 'vitest'
import { eksToken } from '../../../steps/lib/aws/eks-token.ts'
import type { AwsSession } from '../../../steps/lib/aws/session.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'

const now = Date.parse('2026-11-27T20:00:00Z')

function session(token: string, expiresAt: number): AwsSession {
  return {
    accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
    secretAccessKey: new Secret('secret'),
    sessionToken: new Secret(token),
    arn: 'arn:aws:sts::123456789012:assumed-role/ci-push/ci.web',
    accountId: '123456789012',
    region: 'eu-central-1',
    expiresAt,
    requestId: '',
  }
}

test('ends with the session where that ends first', () => {
  expect(eksToken('shop', session('t', now + 60_000), { now, endpoints: undefined }).expiresAt).toBe(now + 60_000)
  expect(eksToken('shop', session('t', now + 3_600_000), { now, endpoints: undefined }).expiresAt).toBe(
    now + 15 * 60_000,
  )
})

test('refuses a token that EKS would not read, and shows nothing of it', () => {
  const long = () => eksToken('shop', session('x'.repeat(3000), now + 3_600_000), { now, endpoints: undefined })
  expect(long).toThrow(
    expect.objectContaining({ code: 'EKS_TOKEN_TOO_LONG', message: expect.not.stringContaining('xxx') }),
  )
})
