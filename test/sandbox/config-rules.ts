import { showPath } from './config-schema/json-schema.ts'
import type { JsonPath, PathFault } from './config-schema/json-schema.ts'
import type { EntraApp, FederatedCredential, SandboxConfig, Tenant } from './config.ts'

const MAX_CREDENTIALS = 20
const MAX_FIELD_LENGTH = 600
const CREDENTIAL_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/

/**
 * Throws when the clouds would never hold this state, so that no test passes on trust that nobody could set up. Limits of
 * federated credentials: protocols §1.4. All faults at once.
 */
export function refuseImpossibleState(config: SandboxConfig): void {
  const faults = impossibleState(config)
  if (faults.length > 0) throw new Error(`the sandbox cannot start with this state:\n- ${faults.join('\n- ')}`)
}

/** The same as texts; one that begins with a path, such as `tenants[0].apps[1].clientId: `, is found again in its file. */
export function impossibleState(config: SandboxConfig): readonly string[] {
  return pathFaults(config).map(({ path, text }) => `${showPath(path)}: ${text}`)
}

function pathFaults(config: SandboxConfig): readonly PathFault[] {
  return [
    ...config.issuers.flatMap((issuer, index) => under(['issuers', index, 'url'], issuerFaults(issuer.url))),
    ...config.tenants.flatMap((tenant, index) => under(['tenants', index], tenantFaults(tenant))),
  ]
}

function under(path: JsonPath, faults: readonly PathFault[]): readonly PathFault[] {
  return faults.map((fault) => ({ ...fault, path: [...path, ...fault.path] }))
}

/** Clouds ask an issuer over HTTPS at its default port: OpenID Connect Discovery §3 allows no query and no fragment. */
function issuerFaults(url: string): readonly PathFault[] {
  const isUsable = URL.canParse(url) && /^https:\/\/[^:?#@]+$/.test(url)
  return isUsable ? [] : [{ path: [], text: `${url} is not an https URL without port, query and fragment` }]
}

function tenantFaults({ apps }: Tenant): readonly PathFault[] {
  const ids = apps.map((app) => app.clientId.toLowerCase())
  const uris = apps.flatMap((app, index) => (app.identifierUris ?? []).map((uri) => ({ uri, index })))
  return [
    ...repeats(ids).map((at) => ({ path: ['apps', at, 'clientId'], text: `two apps have the client id ${ids[at]}` })),
    ...repeats(uris.map(({ uri }) => uri)).map((at) => ({
      path: ['apps', uris[at]?.index ?? 0, 'identifierUris'],
      text: `two apps have the identifier URI ${uris[at]?.uri}`,
    })),
    ...apps.flatMap((app, index) => under(['apps', index, 'federatedCredentials'], credentialFaults(app))),
  ]
}

function credentialFaults(app: EntraApp): readonly PathFault[] {
  const credentials = app.federatedCredentials ?? []
  const names = credentials.map(({ name }) => name)
  const pairs = credentials.map(({ issuer, subject }) => `${issuer} ${subject}`)
  const tooMany = credentials.length > MAX_CREDENTIALS
  return [
    ...(tooMany ? [{ path: [], text: `more than ${MAX_CREDENTIALS} federated credentials` }] : []),
    ...repeats(names).map((at) => ({ path: [at, 'name'], text: `two federated credentials named ${names[at]}` })),
    ...repeats(pairs).map((at) => ({ path: [at], text: `two federated credentials for ${pairs[at]}` })),
    ...credentials.flatMap((credential, index) => under([index], fieldFaults(credential))),
  ]
}

function fieldFaults(credential: FederatedCredential): readonly PathFault[] {
  const { name, issuer, subject, audiences } = credential
  const named = CREDENTIAL_NAME.test(name) ? [] : [{ path: ['name'], text: `the name ${name} is not allowed` }]
  const fields: readonly (readonly [JsonPath, string])[] = [
    [['issuer'], issuer],
    [['subject'], subject],
    [['audiences', 0], audiences[0]],
  ]
  const badLength = fields.filter(([, field]) => field === '' || field.length > MAX_FIELD_LENGTH)
  return [...named, ...badLength.map(([path]) => ({ path, text: `empty or longer than ${MAX_FIELD_LENGTH}` }))]
}

/** Indexes of the values that stood there before. */
function repeats(values: readonly string[]): readonly number[] {
  return values.flatMap((value, index) => (values.indexOf(value) === index ? [] : [index]))
}
