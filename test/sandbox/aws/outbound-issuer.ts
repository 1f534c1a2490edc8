import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { outboundJwks } from './outbound-keys.ts'

const SUFFIX = '.tokens.sts.global.api.aws'
const JWKS_PATH = '/.well-known/jwks.json'

/** The issuer of the tokens that GetWebIdentityToken makes for an account (protocols.md §5.5). */
export const outboundIssuerOf = (id: string): string => `https://${id}${SUFFIX}`

/** As a real one answers, quoted in a public test. */
const discovery = (issuer: string): object => ({
  claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'jti', 'https://sts.amazonaws.com/'],
  id_token_signing_alg_values_supported: ['RS256', 'ES384'],
  issuer,
  jwks_uri: `${issuer}${JWKS_PATH}`,
  subject_types_supported: ['public'],
})

const documentAt = (world: World, id: string, path: string): object | undefined => {
  if (path === '/.well-known/openid-configuration') return discovery(outboundIssuerOf(id))
  return path === JWKS_PATH ? outboundJwks(world, id) : undefined
}

/** Discovery and keys of the accounts that have outbound web identity federation enabled. */
export const createOutboundIssuers = (world: World): StandIn => {
  const idOf = (host: string): string | undefined =>
    world.config.accounts
      .map(({ outboundFederation }) => outboundFederation?.id)
      .find((id) => id !== undefined && host === `${id}${SUFFIX}`)
  return {
    name: 'aws-issuer',
    owns: (host) => idOf(host) !== undefined,
    handle: async (request, response, host) => {
      const path = (request.url ?? '/').replace(/\?.*$/s, '')
      const method = request.method ?? ''
      const found = method === 'GET' || method === 'HEAD' ? documentAt(world, idOf(host) ?? '', path) : undefined
      const status = found === undefined ? 404 : 200
      world.journal.write({ standIn: 'aws-issuer', host, method, path, status })
      response.writeHead(status, { 'content-type': found === undefined ? 'text/plain' : 'application/json' })
      response.end(method === 'HEAD' ? undefined : found === undefined ? 'Not Found\n' : JSON.stringify(found))
    },
  }
}
