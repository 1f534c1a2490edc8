import { clientChecks } from './client-checks.ts'
import { parseAssertion } from './credential-checks.ts'
import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'
import { clientCredentialsForm, requestChecks } from './request-checks.ts'
import { resourceChecks } from './resource-checks.ts'
import { signatureChecks } from './signature-checks.ts'

/** Audience of the tokens that AKS' webhook projects for identity bindings (protocols §1.6). */
const BINDING_AUDIENCE = 'api://AKSIdentityBinding'

/**
 * What the token proxy of AKS asks of a request, in the place of federated credentials. [K] assumption: its refusals; the
 * sandbox gives those of Entra that say the same.
 */
export const aksChecks: readonly Check[] = [
  ...requestChecks,
  { name: 'grant is client_credentials', run: checkGrant },
  ...clientCredentialsForm,
  ...clientChecks,
  { name: 'client is a managed identity', run: checkKind },
  { name: 'assertion is a JWT', run: parseAssertion },
  { name: 'audience', shows: ({ assertion }) => found(assertion).aud.join(' '), run: checkAudience },
  { name: 'identity binding', shows: ({ assertion }) => found(assertion).sub, run: checkBinding },
  ...signatureChecks,
  ...resourceChecks,
]

function checkGrant({ form }: Exchange): Refusal | undefined {
  const grant = form.get('grant_type') ?? ''
  return grant === 'client_credentials' ? undefined : refuse(70003, { grant })
}

function checkKind({ app }: Exchange): Refusal | undefined {
  const { clientId, displayName, kind } = found(app)
  return kind === 'managed-identity' ? undefined : refuse(70025, { client: clientId, name: displayName })
}

function checkAudience(exchange: Exchange): Refusal | undefined {
  const { iss, sub, aud } = found(exchange.assertion)
  return aud.includes(BINDING_AUDIENCE) ? undefined : refuse(700212, { iss, sub, aud: aud.join(', ') })
}

function checkBinding(exchange: Exchange): Refusal | undefined {
  const { iss, sub, aud } = found(exchange.assertion)
  const bindings = exchange.world.config.identityBindings ?? []
  const ofCluster = bindings.filter(
    ({ issuer, tenantId, clientId }) =>
      issuer === iss && tenantId === found(exchange.tenant).id && clientId === found(exchange.app).clientId,
  )
  const values = { iss, sub, aud: aud.join(', ') }
  if (ofCluster.length === 0) return refuse(700211, values)
  return ofCluster.some(({ subjects }) => subjects.includes(sub)) ? undefined : refuse(700213, values)
}
