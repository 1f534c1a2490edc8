import type { EcrRepository } from '../config.ts'
import { classicEcrHost, ecrRepositoryArn } from '../registry/ecr-hosts.ts'
import type { EcrHost } from '../registry/ecr-hosts.ts'
import { findEcrRepository } from '../registry/ecr-repositories.ts'
import { openRepository } from '../registry/repository.ts'
import type { Repository } from '../registry/repository.ts'
import { openHost } from '../registry/state.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import { ACCOUNT_ID, optionalText, REPOSITORY_NAME, requiredText } from './ecr-input.ts'
import { authorize } from './json-operation.ts'
import type { JsonCall } from './json-operation.ts'
import type { JsonObject } from './json-object.ts'
import type { RequestKeys } from './session-context.ts'

/** The registry that a call means: its own account's unless it names another. */
export const registryOf = (call: JsonCall): EcrHost => ({
  account: optionalText(call.input, 'registryId', ACCOUNT_ID) ?? call.session.accountId,
  region: call.region,
})

/** A repository that a call means, in its two halves: what the API knows of it, and what was pushed to it. */
export type RepositoryTarget = {
  readonly registry: EcrHost
  readonly name: string
  readonly repository: EcrRepository
  readonly content: Repository
}

/** Condition keys of a repository. */
export const repositoryKeys = (repository: EcrRepository | undefined): RequestKeys =>
  Object.fromEntries(
    Object.entries(repository?.tags ?? {}).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`ecr:ResourceTag/${key}`, value],
    ]),
  )

/** Refuses unless caller and repository policy allow the action on the repository of that name, whether it exists or not. */
export const authorizeRepository = (
  world: World,
  call: JsonCall,
  asked: { readonly action: string; readonly registry: EcrHost; readonly name: string },
): void => {
  const { action, registry, name } = asked
  const repository = findEcrRepository(world, { ...registry, name })
  authorize(world, call, {
    action,
    resource: ecrRepositoryArn(registry, name),
    keys: repositoryKeys(repository),
    ...(repository?.policy === undefined ? {} : { resourcePolicy: repository.policy }),
  })
}

/** The refusal of a repository that is not there (protocols.md §6). */
export const repositoryNotFound = ({ account }: EcrHost, name: string): AwsFault =>
  new AwsFault(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  )

/** What was pushed to a repository, by the registry's own name: its FIPS and dual-stack hosts lead to the same. */
export const contentOf = (world: World, registry: EcrHost, name: string): Repository =>
  openRepository(openHost(world, classicEcrHost(registry)), name)

/** The repository of the input, once the caller may do the action on it. */
export const requireRepository = (world: World, call: JsonCall, action: string): RepositoryTarget => {
  const registry = registryOf(call)
  const name = requiredText(call.input, 'repositoryName', REPOSITORY_NAME)
  authorizeRepository(world, call, { action, registry, name })
  const repository = findEcrRepository(world, { ...registry, name })
  if (repository === undefined) throw repositoryNotFound(registry, name)
  return { registry, name, repository, content: contentOf(world, registry, name) }
}

/** The two members with which most answers say what they are about. */
export const named = ({ registry, name }: RepositoryTarget): JsonObject => ({
  registryId: registry.account,
  repositoryName: name,
})
