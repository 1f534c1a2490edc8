import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClusterIssuer } from './config.ts'
import { publicJwk } from './signing-keys.ts'
import type { StandIn } from './stand-in.ts'
import type { World } from './world.ts'

type Document = { readonly contentType: string; readonly body: object }

/** The API servers' (or their public mirrors') OpenID discovery and JWKS, one per configured issuer URL. */
export function createIssuers(world: World): StandIn {
  const hosts = (): string[] => world.config.issuers.map((issuer) => new URL(issuer.url).hostname)
  return {
    name: 'issuer',
    owns: (host) => hosts().includes(host),
    handle: async (request, response, host) => answer(world, { request, response, host }),
  }
}

/** OpenID Connect Discovery 1.0 §4: a slash at the end of the issuer is dropped before `/.well-known` is appended. */
export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

function answer(
  world: World,
  { request, response, host }: { request: IncomingMessage; response: ServerResponse; host: string },
): void {
  const path = (request.url ?? '').replace(/\?.*$/s, '')
  const method = request.method ?? ''
  const document = method === 'GET' || method === 'HEAD' ? documents(world).get(`https://${host}${path}`) : undefined
  const status = document === undefined ? 404 : 200
  world.journal.write({ standIn: 'issuer', host, method, path, status })
  if (document === undefined)
    return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n')
  response.writeHead(200, { 'content-type': document.contentType, 'cache-control': 'public, max-age=3600' })
  response.end(method === 'HEAD' ? undefined : JSON.stringify(document.body))
}

/** Every document by its URL. Of two issuers that differ in the last slash only the first one is published, as in the world. */
function documents(world: World): Map<string, Document> {
  return new Map(world.config.issuers.toReversed().flatMap((issuer) => documentsOf(world, issuer)))
}

/** As the API server's service-account issuer discovery answers (kubernetes pkg/serviceaccount/openidmetadata.go). */
function documentsOf(world: World, issuer: ClusterIssuer): [string, Document][] {
  const jwksUri = `${issuer.url.replace(/\/$/, '')}/openid/v1/jwks`
  const configuration = {
    issuer: issuer.url,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
  const keys = { keys: world.keys.published(`issuer:${issuer.url}`).map(publicJwk) }
  return [
    [discoveryUrl(issuer.url), { contentType: 'application/json', body: configuration }],
    [jwksUri, { contentType: 'application/jwk-set+json', body: keys }],
  ]
}
