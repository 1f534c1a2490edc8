import { clientChecks } from './client-checks.ts'
import { codeChecks, refreshChecks } from './code-checks.ts'
import { confidentialChecks } from './confidential-checks.ts'
import { credentialChecks } from './credential-checks.ts'
import { deviceChecks } from './device-code.ts'
import type { Check, Exchange } from './exchange.ts'
import type { Refusal } from './refusals.ts'
import { loopCheck } from './loop-detection.ts'
import { personChecks } from './person-checks.ts'
import { clientCredentialsForm, codeForm, deviceForm, grantOf, refreshForm, requestChecks } from './request-checks.ts'
import type { Grant } from './request-checks.ts'
import { resourceChecks } from './resource-checks.ts'
import { sharedTenantCheck } from './shared-tenant.ts'
import { signatureChecks } from './signature-checks.ts'

/**
 * The order in which Entra looks at a token request, by grant, after the rules for the form. [K] assumption: it is not
 * documented, this one agrees with the recorded refusals (protocols §1.7); correct it here.
 */
const checksOfGrant: Readonly<Record<Grant, readonly Check[]>> = {
  client_credentials: [
    ...clientCredentialsForm,
    ...clientChecks,
    loopCheck,
    ...credentialChecks,
    ...signatureChecks,
    ...resourceChecks,
  ],
  authorization_code: [
    ...codeForm,
    sharedTenantCheck,
    ...clientChecks,
    ...confidentialChecks,
    ...codeChecks,
    ...personChecks,
  ],
  refresh_token: [
    ...refreshForm,
    sharedTenantCheck,
    ...clientChecks,
    ...confidentialChecks,
    ...refreshChecks,
    ...personChecks,
  ],
  'urn:ietf:params:oauth:grant-type:device_code': [
    ...deviceForm,
    sharedTenantCheck,
    ...clientChecks,
    ...deviceChecks,
    ...personChecks,
  ],
}

/** Runs the checks of a token request up to the first refusal, and tells of each for the journal. */
export async function runTokenChecks(exchange: Exchange): Promise<Checked> {
  const general = await runChecks(exchange, requestChecks)
  if (general.refusal !== undefined) return general
  const { refusal, told } = await runChecks(exchange, checksOfGrant[grantOf(exchange)])
  return { refusal, told: [...general.told, ...told] }
}

/** What the checks came to. */
export type Checked = { readonly refusal: Refusal | undefined; readonly told: readonly string[] }

/** Runs checks up to the first refusal. */
export async function runChecks(exchange: Exchange, checks: readonly Check[]): Promise<Checked> {
  const told: string[] = []
  for (const check of checks) {
    if (check.applies?.(exchange) === false) continue
    const refusal = await check.run(exchange)
    const shown = check.shows === undefined ? '' : ` (${check.shows(exchange)})`
    told.push(`${check.name}${shown}: ${refusal === undefined ? 'ok' : `AADSTS${refusal.code}`}`)
    if (refusal !== undefined) return { refusal, told }
  }
  return { refusal: undefined, told }
}
