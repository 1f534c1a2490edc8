import { createHash } from 'node:crypto'
import { answerKey, type ApprovalRequest } from '../lib/approval/approval-request.ts'
import { printable, stepError } from '../lib/core/errors.ts'
import type { KubernetesApi } from '../lib/kubernetes/kubernetes-api.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { Judge, Verdict } from './judge.ts'
import { objectOf } from '../lib/core/loose-json.ts'

type Waiting = {
  readonly api: KubernetesApi
  readonly request: ApprovalRequest
  readonly word: string
  readonly judge: Judge
  /** Epoch milliseconds. */
  readonly until: number
  readonly everyMs: number
}

/**
 * Looks for the answer until there is one that counts. An answer that does not count is told and passed over. Throws APPROVAL_TIMED_OUT,
 * KUBERNETES_*, NETWORK_*.
 */
export async function awaitVerdict(waiting: Waiting, { patience, log }: Services): Promise<Verdict> {
  const { judge, until, everyMs } = waiting
  const { clock, signal } = patience(0)
  const refused = new Map<string, string>()
  let isMissingTold = false
  for (;;) {
    // One look after the other.
    // oxlint-disable no-await-in-loop
    const { text, isThere } = await answerIn(waiting)
    if (!isThere && !isMissingTold)
      log.line('note', `there is no ConfigMap ${waiting.request.configMap} to take an answer`)
    isMissingTold ||= !isThere
    const seen = createHash('sha256')
      .update(text ?? '')
      .digest('hex')
    if (text !== undefined && !refused.has(seen)) {
      const judgement = await judge(text)
      if ('decision' in judgement && clock.now() < until) return judgement
      if ('refused' in judgement) refused.set(seen, printable(judgement.refused).slice(0, 300))
      if ('refused' in judgement) log.line('answer', `does not count: ${printable(judgement.refused)}`)
      if ('later' in judgement) log.line('answer', `cannot be looked at now: ${printable(judgement.later)}`)
    }
    if (clock.now() >= until) throw timedOut(waiting.request, [...refused.values()])
    await clock.sleep(Math.min(everyMs, Math.max(1, until - clock.now())), signal)
    // oxlint-enable no-await-in-loop
  }
}

async function answerIn({ api, request, word }: Waiting): Promise<{ text: string | undefined; isThere: boolean }> {
  const { run, configMap } = request
  const found = await api.object(
    `/api/v1/namespaces/${encodeURIComponent(run.namespace)}/configmaps/${encodeURIComponent(configMap)}`,
  )
  const text = objectOf(objectOf(found)['data'])[answerKey(word)]
  return { text: typeof text === 'string' ? text : undefined, isThere: found !== undefined }
}

function timedOut({ deadline }: ApprovalRequest, refused: readonly string[]) {
  return stepError('APPROVAL_TIMED_OUT', { deadline, answers: refused.slice(-5).join(' | ') || 'there were none' })
}
