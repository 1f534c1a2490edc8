import type { Log } from '../lib/step/log.ts'
import type { Opened } from './access.ts'

/** How a repository is set up that this step creates. */
export type RepositoryInputs = {
  readonly 'repository-scan': boolean
  readonly 'repository-immutable-tags': boolean
  readonly 'repository-encryption': string | undefined
  readonly 'repository-tags': readonly string[]
}

/**
 * Creates the repositories that are missing; on ACR a push does that by itself. One after the other: when the second cannot be created, nothing
 * has been pushed to the first. Throws ECR_*, AWS_*.
 */
export async function createMissingRepositories(
  opened: readonly Opened[],
  inputs: RepositoryInputs,
  log: Log,
): Promise<void> {
  for (const { access, destination } of opened) {
    if (access.kind === 'acr' || (await access.repositoryState()) !== 'missing') continue
    const outcome = await access.createRepository(settingsOf(inputs))
    if (outcome === 'created') log.line('created', `the repository ${destination.name}`)
  }
}

function settingsOf(inputs: RepositoryInputs) {
  const encryption = inputs['repository-encryption']
  return {
    // Left out when it is not wanted: the registry's own scanning rules decide then.
    scanOnPush: inputs['repository-scan'] ? true : undefined,
    immutableTags: inputs['repository-immutable-tags'],
    encryption: encryption === undefined || encryption === 'AES256' ? encryption : { kmsKey: encryption },
    tags: inputs['repository-tags'].map(tagOf),
  }
}

/** The first `=` parts key and value; a value may hold more of them. */
function tagOf(text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}
