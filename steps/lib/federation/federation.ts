import type { RecordDraft } from '../audit/record.ts'
import { azureCloud, type AzureCloudName } from '../azure/clouds.ts'
import { exchangeForEntraToken, type EntraToken } from '../azure/entra-token.ts'
import type { Patience } from '../core/retry.ts'
import type { HttpClient } from '../http/client.ts'
import { readProjectedToken, type ProjectedToken } from '../token/projected-token.ts'

/** Who a step acts as in Entra, and where its projected token lies. */
export type FederatedIdentity = {
  readonly tenantId: string
  readonly clientId: string
  readonly cloud: AzureCloudName
  readonly tokenPath: string
  readonly tokenAudience: string
}

/** What an exchange needs beside the identity. */
export type FederationServices = {
  readonly http: HttpClient
  readonly patience: Patience
  readonly record: RecordDraft
}

/** The way from the projected token to Entra tokens; each call reads the token file anew, nothing is cached. */
export type Federation = {
  readonly identity: FederatedIdentity
  readonly services: FederationServices
  /** An Entra token for exactly one resource. Throws TOKEN_*, ENTRA_*, NETWORK_*. */
  entraToken(resource: string): Promise<EntraToken>
}

/** Joins the domains: projected token → Entra, each token booked in the record as soon as it is there. */
export function createFederation(identity: FederatedIdentity, services: FederationServices): Federation {
  const { http, patience, record } = services
  return {
    identity,
    services,
    entraToken: async (resource) => {
      const token = await exchangeForEntraToken({
        authority: azureCloud(identity.cloud).authority,
        tenantId: identity.tenantId,
        clientId: identity.clientId,
        resource,
        readAssertion: async () => await readAndRecord(identity, services),
        http,
        patience,
      })
      record.identity({ tenant: token.tenantId, clientId: identity.clientId, objectId: token.objectId })
      record.token('entra', {
        secret: token.secret,
        id: token.id,
        audience: token.audience,
        expiresAt: token.expiresAt,
      })
      record.request('Entra', token.requestId)
      return token
    },
  }
}

async function readAndRecord(
  identity: FederatedIdentity,
  { patience, record }: FederationServices,
): Promise<ProjectedToken> {
  const token = await readProjectedToken({
    path: identity.tokenPath,
    audience: identity.tokenAudience,
    now: () => patience.clock.now(),
  })
  const audience = token.audiences.join(' ')
  record.identity({ issuer: token.issuer, subject: token.subject })
  record.token('projected', { secret: token.secret, id: token.id, audience, expiresAt: token.expiresAt })
  return token
}
