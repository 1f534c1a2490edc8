import { DescribeRepositoriesCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { Secret } from '../core/secret.ts'
import { callEcr, ecrService, type EcrRequest } from './ecr-api.ts'
import { answerLacks, awsAnswerOf } from './sdk-error.ts'

/** The `Authorization` value that an ECR registry accepts, until it or the session behind it ends. */
export type EcrAuthorization = { readonly secret: Secret; readonly expiresAt: number; readonly requestId: string }

/** GetAuthorizationToken in the registry's own region: the token is valid nowhere else. Throws ECR_*, AWS_*, NETWORK_*. */
export async function obtainEcrAuthorization(request: EcrRequest): Promise<EcrAuthorization> {
  return await callEcr(request, 'ecr:GetAuthorizationToken', async (client) => {
    const answer = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal: request.patience.signal })
    const data = answer.authorizationData?.[0]
    if (data?.authorizationToken === undefined) throw answerLacks('a token', ecrService(request))
    const expiresAt = Math.min(data.expiresAt?.getTime() ?? 0, request.session.expiresAt)
    const requestId = answer.$metadata.requestId ?? ''
    return { secret: new Secret(`Basic ${data.authorizationToken}`), expiresAt, requestId }
  })
}

/** Whether the repository exists; a dry run asks before it probes, because a probe could create it. Throws ECR_*, AWS_*, NETWORK_*. */
export async function repositoryExists(request: EcrRequest): Promise<boolean> {
  return await callEcr(request, 'ecr:DescribeRepositories', async (client) => {
    try {
      const input = { registryId: request.registry.accountId, repositoryNames: [request.repository] }
      const { repositories } = await client.send(new DescribeRepositoriesCommand(input), {
        abortSignal: request.patience.signal,
      })
      if (repositories === undefined) throw answerLacks('the repository', ecrService(request))
      return true
    } catch (error) {
      if (awsAnswerOf(error)?.code === 'RepositoryNotFound') return false
      throw error
    }
  })
}
