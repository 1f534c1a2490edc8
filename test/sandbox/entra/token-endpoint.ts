import { issueAccessToken } from './access-token.ts'
import { answerJson, answerToken, requestIds, tokenHeaders } from './answers.ts'
import { answerRefused, beginExchange, journal, notFound, tooLarge } from './call.ts'
import type { Call } from './call.ts'
import { runTokenChecks } from './checks.ts'
import { found } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { issuePersonTokens } from './person-tokens.ts'
import { readForm } from './read-form.ts'
import { grantOf } from './request-checks.ts'

/** `/oauth2[/v2.0]/token`: every grant. */
export async function answerTokenRequest(call: Call): Promise<void> {
  const form = await readForm(call.request)
  if (form === undefined) return tooLarge(call, 'token')
  const exchange = beginExchange(call, form)
  if (exchange === undefined) return notFound(call)
  const { refusal, told } = await runTokenChecks(exchange)
  if (refusal !== undefined) {
    return answerRefused(call, refusal, { operation: 'token', form: form.fields, checks: told })
  }
  journal(call, { operation: 'token', status: 200, checks: told })
  const ids = requestIds(call.request, form.fields)
  if (grantOf(exchange) === 'client_credentials') {
    const resource = found(exchange.resource).requestedAs
    return answerToken(call.response, issueAccessToken(exchange), { version: call.version, resource, ids })
  }
  spend(exchange)
  answerJson(call.response, { status: 200, body: issuePersonTokens(exchange), headers: tokenHeaders(ids, 0) })
}

/** Codes are good for one success (RFC 6749 §4.1.2). [K] assumption: a refused redemption does not spend them. */
function spend({ code, device }: Exchange): void {
  if (code !== undefined) code.redeemed = true
  if (device !== undefined) device.answer = 'redeemed'
}
