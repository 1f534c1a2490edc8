import type { AwsAccount } from '../config.ts'
import type { World } from '../world.ts'
import type { Trace } from './aws-fault.ts'
import { decodeJwt } from './jwt-parts.ts'
import type { JsonObject } from './json-object.ts'
import { refusal } from './sts-errors.ts'
import { signatureHolds, TOKEN_ALGORITHMS } from './token-algorithms.ts'
import { checkTimes, readClaims } from './token-claims.ts'
import type { TokenClaims } from './token-claims.ts'
import { fetchKeys, selectKey } from './token-keys.ts'

/** A token whose signature, issuer, audience and times STS accepts. */
export type VerifiedToken = { readonly claims: TokenClaims; readonly payload: JsonObject }

const checkProvider = (account: AwsAccount | undefined, claims: TokenClaims, trace: Trace): void => {
  const provider = account?.oidcProviders.find(({ url }) => url === claims.iss)
  trace.checks.push(`provider for iss ${claims.iss}: ${provider === undefined ? 'none in the account' : 'found'}`)
  if (provider === undefined) throw refusal('notValidated')
  const registered = provider.clientIds.includes(claims.audience)
  trace.checks.push(`audience ${claims.audience} in the provider's client IDs: ${registered ? 'yes' : 'no'}`)
  if (!registered) throw refusal('notValidated')
}

/**
 * Verifies a web identity token as STS was recorded to. [K] assumption: the order among form, times, provider and
 * signature; each refusal alone is recorded.
 */
export const verifyToken = async (
  world: World,
  account: AwsAccount | undefined,
  token: { readonly text: string; readonly trace: Trace },
): Promise<VerifiedToken> => {
  const { trace } = token
  const parts = decodeJwt(token.text)
  const algorithm = TOKEN_ALGORITHMS.get(parts.header['alg'])
  trace.checks.push(`token: JWT, algorithm ${algorithm === undefined ? 'not supported' : String(parts.header['alg'])}`)
  if (algorithm === undefined) throw refusal('notAJwt') // [K] assumption: the text for `none` and HMAC was not recorded.
  const claims = readClaims(parts.claims)
  checkTimes(claims, world.clock.now())
  trace.checks.push('claims: complete, times within 300 s')
  checkProvider(account, claims, trace)
  const selected = selectKey(await fetchKeys(world, claims.iss), parts.header, algorithm.kty)
  trace.checks.push('key of the issuer: found')
  const proven = !selected.hasKeyOps && signatureHolds(parts, algorithm, selected.key)
  trace.checks.push(`signature: ${proven ? 'proven' : 'not proven'}`)
  if (!proven) throw refusal('notValidated')
  return { claims, payload: parts.claims }
}
