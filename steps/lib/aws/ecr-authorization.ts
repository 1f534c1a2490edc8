import { DescribeRepositoriesCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { StepError, stepError } from '../core/errors.ts'
import { retry, type Patience } from '../core/retry.ts'
import { Secret } from '../core/secret.ts'
import type { HttpClient } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import type { EcrHost } from './ecr-host.ts'
import { ecrApiHost } from './partitions.ts'
import { answerLacks, awsAnswerOf, awsUpstream, isUnavailable, throttlingCodes, type AwsAnswer } from './sdk-error.ts'
import { sdkSettings } from './sdk.ts'
import type { AwsSession } from './web-identity.ts'

/** The `Authorization` value that an ECR registry accepts, until it or the session behind it ends. */
export type EcrAuthorization = { readonly secret: Secret; readonly expiresAt: number; readonly requestId: string }

export type EcrRequest = {
  readonly registry: EcrHost
  readonly repository: string
  readonly session: AwsSession
  readonly appId: string
  readonly http: HttpClient
  readonly patience: Patience
}

/** GetAuthorizationToken in the registry's own region: the token is valid nowhere else. Throws ECR_*, AWS_*, NETWORK_*. */
export async function obtainEcrAuthorization(request: EcrRequest): Promise<EcrAuthorization> {
  return await call(request, 'ecr:GetAuthorizationToken', async (client) => {
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
  return await call(request, 'ecr:DescribeRepositories', async (client) => {
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

async function call<T>(request: EcrRequest, action: string, use: (client: ECRClient) => Promise<T>): Promise<T> {
  const { session, registry } = request
  return await retry(request.patience, async () => {
    const client = new ECRClient({
      ...sdkSettings({
        region: registry.region,
        host: ecrApiHost(registry.region),
        http: request.http,
        appId: request.appId,
      }),
      credentials: {
        accessKeyId: session.accessKeyId,
        secretAccessKey: session.secretAccessKey.reveal(),
        sessionToken: session.sessionToken.reveal(),
      },
    })
    try {
      return await use(client)
    } catch (error) {
      const answer = awsAnswerOf(error)
      throw answer === undefined ? error : ecrError(request, action, answer)
    }
  })
}

/** With these, AWS services refuse who signed, not what was asked. */
const sessionCodes: ReadonlySet<string> = new Set([
  'UnrecognizedClient',
  'InvalidClientTokenId',
  'ExpiredToken',
  'InvalidSignature',
])

function ecrService({ registry }: EcrRequest) {
  return { service: 'ECR', host: ecrApiHost(registry.region) } as const
}

function ecrError(request: EcrRequest, action: string, answer: AwsAnswer): StepError {
  const { registry, repository, session } = request
  const options = {
    upstream: awsUpstream('ECR', answer),
    retryAfterMs: retryAfterMs(answer.retryAfter, request.patience.clock.now()),
  }
  const service = ecrService(request)
  if (throttlingCodes.has(answer.code) || answer.status === 429) return stepError('AWS_THROTTLED', service, options)
  if (isUnavailable(answer)) return stepError('AWS_UNAVAILABLE', service, options)
  const { region, partition, accountId: account } = registry
  if (sessionCodes.has(answer.code))
    return stepError('ECR_SESSION_NOT_ACCEPTED', { region, role: session.arn }, options)
  if (answer.code !== 'AccessDenied') return stepError('ECR_REFUSED', { region, action }, options)
  return stepError('ECR_NOT_AUTHORIZED', { role: session.arn, action, partition, region, account, repository }, options)
}
