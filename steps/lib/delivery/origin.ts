import { parsePublicRepository } from '../aws/ecr-host.ts'
import type { AzureCloudName } from '../azure/clouds.ts'
import type { Fault } from '../core/errors.ts'
import type { IdentityUse } from '../federation/identity-inputs.ts'
import { classifyRegistryHost, supportedHosts, type RegistryHost } from '../federation/registry-host.ts'
import { parseReference, type Reference } from '../oci/reference.ts'
import { useOf } from './identity-use.ts'

/** As whom a registry is read: as the identity, or as nobody. */
export type OriginAccess = 'identity' | 'anonymous'

/** One image on a registry that is read. */
export type Origin = {
  /** `host/repository` as registries spell it. */
  readonly name: string
  readonly repository: string
  /** `undefined` for a registry that no identity of ours can get into. */
  readonly registry: RegistryHost | undefined
  /** What an identity is needed for to read it; `undefined`: it is read as nobody. */
  readonly use: IdentityUse | undefined
  /** Where its API answers; for Docker Hub that is another host than its name. */
  readonly origin: URL
  /** Its tag; its digest, where that is given. */
  readonly reference: string
  readonly tag: string | undefined
  /** The whole reference as registries spell it. */
  readonly url: string
}

type Reading = {
  readonly param: string
  /** The param that chooses `access`. */
  readonly accessParam: string
  readonly access: OriginAccess
  readonly cloud: AzureCloudName
  readonly faults: Fault[]
}

/** Docker Hub's names in references, and where its API is (distribution/reference, `docker.io`). */
const dockerHub: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io'])
const dockerHubApi = 'registry-1.docker.io'

/** Reads a reference to an image that is there; its faults are added to `faults`, and it is undefined then. */
export function readOrigin(text: string, reading: Reading): Origin | undefined {
  const { param, access, cloud, faults } = reading
  const parsed = parseReference(text)
  if ('fault' in parsed) {
    faults.push({ param: `${param} (${parsed.fault.part})`, got: parsed.fault.got, expected: parsed.fault.expected })
    return undefined
  }
  const { host, tag, digest } = parsed
  const reference = digest ?? tag
  const registry = classifyRegistryHost(host, cloud)
  const found = [...referenceFaults(parsed, reading), ...hostFaults(parsed, registry, reading)]
  faults.push(...found)
  if (found.length > 0 || reference === undefined) return undefined
  const isHub = dockerHub.has(host)
  const repository = isHub && !parsed.repository.includes('/') ? `library/${parsed.repository}` : parsed.repository
  const name = `${host}/${repository}`
  const url = `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
  const origin = new URL(`https://${isHub ? dockerHubApi : host}`)
  const use = access === 'anonymous' || registry === undefined ? undefined : useOf([registry])
  return { name, repository, registry, use, origin, reference, tag, url }
}

function referenceFaults({ tag, digest, host, repository }: Reference, { param }: Reading): Fault[] {
  if (tag === undefined && digest === undefined) {
    const expected = 'a :tag or an @digest at its end: none is assumed'
    return [{ param, got: `${host}/${repository}`, expected }]
  }
  if (digest?.startsWith('sha512:') === true)
    return [{ param: `${param} (digest)`, got: digest, expected: 'a sha256 digest, because ECR and ACR know no other' }]
  return []
}

/** Nothing is guessed: neither is a credential sent to a host that is none of ours, nor is one left out where it was not said. */
function hostFaults(
  { host, repository }: Reference,
  registry: RegistryHost | undefined,
  { param, accessParam, access, cloud }: Reading,
): Fault[] {
  if (access === 'anonymous' && registry?.kind === 'ecr') {
    const expected = `identity: ${host} is a private ECR registry, which lets nobody in without a credential`
    return [{ param: accessParam, got: access, expected }]
  }
  if (access === 'identity' && registry === undefined) {
    const expected = `${supportedHosts(cloud)}; or ${accessParam} to be anonymous, for a registry that is open to all`
    return [{ param: `${param} (host)`, got: host, expected }]
  }
  if (registry?.kind === 'ecr-public' && parsePublicRepository(repository) === undefined)
    return [{ param: `${param} (repository)`, got: repository, expected: '<alias>/<repository> on ECR Public' }]
  return []
}
