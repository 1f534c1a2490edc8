import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { makePassword } from './ecr-password.ts'
import { createPublicRepository, describePublicRepositories } from './ecr-public-repositories.ts'
import { createJsonApi } from './json-api.ts'
import { authorize } from './json-operation.ts'
import type { JsonOperation } from './json-operation.ts'

/** [K] assumption: the limit of a request. */
const MAX_REQUEST = 1_000_000

/** ECR Public hands out a bearer token of STS in the end: the caller needs both permissions (API reference). */
const getAuthorizationToken: JsonOperation = (world, call) => {
  authorize(world, call, { action: 'ecr-public:GetAuthorizationToken', resource: '*' })
  const keys = { 'sts:AWSServiceName': 'ecr-public.amazonaws.com' }
  authorize(world, call, { action: 'sts:GetServiceBearerToken', resource: '*', keys })
  const { password, authorizationToken, expiresAt } = makePassword(world, call.session)
  world.ecrPublicTokens?.set(password, { ...call.session, expiresAt, tokenExpiresAt: expiresAt })
  // One object, where the private registry's answer has a list.
  return { authorizationData: { authorizationToken, expiresAt: expiresAt / 1000 } }
}

/** The API of ECR Public, of which the login and the making of repositories are here. */
export const createEcrPublicApi = (world: World): StandIn =>
  createJsonApi(world, {
    service: 'ecr-public',
    targetPrefix: 'SpencerFrontendService.',
    operations: {
      GetAuthorizationToken: getAuthorizationToken,
      DescribeRepositories: describePublicRepositories,
      CreateRepository: createPublicRepository,
    },
    maxRequest: MAX_REQUEST,
  })
