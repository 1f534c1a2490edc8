import { rfc3339 } from '../core/instant.ts'
import type { TokenFinding } from './findings.ts'
import { failedRow, type Row } from './row.ts'

/** A stolen token is good for so long; the kubelet renews it at four fifths of its life. */
const longestLifeMs = 24 * 60 * 60 * 1000

/** What the projected tokens say of themselves. */
export function judgeTokens(tokens: readonly TokenFinding[]): readonly Row[] {
  return tokens.flatMap(({ shownTo, token, lifeMs }) => {
    const place = { check: 'token', about: `for ${shownTo}` } as const
    if ('error' in token) return [failedRow(place, token.error)]
    const { issuer, subject, audiences, expiresAt, pod } = token.got
    const where = pod.name === '' ? 'no pod in it' : `pod ${pod.namespace}/${pod.name}`
    const text = `issuer ${issuer}, subject ${subject}, audience ${audiences.join(' ')}, until ${rfc3339(expiresAt)}, ${where}`
    return [{ ...place, standing: 'ok', cause: 'ok', text }, ...lifeRows(place, lifeMs), ...boundRows(place, pod.name)]
  })
}

type Place = Pick<Row, 'check' | 'about'>

function lifeRows(place: Place, lifeMs = 0): readonly Row[] {
  if (lifeMs <= longestLifeMs) return []
  const text = `The token lives ${Math.round(lifeMs / 3_600_000)} hours: whoever copies it is this pod for so long.`
  const advice = 'Set expirationSeconds: 3600 in the projected volume; the kubelet renews the file by itself.'
  return [{ ...place, standing: 'weak', cause: 'token-long-lived', text, advice }]
}

function boundRows(place: Place, podName: string): readonly Row[] {
  if (podName !== '') return []
  const text = 'The token is bound to no pod: it stays good when the pod is gone.'
  const advice = 'Mount a projected serviceAccountToken volume, in place of kubectl create token or a Secret.'
  return [{ ...place, standing: 'weak', cause: 'token-not-bound', text, advice }]
}
