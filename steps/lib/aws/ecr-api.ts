import { ECRClient } from '@aws-sdk/client-ecr'
import { spelled, stepError, type Spelling } from '../core/errors.ts'
import type { Patience } from '../core/retry.ts'
import type { HttpClient } from '../http/client.ts'
import { apiSettings, callApi, type ApiCall } from './api-call.ts'
import type { EcrAction } from './ecr-action.ts'
import type { EcrHost } from './ecr-host.ts'
import { ecrApiHost } from './partitions.ts'
import type { AwsSession } from './session.ts'

/** One private repository, and as whom its registry's API is asked. */
export type EcrRequest = {
  readonly registry: EcrHost
  readonly repository: string
  readonly session: AwsSession
  readonly appId: string
  readonly http: HttpClient
  readonly patience: Patience
  /** How params are spelled that an error of a call names. */
  readonly spelling?: Spelling | undefined
}

/** Gives the request anew for each call, so that a wait of hours outlives the session that it began with. */
export type EcrRequests = () => Promise<EcrRequest>

/** What a wait for ECR is about: an image by its digest, and until when it is waited. */
export type AwaitedImage = { readonly digest: string; readonly patience: Patience }

/** Whose answer lacks something, for {@link answerLacks}. */
export function ecrService({ registry }: EcrRequest): { readonly service: 'ECR'; readonly host: string } {
  return { service: 'ECR', host: ecrApiHost(registry.region, registry.endpoints) }
}

/** How an image is named in calls: the registry by its account, so that no other account's is ever meant. */
export function imageOf({ registry, repository }: EcrRequest, imageDigest: string) {
  return { registryId: registry.accountId, repositoryName: repository, imageId: { imageDigest } }
}

/**
 * Calls the ECR API of the registry's own region, at the FIPS or dual-stack endpoint where the registry's host is one.
 * Throws ECR_*, AWS_*, NETWORK_*, and what `use` throws of our own.
 */
export async function callEcr<T>(
  request: EcrRequest,
  asked: string | EcrAction,
  use: (client: ECRClient) => Promise<T>,
): Promise<T> {
  const { session, registry, appId, http, patience } = request
  const action = typeof asked === 'string' ? asked : asked.action
  const denied = typeof asked === 'string' ? pushDenied(request) : actionDenied(request, asked)
  const call = { ...ecrService(request), region: registry.region, action, session, appId, http, patience, denied }
  return await callApi(call, async () => await use(new ECRClient(apiSettings(call)))).catch((error: unknown) => {
    throw spelled(error, request.spelling)
  })
}

function pushDenied({ registry, repository, session }: EcrRequest): ApiCall['denied'] {
  const { region, partition, accountId: account } = registry
  return (action, options) =>
    stepError('ECR_NOT_AUTHORIZED', { role: session.arn, action, partition, region, account, repository }, options)
}

function actionDenied(
  { registry, repository, session }: EcrRequest,
  { purpose, actions }: EcrAction,
): ApiCall['denied'] {
  const { region, partition, accountId } = registry
  const resource = `arn:${partition}:ecr:${region}:${accountId}:repository/${repository}`
  return (action, options) =>
    stepError('ECR_ACTION_NOT_AUTHORIZED', { role: session.arn, action, purpose, actions, resource }, options)
}
