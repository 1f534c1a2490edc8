import type { IncomingMessage } from 'node:http'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { ECR_OPERATIONS } from './ecr-operations.ts'
import { partitionOf, regionOfHost } from './hosts.ts'
import { isObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { readBody } from './read-body.ts'
import { newRequestId, reply } from './reply.ts'
import { JSON_SIGNATURE_CODES, verifySignature } from './sigv4.ts'

const TARGET_PREFIX = 'AmazonEC2ContainerRegistry_V20150921.'
const JSON_1_1 = 'application/x-amz-json-1.1'
/** [K] assumption: the limit of a request. */
const MAX_REQUEST = 1_000_000

/** All refusals of the ECR API are HTTP 400 (protocols.md §6), except these. [K] assumption: the last two. */
const STATUS: Readonly<Record<string, number>> = {
  ServerException: 500,
  RequestEntityTooLargeException: 413,
  MethodNotAllowedException: 405,
}

const operationName = (request: IncomingMessage): string => {
  const target = request.headers['x-amz-target']
  const name = typeof target === 'string' && target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : ''
  if (!Object.hasOwn(ECR_OPERATIONS, name))
    throw new AwsFault('UnknownOperationException', 'The operation is not known.')
  return name
}

const readInput = (request: IncomingMessage, body: Buffer): JsonObject => {
  try {
    const input: unknown = request.headers['content-type'] === JSON_1_1 ? JSON.parse(body.toString('utf8')) : undefined
    if (isObject(input)) return input
  } catch {
    // No JSON: answered below like JSON of another kind.
  }
  throw new AwsFault('SerializationException', 'The body is no JSON object of the type application/x-amz-json-1.1.')
}

type Outcome = {
  readonly status: number
  readonly body: JsonObject
  readonly operation?: string
  readonly refused?: string
}

const refuse = (error: unknown): Outcome => {
  const fault = error instanceof AwsFault ? error : new AwsFault('ServerException', 'The sandbox failed.')
  return {
    status: STATUS[fault.code] ?? 400,
    body: { __type: fault.code, message: fault.message },
    refused: fault.code,
  }
}

/** Authentication comes before the operation's input is looked at. */
const answer = async (
  world: World,
  request: IncomingMessage,
  call: { region: string; trace: Trace },
): Promise<Outcome> => {
  let operation: string | undefined
  try {
    const body = await readBody(request, MAX_REQUEST)
    if (body === undefined) throw new AwsFault('RequestEntityTooLargeException', 'The request is too large.')
    if (request.method !== 'POST') throw new AwsFault('MethodNotAllowedException', 'Only POST is answered.')
    operation = operationName(request)
    const session = verifySignature(world, { ...call, request, body, service: 'ecr', codes: JSON_SIGNATURE_CODES })
    // Credentials of one partition mean nothing in another.
    if (session.partition !== partitionOf(call.region))
      throw new AwsFault('UnrecognizedClientException', 'The security token included in the request is invalid.')
    const result = ECR_OPERATIONS[operation]?.(world, { ...call, session, input: readInput(request, body) })
    return { status: 200, body: result ?? {}, operation }
  } catch (error) {
    return { ...refuse(error), ...(operation === undefined ? {} : { operation }) }
  }
}

/** The API of the Elastic Container Registry: what a client asks before it talks to the registry itself. */
export const createEcrApi = (world: World): StandIn => ({
  name: 'ecr',
  owns: (host) => regionOfHost('ecr', host) !== undefined,
  handle: async (request, response, host) => {
    const call = { region: regionOfHost('ecr', host) ?? '', trace: { checks: [] } }
    const { body, ...outcome } = await answer(world, request, call)
    const described = { contentType: JSON_1_1, requestId: newRequestId(), checks: call.trace.checks }
    reply(world, { standIn: 'ecr', request, response, host }, { ...outcome, ...described, body: JSON.stringify(body) })
  },
})
