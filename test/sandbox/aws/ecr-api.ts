import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { ECR_OPERATIONS } from './ecr-operations.ts'
import { createJsonApi } from './json-api.ts'

/** A layer part of 20 MiB (API reference) in base64, and what is around it. [K] assumption: the limit itself. */
const MAX_REQUEST = 29_000_000

/** The API of the Elastic Container Registry: what a client asks before it talks to the registry itself. */
export const createEcrApi = (world: World): StandIn =>
  createJsonApi(world, {
    service: 'ecr',
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921.',
    operations: ECR_OPERATIONS,
    maxRequest: MAX_REQUEST,
  })
