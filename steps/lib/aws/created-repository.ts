import { stepError } from '../core/errors.ts'
import { awsAnswerOf, awsUpstream } from './sdk-error.ts'

/** A tag of a repository: key and value. */
export type RepositoryTag = readonly [key: string, value: string]

/** Whether this run made the repository; `requestId` is what CloudTrail has, `''` where there was nothing to make. */
export type CreatedRepository = { readonly outcome: 'created' | 'exists'; readonly requestId: string }

/** What no waiting mends. LimitExceeded is a full account here, no throttling. */
const finalCodes: ReadonlySet<string> = new Set([
  'InvalidParameter',
  'InvalidTagParameter',
  'TooManyTags',
  'Kms',
  'LimitExceeded',
])

/** Reads a refusal of CreateRepository, of either API: an existing repository is success. Throws ECR_REPOSITORY_NOT_CREATED, or `error` itself. */
export function existsOrThrow(
  error: unknown,
  asked: { readonly service: 'ECR' | 'ECR Public'; readonly region: string; readonly repository: string },
): CreatedRepository {
  const answer = awsAnswerOf(error)
  if (answer?.code === 'RepositoryAlreadyExists') return { outcome: 'exists', requestId: '' }
  if (answer === undefined || !finalCodes.has(answer.code)) throw error
  const { service, region, repository } = asked
  const command = service === 'ECR' ? 'ecr' : 'ecr-public'
  throw stepError(
    'ECR_REPOSITORY_NOT_CREATED',
    { service, region, repository, command },
    { upstream: awsUpstream(service, answer) },
  )
}

/** Tags as both APIs want them. */
export function tagList(tags: readonly RepositoryTag[]): { Key: string; Value: string }[] {
  return tags.map(([Key, Value]) => ({ Key, Value }))
}
