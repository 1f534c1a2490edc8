import { CreateRepositoryCommand, type CreateRepositoryCommandInput } from '@aws-sdk/client-ecr'
import { existsOrThrow, tagList, type CreatedRepository, type RepositoryTag } from './created-repository.ts'
import { callEcr, type EcrRequest } from './ecr-api.ts'

/** How a new repository is set up. What is not given is left to the registry: its scanning rules, AES256. */
export type RepositorySettings = {
  /** Deprecated by AWS in favor of the registry's scanning rules, which beat it. */
  readonly scanOnPush?: boolean | undefined
  readonly immutableTags: boolean
  readonly encryption?: 'AES256' | { readonly kmsKey: string } | undefined
  readonly tags: readonly RepositoryTag[]
}

/**
 * Creates the repository. One that exists already, made by whomever, is as good: its settings are not compared and not changed.
 * Throws ECR_REPOSITORY_NOT_CREATED, ECR_ACTION_NOT_AUTHORIZED, ECR_*, AWS_*, NETWORK_*. Source: ECR API, CreateRepository.
 */
export async function createRepository(request: EcrRequest, settings: RepositorySettings): Promise<CreatedRepository> {
  const actions = settings.tags.length === 0 ? 'ecr:CreateRepository' : 'ecr:CreateRepository and ecr:TagResource'
  const asked = { action: 'ecr:CreateRepository', purpose: 'create the repository', actions }
  return await callEcr(request, asked, async (client) => {
    try {
      const command = new CreateRepositoryCommand(inputOf(request, settings))
      const answer = await client.send(command, { abortSignal: request.patience.signal })
      return { outcome: 'created', requestId: answer.$metadata.requestId ?? '' }
    } catch (error) {
      return existsOrThrow(error, { ...request, region: request.registry.region, service: 'ECR' })
    }
  })
}

function inputOf({ registry, repository }: EcrRequest, settings: RepositorySettings): CreateRepositoryCommandInput {
  const { scanOnPush, immutableTags, encryption, tags } = settings
  return {
    registryId: registry.accountId,
    repositoryName: repository,
    imageTagMutability: immutableTags ? 'IMMUTABLE' : 'MUTABLE',
    ...(scanOnPush === undefined ? {} : { imageScanningConfiguration: { scanOnPush } }),
    ...(encryption === undefined ? {} : { encryptionConfiguration: encryptionOf(encryption) }),
    ...(tags.length === 0 ? {} : { tags: tagList(tags) }),
  }
}

function encryptionOf(encryption: NonNullable<RepositorySettings['encryption']>) {
  return encryption === 'AES256'
    ? ({ encryptionType: 'AES256' } as const)
    : ({ encryptionType: 'KMS', kmsKey: encryption.kmsKey } as const)
}
