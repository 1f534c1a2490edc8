import { containerRegistryResource } from '../lib/azure/clouds.ts'
import { readAssignmentRequired, readCredentials, type GraphReader } from '../lib/azure/graph.ts'
import { isTableResource } from '../lib/azure/resource-hosts.ts'
import { microsoftGraph } from '../lib/azure/resource-manager.ts'
import type { EntraToken } from '../lib/azure/entra-token.ts'
import { decodeToken, textClaim } from '../lib/core/jwt.ts'
import type { Federation } from '../lib/federation/federation.ts'
import type { EntraFindings, ExchangeFinding, GivenToken } from '../lib/trust/findings.ts'
import { findingOf } from './probe-tokens.ts'

/** Which exchanges are tried, and of whose resources an assignment decides. */
export type EntraProbe = {
  readonly resources: readonly string[]
  readonly kind: EntraFindings['proof']
}

/**
 * Tries the exchange for each resource and decodes what it gives; then reads from Microsoft Graph what the identity may read there. A refusal
 * is a finding.
 */
export async function probeEntra(federation: Federation, { resources, kind }: EntraProbe): Promise<EntraFindings> {
  const { tenantId, clientId, cloud } = federation.identity
  // One after the other, so that a client that is refused is refused once for each, and Entra sees no loop.
  const graph = await probeExchange(federation, microsoftGraph(cloud))
  const exchanges: ExchangeFinding[] = []
  for (const resource of resources) {
    const { finding } = await probeExchange(federation, resource)
    const isOwn = !isTableResource(resource, cloud) && resource !== containerRegistryResource
    const assignmentRequired =
      isOwn && graph.token !== undefined
        ? await readAssignmentRequired(readerOf(federation, graph.token), resource)
        : undefined
    exchanges.push({ ...finding, isOwn, assignmentRequired })
  }
  const credentials =
    graph.token === undefined
      ? { unseen: 'there is no token for Microsoft Graph to read them with' }
      : await readCredentials(readerOf(federation, graph.token), clientId)
  // Where nothing was asked for, the token for Graph says whether the identity is trusted at all.
  const all = exchanges.length > 0 ? exchanges : [{ ...graph.finding, isOwn: false }]
  return { tenantId, clientId, cloud, proof: kind, exchanges: all, credentials }
}

type Probed = { readonly finding: Pick<ExchangeFinding, 'resource' | 'result'>; readonly token?: EntraToken }

async function probeExchange(federation: Federation, resource: string): Promise<Probed> {
  try {
    const token = await federation.entraToken(resource)
    return { finding: { resource, result: { got: givenToken(token) } }, token }
  } catch (error) {
    const { signal } = federation.services.patience
    return { finding: { resource, result: { error: findingOf(error, signal) } } }
  }
}

function readerOf({ identity, services }: Federation, { secret }: EntraToken): GraphReader {
  return { cloud: identity.cloud, token: secret, http: services.http, signal: services.patience.signal }
}

function givenToken(token: EntraToken): GivenToken {
  const claims = decodeToken(token.secret.reveal())?.claims ?? {}
  const { issuer, audience, authorizedParty, subject, objectId, tenantId, expiresAt } = token
  const { roles } = claims
  return {
    issuer,
    audience,
    authorizedParty,
    subject,
    objectId,
    tenantId,
    expiresAt,
    version: textClaim(claims, 'ver'),
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
  }
}
