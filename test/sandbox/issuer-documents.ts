import { ApiServerFailure, askApiServer } from './api-server.ts'
import type { ApiServer, ClusterIssuer } from './config-issuer.ts'
import { publicJwk } from './signing-keys.ts'
import type { World } from './world.ts'

/** One thing that an issuer publishes. `read` throws `ApiServerFailure` where a real API server has it and does not give it. */
export type IssuerDocument = { readonly contentType: string; readonly read: () => Promise<string> }

const CONFIGURATION_PATH = '/.well-known/openid-configuration'
const KEYS_PATH = '/openid/v1/jwks'

/** OpenID Connect Discovery 1.0 §4: a slash at the end of the issuer is dropped before `/.well-known` is appended. */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}${CONFIGURATION_PATH}`
}

/** Where an issuer's keys are, under the issuer's own host. */
function keysUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}${KEYS_PATH}`
}

/** Every document by its URL. Of two issuers that differ in the last slash only the first one is published, as in the world. */
export function issuerDocuments(world: World): ReadonlyMap<string, IssuerDocument> {
  return new Map(world.config.issuers.toReversed().flatMap((issuer) => documentsOf(world, issuer)))
}

function documentsOf(world: World, issuer: ClusterIssuer): [string, IssuerDocument][] {
  const { apiServer, url } = issuer
  const [configuration, keys] =
    apiServer === undefined
      ? [async () => ownConfiguration(url), async () => ownKeys(world, url)]
      : [() => askConfiguration(apiServer, url), () => askKeys(apiServer)]
  return [
    [discoveryUrl(url), { contentType: 'application/json', read: configuration }],
    [keysUrl(url), { contentType: 'application/jwk-set+json', read: keys }],
  ]
}

/** As the API server's service-account issuer discovery answers (kubernetes pkg/serviceaccount/openidmetadata.go). */
function ownConfiguration(url: string): string {
  return JSON.stringify({
    issuer: url,
    jwks_uri: keysUrl(url),
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  })
}

function ownKeys(world: World, url: string): string {
  return JSON.stringify({ keys: world.keys.published(`issuer:${url}`).map(publicJwk) })
}

/**
 * What the API server says, `issuer` included: where it is not the configured one, verifiers refuse it as they would the real one. Only
 * `jwks_uri` is another: kind, k3s and others name an address of the node there, which the clouds reach neither in the world nor here.
 */
async function askConfiguration(apiServer: ApiServer, url: string): Promise<string> {
  const said = asObject(await askApiServer(apiServer, CONFIGURATION_PATH))
  return JSON.stringify({ ...said, jwks_uri: keysUrl(url) })
}

async function askKeys(apiServer: ApiServer): Promise<string> {
  return JSON.stringify(asObject(await askApiServer(apiServer, KEYS_PATH)))
}

function asObject(text: string): object {
  const value = parsed(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new ApiServerFailure('the API server gave no JSON object')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
