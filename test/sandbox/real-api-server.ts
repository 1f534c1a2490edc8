import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { signJwt } from './jws.ts'
import { createPki } from './pki.ts'
import { createSigningKeys, publicJwk } from './signing-keys.ts'

/** What an API server answers, as tests change it while it runs. */
export type ServerAnswers = {
  /** What it calls itself. */
  issuer: string
  /** Bearer tokens that it takes; everybody's requests when absent. */
  tokens?: readonly string[]
  /** Answered to everything, in the place of documents. */
  status?: number
  /** Said in the place of the discovery document. */
  configuration?: string
}

/** An API server on loopback that stands for a real cluster's: TLS of its own CA, keys of its own. */
export type RealApiServer = AsyncDisposable & {
  readonly url: string
  readonly caPem: string
  readonly answers: ServerAnswers
  /** Paths and `Authorization` of all that it was asked. */
  readonly asked: readonly { readonly path: string; readonly authorization: string | undefined }[]
  /** A token as its TokenRequest gives it. */
  readonly signToken: (claims?: Readonly<Record<string, unknown>>) => string
}

/** Starts one for this issuer. */
export async function startRealApiServer(issuer: string): Promise<RealApiServer> {
  const pki = await createPki()
  const key = createSigningKeys().of(`a real API server of ${issuer}`)
  const answers: ServerAnswers = { issuer }
  const asked: RealApiServer['asked'][number][] = []
  const credentials = { cert: await pki.leafPem('localhost'), key: await pki.leafKeyPem('localhost') }
  const server = createServer(credentials, (request, response) => {
    const { authorization, accept = '*/*' } = request.headers
    asked.push({ path: request.url ?? '', authorization })
    const isAllowed = answers.tokens?.includes(authorization?.replace('Bearer ', '') ?? '') ?? true
    // Nothing but its own type: the keys are no application/json.
    const type = request.url === '/openid/v1/jwks' ? 'application/jwk-set+json' : 'application/json'
    const isTaken = /\*\/\*/.test(accept) || accept.includes(type)
    const status = answers.status ?? (isAllowed ? (isTaken ? 200 : 406) : 401)
    const documents: Readonly<Record<string, string>> = {
      // As kind has it: the node's address, which nobody outside of the cluster's network reaches.
      '/.well-known/openid-configuration':
        answers.configuration ??
        JSON.stringify({ issuer: answers.issuer, jwks_uri: 'https://172.18.0.2:6443/openid/v1/jwks' }),
      '/openid/v1/jwks': JSON.stringify({ keys: [publicJwk(key)] }),
    }
    const document = documents[request.url ?? '']
    response.writeHead(document === undefined ? 404 : status).end(status === 200 ? document : '{"kind":"Status"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    caPem: pki.caPem,
    answers,
    asked,
    signToken: (claims) => signJwt(key.privateKey, { alg: 'RS256', kid: key.kid }, { ...claimsOf(issuer), ...claims }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function claimsOf(iss: string): Record<string, unknown> {
  const iat = Math.floor(Date.now() / 1000)
  const [aud, sub] = [['api://AzureADTokenExchange'], 'system:serviceaccount:ci:builder']
  return { iss, sub, aud, iat, nbf: iat, exp: iat + 3600 }
}
