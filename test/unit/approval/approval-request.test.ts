import { expect, test } from 'vitest'
import { decodeAnswer, encodeAnswer, staleKeys } from '../../../steps/lib/approval/approval-answer.ts'
import {
  answerKey,
  decisionNonce,
  decodeRequest,
  encodeRequest,
  type ApprovalRequest,
} from '../../../steps/lib/approval/approval-request.ts'
import { createSeal } from '../../../steps/lib/core/seal.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'

const request: ApprovalRequest = {
  cloud: 'AzureCloud',
  tenantId: '6f1c9f4e-2b7a-4c5d-9e8f-0a1b2c3d4e5f',
  clientId: 'a9900000-1111-4222-8333-444455556666',
  run: { kind: 'PipelineRun', namespace: 'ci', name: 'release-42', uid: '11111111-2222-4333-8444-555566667777' },
  image: `contoso.azurecr.io/shop/web@sha256:${'1'.repeat(64)}`,
  deadline: '2026-11-28T10:00:00Z',
  configMap: 'tekton-entra-approvals',
  key: 'A'.repeat(43),
}
const word = encodeRequest(request)
const decisionOf = (changed: Partial<ApprovalRequest>) =>
  decisionNonce(encodeRequest({ ...request, ...changed }), 'approve')

test('a request comes back as it was, and holds nothing else', () => {
  expect(decodeRequest(word)).toEqual(request)
  const more = Buffer.from(JSON.stringify({ v: 1, ...request, more: 'x' })).toString('base64url')
  expect(decodeRequest(more)).toEqual(request)
})

test.each<[what: string, word: string]>([
  ['no base64url', `${word}=`],
  ['no JSON', Buffer.from('hello').toString('base64url')],
  ['another version', Buffer.from(JSON.stringify({ ...request, v: 2 })).toString('base64url')],
  ['an image by its tag', encodeRequest({ ...request, image: 'contoso.azurecr.io/shop/web:1' })],
  ['an image with an escape sequence', encodeRequest({ ...request, image: `\u001b[2J${request.image}` })],
  ['an option of kubectl as namespace', encodeRequest({ ...request, run: { ...request.run, namespace: '--token=x' } })],
  ['an option of kubectl as ConfigMap', encodeRequest({ ...request, configMap: '-o' })],
  ['a host in the place of the tenant', encodeRequest({ ...request, tenantId: '../evil.example' })],
  ['another key', encodeRequest({ ...request, key: 'short' })],
  ['far too much', 'A'.repeat(5000)],
])('refuses %s', (_what, bad) => {
  expect(decodeRequest(bad)).toBeUndefined()
})

test('the nonce is another one for each run, image, deadline, pod and decision', () => {
  const nonces = [
    decisionOf({}),
    decisionNonce(word, 'reject'),
    decisionOf({ run: { ...request.run, uid: '2' } }),
    decisionOf({ image: request.image.replace('111', '112') }),
    decisionOf({ deadline: '2026-11-28T11:00:00Z' }),
    decisionOf({ key: 'B'.repeat(43) }),
  ]
  expect(new Set(nonces).size).toBe(nonces.length)
  expect(answerKey(word)).toMatch(/^[0-9a-f]{32}$/)
})

test('an answer is opened by the pod that asked, and by no other', async () => {
  const [seal, other] = [await createSeal(), await createSeal()]
  const text = await encodeAnswer(
    { ...request, key: seal.publicKey },
    { decision: 'approve', idToken: new Secret('the-token') },
  )
  expect(text).not.toContain('the-token')
  const opened = await decodeAnswer(text, seal)
  expect([opened?.decision, opened?.idToken.reveal()]).toEqual(['approve', 'the-token'])
  expect(await decodeAnswer(text, other)).toBeUndefined()
  expect(await decodeAnswer(text.replace(/.(.)"\}$/, '$1$1"}'), seal)).toBeUndefined()
  expect(await decodeAnswer('{}', seal)).toBeUndefined()
})

test('what is past its deadline is stale, what nobody can read is left alone', () => {
  const at = Date.parse(request.deadline)
  const data = {
    old: JSON.stringify({ until: request.deadline }),
    odd: 'text',
    young: '{"until":"2099-01-01T00:00:00Z"}',
  }
  expect(staleKeys(data, at + 1)).toEqual(['old'])
  expect(staleKeys(data, at - 1)).toEqual([])
})
