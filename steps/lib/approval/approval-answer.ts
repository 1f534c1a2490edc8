import { Secret } from '../core/secret.ts'
import { sealFor, type Seal } from '../core/seal.ts'
import { decisions, type ApprovalRequest, type Decision } from './approval-request.ts'
import { objectOf, tryJson } from '../core/loose-json.ts'

/** What a person decided, and the ID token that says so. */
export type ApprovalAnswer = { readonly decision: Decision; readonly idToken: Secret }

/** The answer as it stands in the ConfigMap: sealed for the pod that asked, with the end of its use, so that it can be cleared away. */
export async function encodeAnswer(request: ApprovalRequest, { decision, idToken }: ApprovalAnswer): Promise<string> {
  const text = new Secret(JSON.stringify({ decision, idToken: idToken.reveal() }))
  return JSON.stringify({ until: request.deadline, answer: await sealFor(request.key, text) })
}

/** The answer of such a text; undefined when it is none, or sealed for somebody else. */
export async function decodeAnswer(text: string, seal: Seal): Promise<ApprovalAnswer | undefined> {
  const { answer } = objectOf(tryJson(text))
  const opened = typeof answer === 'string' ? await seal.open(answer) : undefined
  const { decision, idToken } = objectOf(tryJson(opened?.reveal() ?? ''))
  const known = decisions.find((one) => one === decision)
  return known === undefined || typeof idToken !== 'string'
    ? undefined
    : { decision: known, idToken: new Secret(idToken) }
}

/** Keys of answers that nobody waits for any more. */
export function staleKeys(data: Readonly<Record<string, unknown>>, now: number): readonly string[] {
  return Object.entries(data).flatMap(([key, text]) => {
    const { until } = objectOf(tryJson(typeof text === 'string' ? text : ''))
    return typeof until === 'string' && Date.parse(until) < now ? [key] : []
  })
}
