import type { Assertion } from '../azure/assertion.ts'
import { azureCloud, type AzureCloudName } from '../azure/clouds.ts'
import { exchangeForEntraToken, type EntraToken } from '../azure/entra-token.ts'
import { bindingAudience, type BindingVariables } from '../azure/identity-binding.ts'
import { isCode, spelled, StepError } from '../core/errors.ts'
import type { ProjectedToken } from '../token/projected-token.ts'
import { asOfBinding, bindingWay, type EntraWay } from './binding-way.ts'
import { readAndRecord, type FederationServices, type TokenFile } from './read-token.ts'

/**
 * How the pod proves to Entra who it is: by its projected token, by the identity binding of its AKS cluster, or by a token that AWS gives
 * for a role. Each is chosen; none takes the place of another that fails.
 */
export type EntraProof =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'identity-binding'; readonly variables: BindingVariables }
  | { readonly kind: 'aws'; readonly open: () => Promise<() => Promise<Assertion>> }

/** Who a step acts as in Entra, and where its projected token lies. */
export type FederatedIdentity = {
  readonly tenantId: string
  readonly clientId: string
  readonly cloud: AzureCloudName
  readonly tokenPath: string
  readonly tokenAudience: string
  /** The pod's own token for AWS, for targets that are reached without Entra. */
  readonly awsToken?: TokenFile | undefined
  /** By the projected token where it is absent. */
  readonly proof?: EntraProof | undefined
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
  const { patience, record, spelling } = services
  const way = proofOf(identity, services)
  return {
    identity,
    services,
    entraToken: async (resource) => {
      const token = await exchangeForEntraToken({
        authority: azureCloud(identity.cloud).authority,
        tenantId: identity.tenantId,
        clientId: identity.clientId,
        resource,
        ...way,
        patience,
      }).catch((error: unknown) => {
        throw spelled(identity.proof?.kind === 'identity-binding' ? asOfBinding(error) : error, spelling)
      })
      record.identity({
        azureIdentity: identity.proof?.kind ?? 'cluster',
        tenant: token.tenantId,
        clientId: identity.clientId,
        objectId: token.objectId,
      })
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

/** What shows Entra who asks, read anew for each attempt, and the way it takes. */
function proofOf(identity: FederatedIdentity, services: FederationServices): EntraWay {
  const { http } = services
  const { proof, cloud, tokenPath: path, tokenAudience } = identity
  if (proof?.kind === 'identity-binding') {
    const { authority } = azureCloud(cloud)
    return bindingWay({ path, authority, variables: proof.variables }, services)
  }
  if (proof?.kind !== 'aws') {
    return { http, readAssertion: async () => await readForEntra({ path, audience: tokenAudience }, services) }
  }
  let opened: ReturnType<typeof proof.open> | undefined
  return { http, readAssertion: async () => await (await (opened ??= proof.open()))() }
}

/** A token for identity bindings must not be seen by Entra, which could do nothing with it. */
async function readForEntra(file: TokenFile, services: FederationServices): Promise<ProjectedToken> {
  return await readAndRecord(file, services).catch((error: unknown) => {
    if (!isCode(error, 'TOKEN_AUDIENCE_MISMATCH') || error.values['token audience'] !== bindingAudience) throw error
    throw new StepError('TOKEN_OF_IDENTITY_BINDING', error.values, {})
  })
}
