import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRPUBLICClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr-public'
import { stepError } from '../core/errors.ts'
import type { Patience } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import type { HttpClient } from '../http/client.ts'
import { apiSettings, callApi, type ApiCall } from './api-call.ts'
import type { EcrAction } from './ecr-action.ts'
import type { EcrPublicHost } from './ecr-host.ts'
import { ecrPublicRegion } from './ecr-public-region.ts'
import { existsOrThrow, tagList, type CreatedRepository, type RepositoryTag } from './created-repository.ts'
import { answerLacks, awsAnswerOf } from './sdk-error.ts'
import type { AwsSession } from './session.ts'

/** One repository of ECR Public, and as whom its API is asked. */
export type EcrPublicRequest = {
  readonly registry: EcrPublicHost
  /** Without the alias: the session's account has one public registry. */
  readonly name: string
  readonly session: AwsSession
  readonly appId: string
  readonly http: HttpClient
  readonly patience: Patience
}

/** The password that `/token/` changes into a Bearer token. `expiresAt` in epoch milliseconds. */
export type EcrPublicPassword = { readonly secret: Secret; readonly expiresAt: number; readonly requestId: string }

/** ecr-public:GetAuthorizationToken, which also needs sts:GetServiceBearerToken. Throws ECR_*, AWS_*, NETWORK_*. */
export async function obtainEcrPublicPassword(request: EcrPublicRequest): Promise<EcrPublicPassword> {
  return await call(request, 'ecr-public:GetAuthorizationToken', async (client) => {
    const answer = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal: request.patience.signal })
    const { authorizationToken, expiresAt } = answer.authorizationData ?? {}
    if (authorizationToken === undefined) throw answerLacks('a token', serviceOf(request))
    return {
      secret: new Secret(`Basic ${authorizationToken}`),
      expiresAt: Math.min(expiresAt?.getTime() ?? 0, request.session.expiresAt),
      requestId: answer.$metadata.requestId ?? '',
    }
  })
}

/** Whether the session's account has the repository. Throws ECR_*, AWS_*, NETWORK_*. */
export async function publicRepositoryExists(request: EcrPublicRequest): Promise<boolean> {
  return await call(request, 'ecr-public:DescribeRepositories', async (client) => {
    try {
      const command = new DescribeRepositoriesCommand({ repositoryNames: [request.name] })
      const { repositories } = await client.send(command, { abortSignal: request.patience.signal })
      if (repositories === undefined) throw answerLacks('the repository', serviceOf(request))
      return true
    } catch (error) {
      if (awsAnswerOf(error)?.code === 'RepositoryNotFound') return false
      throw error
    }
  })
}

/** Creates the repository in the session's account; one that exists is as good. Throws ECR_REPOSITORY_NOT_CREATED, ECR_*, AWS_*, NETWORK_*. */
export async function createPublicRepository(
  request: EcrPublicRequest,
  tags: readonly RepositoryTag[],
): Promise<CreatedRepository> {
  const action = 'ecr-public:CreateRepository'
  const actions = tags.length === 0 ? action : `${action} and ecr-public:TagResource`
  return await call(request, { action, purpose: 'create the repository', actions }, async (client) => {
    try {
      const named = { repositoryName: request.name }
      const command = new CreateRepositoryCommand({ ...named, ...(tags.length === 0 ? {} : { tags: tagList(tags) }) })
      const answer = await client.send(command, { abortSignal: request.patience.signal })
      return { outcome: 'created', requestId: answer.$metadata.requestId ?? '' }
    } catch (error) {
      return existsOrThrow(error, { service: 'ECR Public', region: ecrPublicRegion, repository: request.name })
    }
  })
}

async function call<T>(
  request: EcrPublicRequest,
  asked: string | EcrAction,
  use: (client: ECRPUBLICClient) => Promise<T>,
): Promise<T> {
  const { session, appId, http, patience } = request
  const action = typeof asked === 'string' ? asked : asked.action
  const denied = deniedBy(request, asked)
  const signed = { ...serviceOf(request), region: ecrPublicRegion, action, session, appId, http, patience, denied }
  return await callApi(signed, async () => await use(new ECRPUBLICClient(apiSettings(signed))))
}

/** Source: endpoint rules of client-ecr-public. */
function serviceOf({ registry }: EcrPublicRequest): { readonly service: 'ECR Public'; readonly host: string } {
  const host = registry.endpoints.dualStack
    ? `ecr-public.${ecrPublicRegion}.api.aws`
    : `api.ecr-public.${ecrPublicRegion}.amazonaws.com`
  return { service: 'ECR Public', host }
}

function deniedBy({ session, name }: EcrPublicRequest, asked: string | EcrAction): ApiCall['denied'] {
  const role = session.arn
  const resource = `arn:aws:ecr-public::${session.accountId}:repository/${name}`
  return (action, options) =>
    typeof asked === 'string'
      ? stepError('ECR_PUBLIC_NOT_AUTHORIZED', { role, action, resource }, options)
      : stepError('ECR_ACTION_NOT_AUTHORIZED', { ...asked, role, action, resource }, options)
}
