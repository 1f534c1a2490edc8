import { afterAll, beforeAll, expect, test } from 'vitest'
import { exchangedToken } from '../sandbox/exchange-token.ts'
import { answerKey, decisionNonce } from '../../steps/lib/approval/approval-request.ts'
import { example } from '../sandbox/example-cloud.ts'
import { openApprovalDoor, place, type ApprovalDoor, type Waiting } from './approval-door.ts'
import { approvalApp, people } from './approval-cloud.ts'
import { putAnswer, putText, signInAs } from './forge.ts'

let approvals: ApprovalDoor
beforeAll(async () => {
  approvals = await openApprovalDoor()
})
afterAll(async () => await approvals[Symbol.asyncDispose]())

type Forging = { readonly word: string; readonly other: string }

/** A token for this request, by Ada, who may approve. */
const adas = async (nonce: string, scope?: string) =>
  await signInAs(approvals, { as: 'ada', nonce, ...(scope === undefined ? {} : { scope }) })

async function changed(token: string, claims: Record<string, unknown>): Promise<string> {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const own: object = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return [header, Buffer.from(JSON.stringify({ ...own, ...claims })).toString('base64url'), signature].join('.')
}

/** Waits for the approval that counts, after one that must not: the run goes on by Grace's word alone. */
async function expectOnlyGraceCounts({ word, ended }: Waiting): Promise<void> {
  await approvals.answer('approve', await word, { as: 'grace' })
  const { results, step } = await ended
  expect(results, step.stderr).toMatchObject({ approver: people.grace })
}

test.each<[what: string, reason: RegExp, forge: (words: Forging) => Promise<void>]>([
  [
    'a token for another run, sealed anew for this one',
    /nonce is of another run/,
    async ({ word, other }) => {
      const { idToken } = await adas(decisionNonce(other, 'approve'))
      await putAnswer(approvals, word, { decision: 'approve', token: idToken })
    },
  ],
  [
    'the answer to another run, as it lies in the ConfigMap',
    /no answer, or was sealed for another run/,
    async ({ word, other }) => {
      const { idToken } = await adas(decisionNonce(other, 'approve'))
      await putAnswer(approvals, other, { decision: 'approve', token: idToken })
      const data = approvals.api.objects.get(place)?.['data'] as Record<string, string>
      putText(approvals, word, data[answerKey(other)] ?? '')
    },
  ],
  [
    'a rejection that is turned into an approval',
    /nonce is of another run, image or decision/,
    async ({ word }) => {
      const { idToken } = await adas(decisionNonce(word, 'reject'))
      await putAnswer(approvals, word, { decision: 'approve', token: idToken })
    },
  ],
  [
    'a token of before the request, with any nonce',
    /nonce is of another run/,
    async ({ word }) => {
      const { idToken } = await adas('nonce-1')
      await putAnswer(approvals, word, { decision: 'approve', token: idToken })
    },
  ],
  [
    'an access token of Microsoft Graph',
    /microsoft-api/,
    async ({ word }) => {
      const { accessToken } = await adas(decisionNonce(word, 'approve'))
      await putAnswer(approvals, word, { decision: 'approve', token: accessToken })
    },
  ],
  [
    'a token of the pod’s own identity',
    /kind: got another token/,
    async ({ word }) => {
      await putAnswer(approvals, word, { decision: 'approve', token: await podToken() })
    },
  ],
  [
    'a token whose person was changed',
    /signature: got/,
    async ({ word }) => {
      const { idToken } = await signInAs(approvals, { as: 'eve', nonce: decisionNonce(word, 'approve') })
      const token = await changed(idToken, { oid: people.ada, roles: ['Release.Approve'] })
      await putAnswer(approvals, word, { decision: 'approve', token })
    },
  ],
  ['text that is no answer', /no answer/, async ({ word }) => putText(approvals, word, 'yes!')],
  [
    'what nobody has sealed',
    /no answer/,
    async ({ word }) => {
      const { idToken } = await adas(decisionNonce(word, 'approve'))
      putText(approvals, word, JSON.stringify({ until: '2099-01-01T00:00:00Z', answer: idToken }))
    },
  ],
])('does not count %s', async (_what, reason, forge) => {
  const [waiting, another] = [approvals.ask(), approvals.ask()]
  const words = { word: await waiting.word, other: await another.word }
  await forge(words)
  await waiting.said(new RegExp(`does not count:[^]*${reason.source.replaceAll(' ', '\\s+')}`))
  await expectOnlyGraceCounts(waiting)
  await approvals.answer('reject', words.other, { as: 'grace' })
  await another.ended
})

test('an answer counts once: the run that is tried again asks anew', async () => {
  const first = approvals.ask()
  await approvals.answer('approve', await first.word, { as: 'ada' })
  expect((await first.ended).results).toMatchObject({ approver: people.ada })
  const again = approvals.ask()
  expect(await again.word).not.toBe(await first.word)
  const data = approvals.api.objects.get(place)?.['data'] as Record<string, string>
  putText(approvals, await again.word, data[answerKey(await first.word)] ?? '')
  await again.said(/does not count/)
  await expectOnlyGraceCounts(again)
})

/** What the pod could obtain to approve itself: a token for the approvals app. */
async function podToken(): Promise<string> {
  const { sandbox } = approvals.door
  const { namespace, serviceAccount } = example
  const assertion = sandbox.mintToken({ namespace, serviceAccount })
  return await exchangedToken(sandbox, { assertion, resource: approvalApp })
}
