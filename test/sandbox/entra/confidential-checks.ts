import { credentialChecks } from './credential-checks.ts'
import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { signatureChecks } from './signature-checks.ts'

/** How a client proves itself when it redeems what a person was given: by assertion, or not at all if it is public. */
export const confidentialChecks: readonly Check[] = [
  { name: 'client credential as the app is registered', run: checkPresence },
  ...[...credentialChecks, ...signatureChecks].map((check) => ({
    ...check,
    applies: (exchange: Exchange) => !isPublic(exchange) && check.applies?.(exchange) !== false,
  })),
]

/** Whether the client of the request has no credential by its registration. */
export function isPublic(exchange: Exchange): boolean {
  return found(exchange.registration).app.allowPublicClient === true
}

function checkPresence(exchange: Exchange): Refusal | undefined {
  const { form } = exchange
  const isGiven = form.has('client_assertion') || form.has('client_secret')
  if (isPublic(exchange)) return isGiven ? refuse(700025) : undefined
  if (!isGiven) return refuse(7000218)
  return form.has('client_assertion') ? undefined : refuse(7000215, { client: form.get('client_id') ?? '' })
}
