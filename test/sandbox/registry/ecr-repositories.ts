import type { AwsAccount, EcrRepository, RepositoryCreationTemplate } from '../config.ts'
import { partitionOf } from '../aws/hosts.ts'
import { fitsPattern } from '../aws/policy-patterns.ts'
import type { World } from '../world.ts'
import type { EcrHost } from './ecr-hosts.ts'

/** Made, changed or (undefined) deleted at run time, by account, region and name. */
type Changes = Map<string, EcrRepository | undefined>

// Beside the world, as the registries are: what nobody wrote down.
const changesByWorld = new WeakMap<World, Changes>()

const changesOf = (world: World): Changes => {
  const known = changesByWorld.get(world) ?? new Map<string, EcrRepository | undefined>()
  changesByWorld.set(world, known)
  return known
}

const registryKey = ({ account, region }: EcrHost): string => `${account}/${region}/`

/** The account of a registry's host, in the host's own partition. */
export const findEcrAccount = (world: World, { account, region }: EcrHost): AwsAccount | undefined =>
  world.config.accounts.find(({ id, partition = 'aws' }) => id === account && partition === partitionOf(region))

/** All repositories of a registry: those of the configuration, then those that were made since. */
export const listEcrRepositories = (world: World, target: EcrHost): readonly EcrRepository[] => {
  const written = (findEcrAccount(world, target)?.repositories ?? []).filter(({ region }) => region === target.region)
  const prefix = registryKey(target)
  const all = new Map<string, EcrRepository | undefined>(written.map((one) => [prefix + one.name, one]))
  for (const [key, changed] of changesOf(world)) if (key.startsWith(prefix)) all.set(key, changed)
  return [...all.values()].filter((one) => one !== undefined)
}

/** The repository of that name. */
export const findEcrRepository = (
  world: World,
  wanted: EcrHost & { readonly name: string },
): EcrRepository | undefined => listEcrRepositories(world, wanted).find(({ name }) => name === wanted.name)

/** Books a repository that was made or changed at run time, by a push or by the API. */
export const addEcrRepository = (world: World, target: EcrHost, repository: EcrRepository): void => {
  changesOf(world).set(registryKey(target) + repository.name, repository)
}

/** Books that a repository was deleted. Its content is the registry's own affair. */
export const removeEcrRepository = (world: World, target: EcrHost, name: string): void => {
  changesOf(world).set(registryKey(target) + name, undefined)
}

/**
 * Makes the repository that a push names, when a template for CREATE_ON_PUSH covers it; says whether it did. [K] assumption: the
 * pusher needs no `ecr:CreateRepository`, as the service-linked role makes it (ECRTemplateServiceRolePolicy has that action).
 */
export const createOnPush = (world: World, wanted: EcrHost & { readonly name: string }): boolean => {
  const template = templateFor(findEcrAccount(world, wanted)?.repositoryCreationTemplates ?? [], wanted)
  if (template?.appliedFor.includes('CREATE_ON_PUSH') !== true) return false
  const { imageTagMutability, imageTagMutabilityExclusionFilters, encryptionConfiguration, repositoryPolicy } = template
  addEcrRepository(world, wanted, {
    region: wanted.region,
    name: wanted.name,
    ...(imageTagMutability === undefined ? {} : { imageTagMutability }),
    ...(imageTagMutabilityExclusionFilters === undefined ? {} : { imageTagMutabilityExclusionFilters }),
    ...(encryptionConfiguration === undefined ? {} : { encryptionConfiguration }),
    ...(repositoryPolicy === undefined ? {} : { policy: repositoryPolicy }),
  })
  return true
}

/** ECR assumes a slash after the prefix; the longest prefix counts, `ROOT` is for what no prefix covers (CreateRepositoryCreationTemplate). */
const templateFor = (
  templates: readonly RepositoryCreationTemplate[],
  wanted: EcrHost & { readonly name: string },
): RepositoryCreationTemplate | undefined => {
  const here = templates.filter(({ region }) => region === undefined || region === wanted.region)
  const covering = here.filter(({ prefix }) => wanted.name.startsWith(`${prefix}/`))
  const [longest] = covering.toSorted((one, other) => other.prefix.length - one.prefix.length)
  return longest ?? here.find(({ prefix }) => prefix === 'ROOT')
}

/** Whether a tag of the repository may not move (API_ImageTagMutabilityExclusionFilter: `*` stands for any characters). */
export const isImmutableTag = (repository: EcrRepository, tag: string): boolean => {
  const { imageTagMutability = 'MUTABLE', imageTagMutabilityExclusionFilters = [] } = repository
  const isExcluded =
    imageTagMutability.endsWith('_WITH_EXCLUSION') &&
    imageTagMutabilityExclusionFilters.some(({ filter }) => fitsPattern(tag, filter))
  return imageTagMutability.startsWith('IMMUTABLE') !== isExcluded
}

/** Whether two repositories are encrypted alike, without which nothing mounts between them (AWS's blob-mounting). */
export const encryptsAlike = (one: EcrRepository, other: EcrRepository): boolean => {
  const { encryptionType = 'AES256', kmsKey = '' } = one.encryptionConfiguration ?? {}
  const { encryptionType: otherType = 'AES256', kmsKey: otherKey = '' } = other.encryptionConfiguration ?? {}
  return encryptionType === otherType && kmsKey === otherKey
}
