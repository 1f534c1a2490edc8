import type { AwsSession } from '../lib/aws/session.ts'
import type { EntraToken } from '../lib/azure/entra-token.ts'
import type { Clock } from '../lib/core/clock.ts'
import { errorRow } from '../lib/core/error-table.ts'
import { asStepError, stepError } from '../lib/core/errors.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import type { Secret } from '../lib/core/secret.ts'
import type { Credentials } from './credentials.ts'
import { reply, replyError, type Handler } from './front.ts'
import type { HandOuts } from './hand-outs.ts'
import type { Refusals } from './refusals.ts'
import { hasExactly, refused } from './request-guard.ts'

/** Paths of the endpoints, as clients are told them. */
export const paths = {
  aws: '/aws/credentials',
  appService: '/azure/token',
  /** Clients of IMDS append it to `AZURE_POD_IDENTITY_AUTHORITY_HOST`. */
  imds: '/metadata/identity/oauth2/token',
} as const

/** What clients of App Service send as `X-IDENTITY-HEADER`. It stands in the pod's YAML: a guard against SSRF, and no secret. */
const identityHeader = 'run-with-identity'

/** What the endpoints work with. */
export type EndpointNeeds = {
  readonly handOuts: HandOuts
  readonly credentials: Credentials
  readonly refusals: Refusals
  readonly clock: Clock
}

/** Azure's side of what is handed out. */
export type AzureOffer = { readonly resources: readonly string[]; readonly clientId: string }

/**
 * AWS's container credentials: `Authorization` is the content of the file that the step was given, byte for byte
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
 */
export function awsEndpoint(authorization: Secret, needs: EndpointNeeds): Handler {
  return guarded(needs, async (request, response) => {
    requireGet(request.method)
    if (!hasExactly(request, 'authorization', authorization.reveal()))
      throw refused('its Authorization is not what the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE holds')
    const exchanged = await needs.credentials.session()
    const place = { file: 'AWS container credentials', entry: `AWS session ${exchanged.value.arn}` }
    await needs.handOuts.give(place, exchanged, async (session) => reply(response, 200, awsAnswer(session)))
  })
}

function awsAnswer(session: AwsSession) {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey.reveal(),
    Token: session.sessionToken.reveal(),
    Expiration: rfc3339(session.expiresAt),
    AccountId: session.accountId,
  }
}

/** The endpoint of managed identities in App Service, version 2019-08-01 (https://learn.microsoft.com/azure/app-service/overview-managed-identity). */
export function appServiceEndpoint(offer: AzureOffer, needs: EndpointNeeds): Handler {
  return guarded(needs, async (request, response, url) => {
    requireGet(request.method)
    if (!hasExactly(request, 'x-identity-header', identityHeader)) throw refused('it lacks the right X-IDENTITY-HEADER')
    if (url.searchParams.get('api-version') !== '2019-08-01') throw refused('its api-version is not 2019-08-01')
    await giveToken(offer, needs, { url, response, file: 'Azure managed identity (App Service)' })
  })
}

/** The endpoint of IMDS (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token). */
export function imdsEndpoint(offer: AzureOffer, needs: EndpointNeeds): Handler {
  return guarded(needs, async (request, response, url) => {
    requireGet(request.method)
    const metadata = request.headersDistinct['metadata'] ?? []
    if (metadata.length !== 1 || metadata[0]?.toLowerCase() !== 'true')
      throw refused('it lacks the header Metadata: true')
    if (!/^20\d\d-\d\d-\d\d$/.test(url.searchParams.get('api-version') ?? '')) throw refused('it has no api-version')
    await giveToken(offer, needs, { url, response, file: 'Azure managed identity (IMDS)' })
  })
}

type TokenRequest = {
  readonly url: URL
  readonly response: Parameters<Handler>[1]
  readonly file: string
}

async function giveToken(
  offer: AzureOffer,
  needs: EndpointNeeds,
  { url, response, file }: TokenRequest,
): Promise<void> {
  const asked = onlyOne(url, 'resource') ?? ''
  const resource = offer.resources.find((one) => plain(one) === plain(asked))
  if (resource === undefined) {
    const allowed = offer.resources.join(' ')
    throw stepError('BROKER_RESOURCE_NOT_ALLOWED', { resource: asked || '(none)', allowed })
  }
  requireOwnIdentity(url, offer)
  const exchanged = await needs.credentials.token(resource)
  const place = { file, entry: `Entra token for ${resource}` }
  const answer = (token: EntraToken) => ({
    ...azureAnswer(token, needs.clock),
    resource: asked,
    client_id: offer.clientId,
  })
  await needs.handOuts.give(place, exchanged, async (token) => reply(response, 200, answer(token)))
}

/** Both ways to say when it ends: some clients read the one, some the other, and all of them texts. */
function azureAnswer({ secret, expiresAt }: EntraToken, clock: Clock) {
  const end = Math.floor(expiresAt / 1000)
  return {
    access_token: secret.reveal(),
    expires_on: String(end),
    expires_in: String(Math.max(0, end - Math.floor(clock.now() / 1000))),
    token_type: 'Bearer',
  }
}

/** There is one identity: who asks for another one must not be served with this one. Throws BROKER_IDENTITY_DIFFERS. */
function requireOwnIdentity(url: URL, { clientId }: AzureOffer): void {
  const own = onlyOne(url, 'client_id')
  if (own !== undefined && own !== '' && own.toLowerCase() !== clientId.toLowerCase()) throw differs(own, clientId)
  for (const name of ['object_id', 'mi_res_id', 'msi_res_id', 'principal_id']) {
    const other = onlyOne(url, name)
    if (other !== undefined && other !== '') throw differs(other, clientId)
  }
}

function differs(asked: string, client: string) {
  return stepError('BROKER_IDENTITY_DIFFERS', { asked, client })
}

/** Throws BROKER_REQUEST_REFUSED. */
function onlyOne(url: URL, name: string): string | undefined {
  const given = url.searchParams.getAll(name)
  if (given.length > 1) throw refused(`its query has ${name} more than once`)
  return given[0]
}

/** A slash at the end makes no other resource: some clients append it. */
function plain(resource: string): string {
  return resource.replace(/\/+$/, '').toLowerCase()
}

function requireGet(method: string | undefined): void {
  if (method !== 'GET') throw refused(`its method is ${method}`)
}

/** Errors as clients treat them rightly: what may come right is asked for again (503), what is refused is not (403). */
function guarded({ handOuts, refusals }: EndpointNeeds, handler: Handler): Handler {
  return async (request, response, url) => {
    try {
      handOuts.requireOpen()
      await handler(request, response, url)
    } catch (error) {
      const { code, message } = asStepError(error)
      refusals.count(message)
      replyError(response, { status: [64, 77].includes(errorRow(code).exit) ? 403 : 503, code, message })
    }
  }
}
