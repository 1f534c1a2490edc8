import type { FederatedCredential } from '../config.ts'
import { entraHosts } from './clouds.ts'
import { found } from './exchange.ts'
import type { Assertion, Check, Exchange } from './exchange.ts'
import { readAssertion } from './read-assertion.ts'
import { refuse } from './refusals.ts'
import type { AadstsCode, Refusal } from './refusals.ts'

/** The assertion against the federated credentials of the client: everything is compared exactly, case and slashes included. */
export const credentialChecks: readonly Check[] = [
  { name: 'assertion is a JWT', run: parseAssertion },
  {
    name: 'assertion is not from Entra',
    run: ({ assertion }) => (isFromEntra(found(assertion).iss) ? refuse(700222) : undefined),
  },
  { name: 'client has federated credentials', run: checkAnyCredential },
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

function parseAssertion(exchange: Exchange): Refusal | undefined {
  const assertion = readAssertion(exchange.form.get('client_assertion') ?? '')
  if (assertion === undefined) return refuse(50027)
  exchange.assertion = assertion
  return undefined
}

function isFromEntra(iss: string): boolean {
  return URL.canParse(iss) && entraHosts.has(new URL(iss).hostname)
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
  return found(exchange.app).federatedCredentials ?? []
}

function withIssuer(exchange: Exchange): readonly FederatedCredential[] {
  const { iss } = found(exchange.assertion)
  return credentials(exchange).filter((credential) => credential.issuer === iss)
}

/** [K] assumption: of a token with several audiences, one that the credential names is enough. */
function withAudience(exchange: Exchange): readonly FederatedCredential[] {
  const { aud } = found(exchange.assertion)
  return withIssuer(exchange).filter((credential) => aud.includes(credential.audiences[0]))
}

function noRecord(exchange: Exchange, code: AadstsCode): Refusal {
  const { iss, sub, aud }: Assertion = found(exchange.assertion)
  return refuse(code, { iss, sub, aud: aud.join(', ') })
}
