import { isCode, StepError, stepError } from '../../core/errors.ts'
import type { RegistryClient, RepositoryState } from './registry-client.ts'

/** A repository that a template creates on push is missing until a POST arrives: one dropped POST proves nothing. */
const looksThatProve = 2

/**
 * Begins uploads of one blob. ECR may drop the connection where it should say that the repository does not exist
 * (aws/containers-roadmap #1970), so after a drop it is looked for: missing twice in a row is REGISTRY_REPOSITORY_UNKNOWN. Where nobody
 * can say, the network's error stands.
 */
export function lookingForRepository<T>(client: RegistryClient, start: () => Promise<T>): () => Promise<T> {
  let missed = 0
  return async () => {
    try {
      return await start()
    } catch (error) {
      if (!isCode(error, 'NETWORK_INTERRUPTED') || missed < 0) throw error
      // Seen once, or not to be seen at all, it is not looked for again.
      missed = (await stateOf(client)) === 'missing' ? missed + 1 : -1
      if (missed < looksThatProve) throw error
      const { repository, registry } = client
      throw stepError('REGISTRY_REPOSITORY_UNKNOWN', { repository, registry }, { cause: error })
    }
  }
}

/** Whoever may push may still not be allowed to look: that is no failure of the push. */
async function stateOf(client: RegistryClient): Promise<RepositoryState> {
  try {
    return await client.repositoryState()
  } catch (error) {
    client.signal.throwIfAborted()
    if (error instanceof StepError) return 'unknown'
    throw error
  }
}
