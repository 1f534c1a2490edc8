import type { FederatedCredential } from '../config.ts'
import { isOfApiServer } from '../mint-token.ts'
import { cloudOf, entraHosts, issuerOf } from './clouds.ts'
import { found } from './exchange.ts'
import type { Assertion, Check, Exchange } from './exchange.ts'
import { readAssertion } from './read-assertion.ts'
import { refuse } from './refusals.ts'
import type { AadstsCode, Refusal } from './refusals.ts'
import { TOKEN_EXCHANGE_APP, TOKEN_EXCHANGE_URI } from './resources.ts'

/** The assertion against the federated credentials of the client: everything is compared exactly, case and slashes included. */
export const credentialChecks: readonly Check[] = [
  { name: 'assertion is a JWT', run: parseAssertion },
  {
    name: 'assertion of Entra',
    applies: ({ assertion }) => isFromEntra(found(assertion).iss),
    run: checkEntraAssertion,
  },
  { name: 'client has federated credentials', run: checkAnyCredential },
  {
    name: 'tenant policy',
    applies: ({ registration }) => found(registration).app.kind !== 'managed-identity',
    run: checkPolicy,
  },
  { name: 'credential has reached this node', run: checkPropagation },
  {
    name: 'issuer',
    shows: ({ assertion }) => found(assertion).iss,
    run: (exchange) => (withIssuer(exchange).length > 0 ? undefined : noRecord(exchange, 700211)),
  },
  {
    name: 'audience',
    shows: ({ assertion }) => found(assertion).aud.join(' '),
    run: (exchange) => (withAudience(exchange).length > 0 ? undefined : noRecord(exchange, 700212)),
  },
  { name: 'subject', shows: ({ assertion }) => found(assertion).sub, run: checkSubject },
]

/** Reads the assertion, without verifying it. */
export function parseAssertion(exchange: Exchange): Refusal | undefined {
  const token = exchange.form.get('client_assertion') ?? ''
  const assertion = readAssertion(token)
  if (assertion === undefined) return refuse(50027)
  // Nobody booked it when it was made: a real cluster's tokens are secrets that only come by.
  if (isOfApiServer(exchange.world.config, assertion.iss)) exchange.world.minted.add(token)
  exchange.assertion = assertion
  return undefined
}

function isFromEntra(iss: string): boolean {
  return URL.canParse(iss) && entraHosts.has(new URL(iss).hostname)
}

/** Of Entra's own tokens, only those of managed identities of the same tenant may be traded (protocols §1.4). */
function checkEntraAssertion(exchange: Exchange): Refusal | undefined {
  if (withIssuer(exchange).length === 0) return refuse(700222)
  const { tenant } = found(exchange.registration)
  const { iss, jwt } = found(exchange.assertion)
  if (iss !== issuerOf(cloudOf(tenant), tenant.id, 2)) return refuse(700236, { iss })
  if (jwt.claims['scp'] !== undefined) return refuse(700229)
  const sender = tenant.apps.find(({ servicePrincipalId }) => servicePrincipalId === jwt.claims['oid'])
  return sender?.kind === 'managed-identity' ? undefined : refuse(700226)
}

function checkPolicy(exchange: Exchange): Refusal | undefined {
  const { id, federationPolicy } = found(exchange.registration).tenant
  const { iss } = found(exchange.assertion)
  if (federationPolicy?.disabled === true) return refuse(700223, { tenant: id })
  const isAllowed = federationPolicy?.allowedIssuers?.includes(iss) ?? true
  return isAllowed ? undefined : refuse(700238, { tenant: id, iss })
}

function checkAnyCredential(exchange: Exchange): Refusal | undefined {
  const { clientId, displayName } = found(exchange.app)
  return credentials(exchange).length > 0 ? undefined : refuse(70025, { client: clientId, name: displayName })
}

/** Credentials take minutes to reach all nodes; until then some answer as if there were none (protocols §1.4). */
function checkPropagation(exchange: Exchange): Refusal | undefined {
  const { propagation } = exchange
  if (propagation === undefined) return undefined
  const { clientId, displayName } = found(exchange.app)
  return propagation === 70025
    ? refuse(70025, { client: clientId, name: displayName })
    : noRecord(exchange, propagation)
}

/** A subject that differs only in case has its own number since 2025. */
function checkSubject(exchange: Exchange): Refusal | undefined {
  const { sub } = found(exchange.assertion)
  const subjects = withAudience(exchange).map((credential) => credential.subject)
  if (subjects.includes(sub)) return undefined
  const differsInCase = subjects.some((subject) => subject.toLowerCase() === sub.toLowerCase())
  return noRecord(exchange, differsInCase ? 7002138 : 700213)
}

function credentials(exchange: Exchange): readonly FederatedCredential[] {
  return found(exchange.registration).app.federatedCredentials ?? []
}

function withIssuer(exchange: Exchange): readonly FederatedCredential[] {
  const { iss } = found(exchange.assertion)
  return credentials(exchange).filter((credential) => credential.issuer === iss)
}

/** [K] assumption: of a token with several audiences, one that the credential names is enough. */
function withAudience(exchange: Exchange): readonly FederatedCredential[] {
  const { iss, aud } = found(exchange.assertion)
  const names = isFromEntra(iss) ? aud.map((name) => (name === TOKEN_EXCHANGE_APP ? TOKEN_EXCHANGE_URI : name)) : aud
  return withIssuer(exchange).filter((credential) => names.includes(credential.audiences[0]))
}

function noRecord(exchange: Exchange, code: AadstsCode): Refusal {
  const { iss, sub, aud }: Assertion = found(exchange.assertion)
  return refuse(code, { iss, sub, aud: aud.join(', ') })
}
