import { isAwsHost, serviceHost } from '../lib/aws/partitions.ts'
import { signRequest } from '../lib/aws/sign-request.ts'
import type { AwsSession } from '../lib/aws/session.ts'
import type { AzureCloudName } from '../lib/azure/clouds.ts'
import type { EntraToken } from '../lib/azure/entra-token.ts'
import { isTableResource, resourceOfHost } from '../lib/azure/resource-hosts.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import { stepError } from '../lib/core/errors.ts'
import { bearer } from '../lib/http/bearer.ts'
import { sharedAwsSessions } from '../lib/federation/aws-session.ts'
import { expiring, type Expiring } from '../lib/federation/expiring.ts'
import type { Actor } from '../lib/step/open-actor.ts'
import type { IdentityUse } from '../lib/federation/identity-inputs.ts'
import type { Mask } from './mask.ts'
import { hostUnknown, sendForScript, type Ticket } from './send.ts'
import type { Ask, WireAnswer, WireCredentials } from './wire.ts'

type Needs = {
  readonly actor: Actor
  readonly use: IdentityUse
  readonly cloud: AzureCloudName
  readonly mask: Mask
  /** Told of everything that the script itself is given. */
  readonly handedOver: (entry: string, expiresAt: number) => void
}

type Request = Extract<Ask, { kind: 'fetch' }>['request']
type Send = (request: Request, ticket: (headers: Ticket['headers']) => Promise<Ticket>) => Promise<WireAnswer>

/** What a script can ask for. */
export type Clouds = {
  /** Throws SCRIPT_HOST_UNKNOWN, SCRIPT_CLOUD_CLOSED, TOKEN_*, ENTRA_*, AWS_*, NETWORK_*. */
  answer(ask: Ask): Promise<WireAnswer | WireCredentials | string>
  token(resource: string): Promise<EntraToken>
  session(): Promise<AwsSession>
}

/** The clouds as one run opens them to its script. Tokens stay in our process, but for those that the script asks for by name. */
export function openClouds(needs: Needs): Clouds {
  const { actor } = needs
  const { services } = actor.federation
  const token = tokensOf(needs)
  const session = sessionOf(needs)
  const send: Send = async (request, ticket) =>
    await sendForScript(request, { http: services.http, patience: services.patience, ticket })
  return {
    token,
    session,
    answer: async (ask) => {
      if (ask.kind === 'fetch') return await send(ask.request, async (headers) => ({ headers }))
      if (ask.kind === 'azure.fetch') {
        const resource = resourceFor(ask, needs.cloud)
        return await send(ask.request, async (headers) => {
          const authorization = bearer((await token(resource)).secret)
          return { headers: withoutAuthorization(headers), authorization }
        })
      }
      if (ask.kind === 'azure.token') {
        const { secret, expiresAt } = await token(ask.resource)
        needs.handedOver(`Entra token for ${ask.resource}`, expiresAt)
        return secret.reveal()
      }
      if (ask.kind === 'aws.fetch')
        return await fetchFromAws(ask, { session, send, now: () => services.patience.clock.now() })
      const held = await session()
      needs.handedOver(`AWS session ${held.arn}`, held.expiresAt)
      return credentialsOf(held)
    },
  }
}

function tokensOf({ actor, use, mask }: Needs): Clouds['token'] {
  const held = new Map<string, Expiring<EntraToken>>()
  return async (resource) => {
    if (!use.entra) throw stepError('SCRIPT_CLOUD_CLOSED', { cloud: 'azure' })
    const known = held.get(resource)
    if (known !== undefined) return await known.current()
    const { federation } = actor
    const made = expiring(federation.services.patience.clock, async () => {
      const token = await federation.entraToken(resource)
      mask.add(token.secret)
      return token
    })
    held.set(resource, made)
    return await made.current()
  }
}

function sessionOf({ actor, use, mask }: Needs): Clouds['session'] {
  const sessions = sharedAwsSessions(actor.federation)
  return async () => {
    if (!use.aws || actor.target === undefined) throw stepError('SCRIPT_CLOUD_CLOSED', { cloud: 'aws' })
    const session = await sessions(actor.target).current()
    for (const secret of [session.secretAccessKey, session.sessionToken]) mask.add(secret)
    return session
  }
}

function resourceFor({ request, resource }: Extract<Ask, { kind: 'azure.fetch' }>, cloud: AzureCloudName): string {
  const url = new URL(request.url)
  const own = resourceOfHost(url.host, cloud)
  if (resource !== undefined && own === undefined && isTableResource(resource, cloud))
    throw hostUnknown(url, `tokens for ${resource} go to its own hosts alone`)
  const known = resource ?? own
  if (known !== undefined) return known
  throw hostUnknown(url, `no Entra resource is known for it in ${cloud}`)
}

type AwsWay = {
  readonly session: Clouds['session']
  readonly send: Send
  readonly now: () => number
}

async function fetchFromAws(ask: Extract<Ask, { kind: 'aws.fetch' }>, way: AwsWay): Promise<WireAnswer> {
  const { service, request } = ask
  const region = ask.region ?? (await way.session()).region
  // What a script gives is the rest of the address where it names no host.
  const url = new URL(request.url, `https://${serviceHost(service, region)}`)
  if (!isAwsHost(url.host)) throw hostUnknown(url, 'it is no host of AWS')
  return await way.send({ ...request, url: url.href }, async (headers) => {
    const { method, body } = request
    const session = await way.session()
    const unsigned = { service, region, method, url, body, session, now: way.now() }
    return signRequest({ ...unsigned, headers: withoutAuthorization(headers) })
  })
}

function withoutAuthorization({ authorization: _ours, ...headers }: Ticket['headers']): Ticket['headers'] {
  return headers
}

function credentialsOf(session: AwsSession): WireCredentials {
  return {
    accessKeyId: session.accessKeyId,
    secretAccessKey: session.secretAccessKey.reveal(),
    sessionToken: session.sessionToken.reveal(),
    expiration: rfc3339(session.expiresAt),
    region: session.region,
  }
}
