import type { AwsAccount } from '../config.ts'
import { ECR_PUBLIC_HOST } from '../registry/ecr-public-tokens.ts'
import { addPublicRepository, hasPublicRepository } from '../registry/ecr-public-repositories.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import { ACCOUNT_ID, optionalText, requiredText, textList } from './ecr-input.ts'
import type { TextForm } from './ecr-input.ts'
import { readTags } from './ecr-repository-input.ts'
import type { JsonObject } from './json-object.ts'
import { authorize } from './json-operation.ts'
import type { JsonCall, JsonOperation } from './json-operation.ts'

/** API reference of ECR Public: shorter than a private repository's name. [K] assumption: otherwise of the same form. */
const SHOWN = String.raw`(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`
const NAME: TextForm = { pattern: new RegExp(`^(?:${SHOWN})$`), shown: SHOWN, min: 2, max: 205 }

/** The account whose registry a call means: the caller's own. [K] assumption: naming another is answered as if it had none. */
const accountOf = (world: World, call: JsonCall): AwsAccount => {
  const id = optionalText(call.input, 'registryId', ACCOUNT_ID) ?? call.session.accountId
  const account = world.config.accounts.find((one) => one.id === id && id === call.session.accountId)
  if (account?.publicRegistry === undefined)
    throw new AwsFault('RegistryNotFoundException', `The registry with id '${id}' does not exist`)
  return account
}

const arnOf = (call: JsonCall, name: string): string =>
  `arn:aws:ecr-public::${call.session.accountId}:repository/${name}`

const describe = (call: JsonCall, { id, publicRegistry }: AwsAccount, name: string): JsonObject => ({
  repositoryArn: arnOf(call, name),
  registryId: id,
  repositoryName: name,
  repositoryUri: `${ECR_PUBLIC_HOST}/${publicRegistry?.alias ?? ''}/${name}`,
  createdAt: 1_767_225_600,
})

/** Describes named repositories; the listing of all is not here. */
export const describePublicRepositories: JsonOperation = (world, call) => {
  const names = textList(call.input, 'repositoryNames', NAME)
  if (names.length === 0) throw new AwsFault('InvalidParameterException', 'The sandbox lists no public registry.')
  for (const name of names)
    authorize(world, call, { action: 'ecr-public:DescribeRepositories', resource: arnOf(call, name) })
  const account = accountOf(world, call)
  const missing = names.find((name) => !hasPublicRepository(world, account, name))
  if (missing !== undefined)
    throw new AwsFault(
      'RepositoryNotFoundException',
      `The repository with name '${missing}' does not exist in the registry with id '${account.id}'`,
    )
  return { repositories: names.map((name) => describe(call, account, name)) }
}

/** Makes a repository under the account's alias; tags need a permission of their own. */
export const createPublicRepository: JsonOperation = (world, call) => {
  const name = requiredText(call.input, 'repositoryName', NAME)
  const { tags } = readTags(call.input)
  for (const action of ['ecr-public:CreateRepository', ...(tags === undefined ? [] : ['ecr-public:TagResource'])])
    authorize(world, call, { action, resource: arnOf(call, name) })
  const account = accountOf(world, call)
  if (hasPublicRepository(world, account, name))
    throw new AwsFault(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${account.id}'`,
    )
  addPublicRepository(world, account, name)
  return { repository: describe(call, account, name), catalogData: {} }
}
