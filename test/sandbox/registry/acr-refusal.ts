import type { Answer } from './answer.ts'
import type { RefusalCode } from './refusal.ts'
import { refusal } from './refusal.ts'
import type { RegistryRefusal } from './refusal.ts'

/** Text of ACR's 401 (protocols.md section 7). */
const AUTHENTICATION_REQUIRED = 'authentication required, visit https://aka.ms/acr/authorization for more information.'

/** One resource and action that a request needs. */
export type AcrNeed = { readonly type: string; readonly name: string; readonly actions: readonly string[] }

/** 401 of the registry API with the Bearer challenge. `error` as RFC 6750 3.1 has it, when a token did come. */
export const challengeAcr = (
  host: string,
  needs: readonly AcrNeed[],
  error?: 'insufficient_scope' | 'invalid_token',
): RegistryRefusal => {
  const scope = needs.map((need) => `${need.type}:${need.name}:${need.actions.join(',')}`).join(' ')
  const parts = [
    `realm="https://${host}/oauth2/token"`,
    `service="${host}"`,
    ...(scope === '' ? [] : [`scope="${scope}"`]),
    ...(error === undefined ? [] : [`error="${error}"`]),
  ]
  const detail = needs.flatMap(({ type, name, actions }) =>
    actions.map((action) => ({ Type: type, Name: name, Action: action })),
  )
  return refusal('UNAUTHORIZED', {
    message: AUTHENTICATION_REQUIRED,
    // [K] assumption: also where a token came that does not reach far enough, one entry per action.
    detail: detail.length === 0 ? null : detail,
    headers: { 'WWW-Authenticate': `Bearer ${parts.join(',')}` },
  })
}

/** Error of `/oauth2/*`: [K] assumption: 401 for credentials, 400 for a request that cannot be read, one body for both. */
export const refuseOauth = (status: 400 | 401, correlationId: string): Answer => {
  const code: RefusalCode = 'UNAUTHORIZED'
  return refusal(code, { status, message: `${AUTHENTICATION_REQUIRED} CorrelationId: ${correlationId}` }).answer
}
