import type { RepositoryTag } from '../aws/created-repository.ts'
import type { RepositorySettings } from '../aws/ecr-repository.ts'
import type { ParamsValues } from '../step/define-step.ts'
import type { Log } from '../step/log.ts'
import type { Opened } from './access.ts'
import type { repositoryParams } from './repository-params.ts'

/** How a repository is set up that this step creates. */
type RepositoryInputs = ParamsValues<typeof repositoryParams>

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

function settingsOf(inputs: RepositoryInputs): RepositorySettings {
  return {
    // Left out when it is not wanted: the registry's own scanning rules decide then.
    scanOnPush: inputs['repository-scan'] ? true : undefined,
    immutableTags: inputs['repository-immutable-tags'],
    encryption: encryptionOf(inputs['repository-encryption']),
    tags: inputs['repository-tags'].map(tagOf),
  }
}

function encryptionOf(text: string | undefined): RepositorySettings['encryption'] {
  return text === undefined || text === 'AES256' ? text : { kmsKey: text }
}

/** The first `=` parts key and value; a value may hold more of them. */
function tagOf(text: string): RepositoryTag {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}
