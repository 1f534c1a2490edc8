import { clientChecks } from './client-checks.ts'
import { credentialChecks } from './credential-checks.ts'
import type { Check, Exchange } from './exchange.ts'
import type { Refusal } from './refusals.ts'
import { requestChecks } from './request-checks.ts'
import { resourceChecks } from './resource-checks.ts'
import { signatureChecks } from './signature-checks.ts'

/**
 * The order in which Entra looks at a token request. [K] assumption: it is not documented, this one agrees with the
 * recorded refusals (protocols §1.7); correct it here.
 */
export const checksInOrder: readonly Check[] = [
  ...requestChecks,
  ...clientChecks,
  ...credentialChecks,
  ...signatureChecks,
  ...resourceChecks,
]

/** Runs the checks up to the first refusal, and tells of each for the journal. */
export async function runChecks(
  exchange: Exchange,
): Promise<{ refusal: Refusal | undefined; told: readonly string[] }> {
  const told: string[] = []
  for (const check of checksInOrder) {
    const refusal = await check.run(exchange)
    const shown = check.shows === undefined ? '' : ` (${check.shows(exchange)})`
    told.push(`${check.name}${shown}: ${refusal === undefined ? 'ok' : `AADSTS${refusal.code}`}`)
    if (refusal !== undefined) return { refusal, told }
  }
  return { refusal: undefined, told }
}
