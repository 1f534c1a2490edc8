import { suggestion } from '../nearest-name.ts'
import { registryContents } from '../registry/registry-contents.ts'
import type { RegistryContents } from '../registry/registry-contents.ts'
import type { Sandbox } from '../sandbox.ts'
import { RequestFault } from './request-fault.ts'
import type { ClockRequest } from './requests.ts'

/** What the clouds hold, and what of it a query asks for; a repository that is not there is none. */
export function repositories({ world }: Pick<Sandbox, 'world'>, query: URLSearchParams): readonly RegistryContents[] {
  const [host, repository] = [query.get('host'), query.get('repository')]
  const all = registryContents(world)
  const hosts = all.map((one) => one.host)
  if (host !== null && !hosts.includes(host))
    throw new RequestFault(404, [`host: there is no registry "${host}"; ${suggestion(host, hosts)}`])
  return all
    .filter((one) => host === null || one.host === host)
    .map((one) => ({
      ...one,
      repositories: one.repositories.filter(({ name }) => repository === null || name === repository),
    }))
}

/** Moves the clouds' clock and says what it shows. */
export function moveClock(sandbox: Pick<Sandbox, 'world'>, { advanceSeconds }: ClockRequest): { readonly now: string } {
  sandbox.world.clock.advance(advanceSeconds * 1000)
  return clock(sandbox)
}

/** What the clouds' clock shows. */
export function clock({ world }: Pick<Sandbox, 'world'>): { readonly now: string } {
  return { now: new Date(world.clock.now()).toISOString() }
}

/** What stand-ins threw, with its place: each is a bug of the sandbox. */
export function crashes(sandbox: Pick<Sandbox, 'crashes'>): readonly string[] {
  return sandbox.crashes.map((crash) => (crash instanceof Error ? (crash.stack ?? crash.message) : String(crash)))
}
