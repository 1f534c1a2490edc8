import { createHash, randomUUID } from 'node:crypto'
import type { SandboxConfig } from './config.ts'
import { signJwt } from './jws.ts'
import type { World } from './world.ts'

/** What a projected service-account token says. */
export type MintTokenOptions = {
  /** `iss` exactly; the first configured issuer when absent. */
  readonly issuer?: string
  readonly namespace: string
  readonly serviceAccount: string
  /** `aud` is always a list of exactly this; `api://AzureADTokenExchange` when absent. */
  readonly audience?: string
  readonly pod?: { readonly name: string; readonly uid: string }
  /** Seconds from now; may be negative. Default 3600. */
  readonly expiresInSeconds?: number
  /** NumericDate (seconds since the epoch); now when absent. */
  readonly notBefore?: number
  /** Laid over the claims; a claim that is `undefined` here is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  /**
   * `right`: a key of the issuer's JWKS. `other`: a key that the JWKS does not have, under its own `kid`.
   * `forged`: that other key under the right key's `kid`.
   */
  readonly key?: 'right' | 'other' | 'forged'
}

const DEFAULT_AUDIENCE = 'api://AzureADTokenExchange'

/** Mints a token as the kubelet projects it into a pod, and books it as a secret. */
export function mintToken(world: World, options: MintTokenOptions): string {
  const fault = mintingFault(world.config, options)
  if (fault !== undefined) throw new Error(fault)
  const issuer = issuerOf(world.config, options) ?? ''
  const right = world.keys.of(`issuer:${issuer}`)
  const signer = (options.key ?? 'right') === 'right' ? right : world.keys.of(`not published by ${issuer}`)
  const kid = options.key === 'other' ? signer.kid : right.kid
  const claims = { ...kubernetesClaims(world, issuer, options), ...options.claims }
  const token = signJwt(signer.privateKey, { alg: 'RS256', kid }, claims)
  world.minted.add(token)
  return token
}

/** Why no token of this issuer can be minted; undefined when it can. */
export function mintingFault(
  config: Pick<SandboxConfig, 'issuers'>,
  options: Pick<MintTokenOptions, 'issuer'>,
): string | undefined {
  const issuer = issuerOf(config, options)
  if (issuer === undefined) return 'the sandbox has no issuer to mint a token of'
  if (!isOfApiServer(config, issuer)) return undefined
  return `tokens of ${issuer} are signed by its API server alone: take one from there (kubectl create token)`
}

/** Whether a real API server signs the tokens of this issuer. */
export function isOfApiServer({ issuers }: Pick<SandboxConfig, 'issuers'>, issuer: string): boolean {
  return issuers.some(({ url, apiServer }) => url === issuer && apiServer !== undefined)
}

function issuerOf(
  { issuers }: Pick<SandboxConfig, 'issuers'>,
  { issuer }: Pick<MintTokenOptions, 'issuer'>,
): string | undefined {
  return issuer ?? issuers[0]?.url
}

/** Claims as the API server's TokenRequest gives them for a pod-bound token. */
function kubernetesClaims(world: World, issuer: string, options: MintTokenOptions): Record<string, unknown> {
  const { namespace, serviceAccount } = options
  const now = Math.floor(world.clock.now() / 1000)
  return {
    aud: [options.audience ?? DEFAULT_AUDIENCE],
    exp: now + (options.expiresInSeconds ?? 3600),
    iat: now,
    iss: issuer,
    jti: randomUUID(),
    'kubernetes.io': {
      namespace,
      node: { name: 'sandbox-node', uid: uidOf('node/sandbox-node') },
      pod: options.pod ?? { name: `${serviceAccount}-pod`, uid: randomUUID() },
      serviceaccount: { name: serviceAccount, uid: uidOf(`${issuer} ${namespace}/${serviceAccount}`) },
    },
    nbf: options.notBefore ?? now,
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
  }
}

/** The same object has the same uid in every token. */
function uidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
