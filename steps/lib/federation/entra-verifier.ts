import { azureCloud, v1IssuerHost, type AzureCloudName } from '../azure/clouds.ts'
import type { Clock } from '../core/clock.ts'
import type { Secret } from '../core/secret.ts'
import type { HttpClient } from '../http/client.ts'
import { createEntraKeys } from '../token/entra-keys.ts'
import type { EntraTokenRules } from '../token/entra-token-rules.ts'
import { verifyEntraToken, type EntraIssuer, type EntraVerdict } from '../token/verify-entra-token.ts'

/** Verifies tokens of one tenant; keeps the tenant's keys in between. */
export type EntraVerifier = {
  verify(token: Secret, rules: Omit<EntraTokenRules, 'tenantId'>): Promise<EntraVerdict>
}

export type EntraVerifierOptions = {
  readonly cloud: AzureCloudName
  readonly tenantId: string
  readonly http: HttpClient
  readonly clock: Pick<Clock, 'now'>
}

/** Makes the verifier of a tenant: its issuers and the addresses of its keys follow from cloud and tenant alone. */
export function createEntraVerifier({ cloud, tenantId, http, clock }: EntraVerifierOptions): EntraVerifier {
  const { authority } = azureCloud(cloud)
  // Entra spells tenants in lower case, in `iss` as elsewhere.
  const tenant = tenantId.toLowerCase()
  const now = () => clock.now()
  const v2 = `${authority}/${tenant}/v2.0`
  const keysAt = (path: string) =>
    createEntraKeys({ url: new URL(`${authority}/${tenant}/${path}`), issuer: v2, http, now })
  const issuers: readonly EntraIssuer[] = [
    { version: 1, issuer: `https://${v1IssuerHost(cloud)}/${tenant}/`, keys: keysAt('discovery/keys') },
    { version: 2, issuer: v2, keys: keysAt('discovery/v2.0/keys') },
  ]
  return {
    verify: async (token, rules) => {
      const { audiences } = rules
      // Of a version that has no audience here nothing is looked up.
      const used = issuers.filter(({ version }) => (version === 1 ? audiences.v1 : audiences.v2).length > 0)
      return await verifyEntraToken(token, { rules: { ...rules, tenantId: tenant }, issuers: used, now: now() })
    },
  }
}
