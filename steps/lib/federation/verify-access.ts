import type { AzureCloudName } from '../azure/clouds.ts'
import { retry, type Patience } from '../core/retry.ts'
import type { Secret } from '../core/secret.ts'
import type { HttpClient } from '../http/client.ts'
import type { EntraTokenRules } from '../token/entra-token-rules.ts'
import type { VerifiedEntraToken } from '../token/verify-entra-token.ts'
import { refusal } from './access-refusal.ts'
import { createEntraVerifier } from './entra-verifier.ts'

/** What a token must be to let somebody through, and whose keys verify it. */
export type AccessCheck = {
  readonly cloud: AzureCloudName
  readonly tenantId: string
  /** The API that decides, as messages name it. */
  readonly resource: string
  readonly rules: Omit<EntraTokenRules, 'tenantId'>
  readonly http: HttpClient
  readonly patience: Patience
}

/** Verifies an access token for an API of one's own. Throws ACCESS_*. Keys that could not be had are looked up again, by a verifier that has not failed yet. */
export async function verifyAccess(token: Secret, check: AccessCheck): Promise<VerifiedEntraToken> {
  const { cloud, tenantId, resource, rules, http, patience } = check
  return await retry(patience, async () => {
    const verdict = await createEntraVerifier({ cloud, tenantId, http, clock: patience.clock }).verify(token, rules)
    if ('faults' in verdict) throw refusal(verdict.faults, resource)
    return verdict.token
  })
}
