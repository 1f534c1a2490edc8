import { resourceHosts } from '../lib/azure/resource-hosts.ts'
import { rfc3339 } from '../lib/core/instant.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import type { Credentials } from './credentials.ts'
import { brokeredClouds } from './inputs.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>

/** One thing that is handed out. */
export type Offer = { readonly what: string; readonly text: string }

/**
 * Obtains everything that is handed out, once: what Entra or STS would refuse is refused before the command starts. Says whose it is, how long it lives, and
 * where it is of use. Throws ACCESS_*, TOKEN_*, ENTRA_*, AWS_*, NETWORK_*.
 */
export async function offer(inputs: Inputs, { session, token }: Credentials): Promise<readonly Offer[]> {
  const { azure, aws } = brokeredClouds(inputs)
  const tokenOffer = async (resource: string): Promise<Offer> => {
    const { value } = await token(resource)
    const hosts = hostsOf(resource, inputs['azure-cloud'])
    const places = hosts.length === 0 ? 'the hosts of that API' : hosts.join(', ')
    return {
      what: resource,
      text: `Azure: tokens for ${resource}, as ${value.objectId}, now until ${rfc3339(value.expiresAt)}; for ${places}`,
    }
  }
  const sessionOffer = async (): Promise<Offer> => {
    const { value } = await session()
    const narrowed = inputs['aws-session-policy'] !== undefined || inputs['aws-session-policy-arns'].length > 0
    const text = `AWS: sessions of ${value.arn}${narrowed ? ', narrowed by a session policy' : ''}, now until ${rfc3339(value.expiresAt)}; for all hosts of AWS`
    return { what: value.arn, text }
  }
  const tokens = azure ? inputs['azure-resources'].map(tokenOffer) : []
  return await Promise.all([...(aws ? [sessionOffer()] : []), ...tokens])
}

/** Hosts at which tokens for a resource are of use, as far as they are known. */
function hostsOf(resource: string, cloud: Inputs['azure-cloud']): readonly string[] {
  const plain = (text: string) => text.replace(/\/+$/, '').toLowerCase()
  return resourceHosts(cloud)
    .filter(([, known]) => plain(known) === plain(resource))
    .map(([host]) => (host.startsWith('.') ? `*${host}` : host))
}
