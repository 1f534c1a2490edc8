import type { EcrRepository } from '../config.ts'
import { classicEcrHost, ecrRepositoryArn } from '../registry/ecr-hosts.ts'
import type { EcrHost } from '../registry/ecr-hosts.ts'
import {
  addEcrRepository,
  findEcrRepository,
  listEcrRepositories,
  removeEcrRepository,
} from '../registry/ecr-repositories.ts'
import { openHost } from '../registry/state.ts'
import { AwsFault } from './aws-fault.ts'
import { REPOSITORY_NAME, requiredText, textList } from './ecr-input.ts'
import { nextOf, pageOf } from './ecr-paging.ts'
import { readMutability, readNewRepository } from './ecr-repository-input.ts'
import { authorizeRepository, registryOf, repositoryNotFound, requireRepository } from './ecr-target.ts'
import type { JsonObject } from './json-object.ts'
import { authorize } from './json-operation.ts'
import type { JsonOperation } from './json-operation.ts'

const WRITTEN_DOWN_AT = 1_767_225_600

/** A repository as the API shows it. */
const describe = (registry: EcrHost, repository: EcrRepository): JsonObject => ({
  repositoryArn: ecrRepositoryArn(registry, repository.name),
  registryId: registry.account,
  repositoryName: repository.name,
  repositoryUri: `${classicEcrHost(registry)}/${repository.name}`,
  createdAt: repository.createdAt ?? WRITTEN_DOWN_AT,
  imageTagMutability: repository.imageTagMutability ?? 'MUTABLE',
  ...(repository.imageTagMutabilityExclusionFilters === undefined
    ? {}
    : { imageTagMutabilityExclusionFilters: repository.imageTagMutabilityExclusionFilters }),
  imageScanningConfiguration: { scanOnPush: repository.scanOnPush ?? false },
  encryptionConfiguration: repository.encryptionConfiguration ?? { encryptionType: 'AES256' },
})

/** Without names it lists the registry, page by page; each name is authorized on its own before anything is looked up. */
export const describeRepositories: JsonOperation = (world, call) => {
  const names = textList(call.input, 'repositoryNames', REPOSITORY_NAME)
  const registry = registryOf(call)
  for (const name of names.length > 0 ? names : ['*'])
    authorizeRepository(world, call, { action: 'ecr:DescribeRepositories', registry, name })
  const here = listEcrRepositories(world, registry)
  const missing = names.find((name) => !here.some((repository) => repository.name === name))
  if (missing !== undefined) throw repositoryNotFound(registry, missing)
  const wanted = names.length > 0 ? here.filter(({ name }) => names.includes(name)) : here
  // API reference: names and paging do not go together, so that named repositories always come at once.
  const page = names.length > 0 ? { items: wanted } : pageOf(call.input, wanted)
  return { repositories: page.items.map((repository) => describe(registry, repository)), ...nextOf(page) }
}

/** Makes a repository in the caller's own registry; tags need a permission of their own. */
export const createRepository: JsonOperation = (world, call) => {
  const registry = registryOf(call)
  const made = readNewRepository(call.input, call.region)
  const tags = Object.entries(made.tags ?? {})
  const resource = ecrRepositoryArn(registry, made.name)
  const keys = {
    'aws:TagKeys': tags.map(([key]) => key),
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  }
  for (const action of ['ecr:CreateRepository', ...(tags.length > 0 ? ['ecr:TagResource'] : [])])
    authorize(world, call, { action, resource, keys })
  if (findEcrRepository(world, { ...registry, name: made.name }) !== undefined)
    throw new AwsFault(
      'RepositoryAlreadyExistsException',
      `The repository with name '${made.name}' already exists in the registry with id '${registry.account}'`,
    )
  const repository = { ...made, createdAt: Math.floor(world.clock.now() / 1000) }
  addEcrRepository(world, registry, repository)
  return { repository: describe(registry, repository) }
}

/** Deletes a repository; one with images only by force. */
export const deleteRepository: JsonOperation = (world, call) => {
  const { registry, name, repository, content } = requireRepository(world, call, 'ecr:DeleteRepository')
  if (call.input['force'] !== true && content.manifests.size > 0)
    throw new AwsFault(
      'RepositoryNotEmptyException',
      `The repository with name '${name}' in registry with id '${registry.account}' cannot be deleted because it still contains images`,
    )
  removeEcrRepository(world, registry, name)
  openHost(world, classicEcrHost(registry)).repositories.delete(name)
  return { repository: describe(registry, repository) }
}

/** Changes which tags may move. */
export const putImageTagMutability: JsonOperation = (world, call) => {
  requiredText(call.input, 'imageTagMutability')
  const { registry, name, repository } = requireRepository(world, call, 'ecr:PutImageTagMutability')
  const mutability = readMutability(call.input)
  const { imageTagMutabilityExclusionFilters: _before, ...kept } = repository
  addEcrRepository(world, registry, { ...kept, ...mutability })
  return { registryId: registry.account, repositoryName: name, ...mutability }
}
