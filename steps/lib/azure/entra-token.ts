import { ClientAssertionCredential } from '@azure/identity'
import { audiencesOf, decodeToken, textClaim, timeClaim } from '../core/jwt.ts'
import { stepError } from '../core/errors.ts'
import { guid } from '../core/guid.ts'
import { retry, type Patience } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import type { HttpClient } from '../http/client.ts'
import type { Assertion } from './assertion.ts'
import { entraError, type EntraRequest } from './entra-error.ts'
import { observeTransport } from './entra-http.ts'

/** An access token that Entra gave for exactly one resource, decoded for choosing and recording (its API verifies it). */
export type EntraToken = {
  readonly secret: Secret
  /** Entra's trace id for the exchange. */
  readonly requestId: string
  readonly issuer: string
  /** `aud`: the resource as Entra names it in this token's version. */
  readonly audience: string
  /** `azp` of a v2 token, `''` in v1: what AWS compares as audience where it is there. */
  readonly authorizedParty: string
  readonly subject: string
  readonly objectId: string
  readonly tenantId: string
  readonly kid: string
  /** `uti`: the key of Entra's sign-in log. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

export type EntraExchange = EntraRequest & {
  readonly readAssertion: () => Promise<Assertion>
  readonly http: HttpClient
  readonly patience: Patience
}

/**
 * Exchanges the projected token for an Entra token (RFC 7523 client assertion, client_credentials grant). Each attempt is a new
 * credential that reads the token file anew: MSAL would otherwise answer a second try from its cache, with another error.
 * Throws TOKEN_*, ENTRA_*, NETWORK_*.
 */
export async function exchangeForEntraToken(exchange: EntraExchange): Promise<EntraToken> {
  const token = await retry(exchange.patience, () => exchangeOnce(exchange)).catch((error: unknown) => {
    throw error instanceof AssertionFailure ? error.cause : error
  })
  if (guid.test(exchange.tenantId) && token.tenantId.toLowerCase() !== exchange.tenantId.toLowerCase()) {
    throw stepError('ENTRA_TENANT_DIFFERS', { 'asked tenant': exchange.tenantId, 'answered tenant': token.tenantId })
  }
  return token
}

/** A failure to get the assertion on its way through `retry`, which must not retry what was retried already. */
class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure'
}

async function exchangeOnce(exchange: EntraExchange): Promise<EntraToken> {
  // Read before the SDK is called, so that a bad token is our own clear error and Entra is never asked.
  const assertion = await exchange.readAssertion().catch((cause: unknown) => {
    throw new AssertionFailure('no assertion for Entra', { cause })
  })
  const transport = observeTransport(exchange.http, exchange.patience.signal)
  const credential = new ClientAssertionCredential(
    exchange.tenantId,
    exchange.clientId,
    async () => assertion.secret.reveal(),
    {
      authorityHost: exchange.authority,
      disableInstanceDiscovery: true,
      retryOptions: { maxRetries: 0 },
      httpClient: transport.client,
    },
  )
  try {
    // A resource that ends in a slash keeps it: Entra puts it into `aud` as it was asked (scope `https://…//.default`).
    const scope = `${exchange.resource}/.default`
    const { token } = await credential.getToken(scope, { abortSignal: exchange.patience.signal })
    const answer = transport.lastAnswer()
    // The SDK takes a token out of an answer of any status, a redirect among them.
    if (answer !== undefined && answer.status !== 200) throw new TypeError('a token in an answer that is no success')
    return decodeEntraToken(new Secret(token), answer?.headers['x-ms-request-id'] ?? '')
  } catch (error) {
    const answer = transport.lastAnswer()
    // Also of an answer that names a token and is none (`{"access_token":""}`): what the SDK makes of it tells nothing.
    if (answer !== undefined) {
      throw entraError(exchange, assertion, answer, exchange.patience.clock.now())
    }
    throw transport.lastFailure() ?? error
  }
}

function decodeEntraToken(secret: Secret, requestId: string): EntraToken {
  const decoded = decodeToken(secret.reveal())
  const claims = decoded?.claims ?? {}
  return {
    secret,
    requestId,
    issuer: textClaim(claims, 'iss'),
    audience: audiencesOf(claims).join(' '),
    authorizedParty: textClaim(claims, 'azp'),
    subject: textClaim(claims, 'sub'),
    objectId: textClaim(claims, 'oid'),
    tenantId: textClaim(claims, 'tid'),
    kid: textClaim(decoded?.header ?? {}, 'kid'),
    id: textClaim(claims, 'uti'),
    expiresAt: timeClaim(claims, 'exp') ?? 0,
  }
}
