import { openDestinations } from '../lib/delivery/access.ts'
import { provePush } from '../lib/delivery/rehearse.ts'
import type { IdentityUse } from '../lib/federation/identity-inputs.ts'
import type { Actor } from '../lib/step/open-actor.ts'
import type { PushFinding } from '../lib/trust/findings.ts'
import type { Place } from './inputs.ts'
import { findingOf } from './probe-tokens.ts'

/** Whether a push would be let in, repository by repository, as far as the registries show it. Nothing is left there. */
export async function probePushes(
  actor: Actor,
  { places, use }: { readonly places: readonly Place[]; readonly use: IdentityUse },
): Promise<readonly PushFinding[]> {
  const destinations = places.map((place) => ({ ...place, tags: [] }))
  const [first, ...others] = destinations
  if (first === undefined) return []
  const opened = await openDestinations({ all: [first, ...others], use }, actor)
  const { signal } = actor.federation.services.patience
  const findings: PushFinding[] = []
  for (const one of opened) {
    const { name, registry, repository } = one.destination
    try {
      await provePush(one)
      findings.push({ name, registry, repository, result: { got: 'allowed' } })
    } catch (error) {
      findings.push({ name, registry, repository, result: { error: findingOf(error, signal) } })
    }
  }
  return findings
}
