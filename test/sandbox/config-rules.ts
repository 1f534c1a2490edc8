import { accountFaults } from './aws/account-rules.ts'
import type { EntraApp, FederatedCredential, SandboxConfig, Tenant } from './config.ts'
import { registryFaults } from './registry/registry-rules.ts'

const MAX_CREDENTIALS = 20
const MAX_FIELD_LENGTH = 600
const CREDENTIAL_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/

/**
 * Throws when the clouds would never hold this state, so that no test passes on trust that nobody could set up. Limits of
 * federated credentials: protocols §1.4. All faults at once.
 */
export function refuseImpossibleState(config: SandboxConfig): void {
  const faults = [
    ...config.issuers.flatMap((issuer) => issuerFaults(issuer.url)),
    ...config.tenants.flatMap((tenant) => tenantFaults(tenant)),
    ...registryFaults(config),
    ...config.accounts.flatMap((account) => accountFaults(account)),
  ]
  if (faults.length > 0) throw new Error(`the sandbox cannot start with this state:\n- ${faults.join('\n- ')}`)
}

/** Clouds ask an issuer over HTTPS at its default port: OpenID Connect Discovery §3 allows no query and no fragment. */
function issuerFaults(url: string): readonly string[] {
  const isUsable = URL.canParse(url) && /^https:\/\/[^:?#@]+$/.test(url)
  return isUsable ? [] : [`issuer ${url}: not an https URL without port, query and fragment`]
}

function tenantFaults(tenant: Tenant): readonly string[] {
  const ids = tenant.apps.map((app) => app.clientId.toLowerCase())
  const uris = tenant.apps.flatMap((app) => app.identifierUris ?? [])
  return [
    ...repeated(ids).map((id) => `tenant ${tenant.id}: two apps have the client id ${id}`),
    ...repeated(uris).map((uri) => `tenant ${tenant.id}: two apps have the identifier URI ${uri}`),
    ...tenant.apps.flatMap(credentialFaults),
  ]
}

function credentialFaults(app: EntraApp): readonly string[] {
  const credentials = app.federatedCredentials ?? []
  const pairs = credentials.map(({ issuer, subject }) => `${issuer} ${subject}`)
  const tooMany = credentials.length > MAX_CREDENTIALS ? [`more than ${MAX_CREDENTIALS} federated credentials`] : []
  return [
    ...tooMany,
    ...repeated(credentials.map(({ name }) => name)).map((name) => `two federated credentials named ${name}`),
    ...repeated(pairs).map((pair) => `two federated credentials for ${pair}`),
    ...credentials.flatMap(fieldFaults),
  ].map((fault) => `app ${app.displayName}: ${fault}`)
}

function fieldFaults(credential: FederatedCredential): readonly string[] {
  const { name, issuer, subject, audiences } = credential
  const named = CREDENTIAL_NAME.test(name) ? [] : [`the federated credential's name ${name} is not allowed`]
  const tooLong = [issuer, subject, audiences[0]].some((field) => field === '' || field.length > MAX_FIELD_LENGTH)
  return tooLong ? [...named, `a field of ${name} is empty or longer than ${MAX_FIELD_LENGTH}`] : named
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
