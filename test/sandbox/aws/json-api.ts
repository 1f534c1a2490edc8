import type { IncomingMessage } from 'node:http'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { regionOfHost } from './hosts.ts'
import type { Service } from './hosts.ts'
import { isObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import type { JsonOperation } from './json-operation.ts'
import { readBody } from './read-body.ts'
import { newRequestId, reply } from './reply.ts'
import { JSON_SIGNATURE_CODES, verifySignature } from './sigv4.ts'

/** A service that speaks JSON 1.1. */
export type JsonApi = {
  /** Name of the stand-in, of the service's endpoints and of its signatures. */
  readonly service: Exclude<Service, 'sts'>
  readonly targetPrefix: string
  readonly operations: Readonly<Record<string, JsonOperation>>
  /** The longest request, in bytes. */
  readonly maxRequest: number
}

const JSON_1_1 = 'application/x-amz-json-1.1'

/** All refusals of the ECR API are HTTP 400 (protocols.md §6), except these. [K] assumption: the last two. */
const STATUS: Readonly<Record<string, number>> = {
  ServerException: 500,
  RequestEntityTooLargeException: 413,
  MethodNotAllowedException: 405,
}

const operationName = (api: JsonApi, request: IncomingMessage): string => {
  const target = request.headers['x-amz-target']
  const name =
    typeof target === 'string' && target.startsWith(api.targetPrefix) ? target.slice(api.targetPrefix.length) : ''
  if (!Object.hasOwn(api.operations, name))
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
    body: { __type: fault.code, message: fault.message, ...fault.members },
    refused: fault.code,
  }
}

/** Authentication comes before the operation's input is looked at. */
const answer = async (
  world: World,
  api: JsonApi,
  asked: { readonly request: IncomingMessage; readonly region: string; readonly trace: Trace },
): Promise<Outcome> => {
  const { request, ...call } = asked
  let operation: string | undefined
  try {
    const body = await readBody(request, api.maxRequest)
    if (body === undefined) throw new AwsFault('RequestEntityTooLargeException', 'The request is too large.')
    if (request.method !== 'POST') throw new AwsFault('MethodNotAllowedException', 'Only POST is answered.')
    operation = operationName(api, request)
    if (world.faults?.of(request)?.kind === 'aws-throttling') throw new AwsFault('ThrottlingException', 'Rate exceeded')
    const { service } = api
    const session = verifySignature(world, { ...call, request, body, service, codes: JSON_SIGNATURE_CODES })
    const result = await api.operations[operation]?.(world, { ...call, session, input: readInput(request, body) })
    return { status: 200, body: result ?? {}, operation }
  } catch (error) {
    return { ...refuse(error), ...(operation === undefined ? {} : { operation }) }
  }
}

/** The stand-in of a JSON service under all its endpoints. */
export const createJsonApi = (world: World, api: JsonApi): StandIn => ({
  name: api.service,
  owns: (host) => regionOfHost(api.service, host) !== undefined,
  handle: async (request, response, host) => {
    const call = { region: regionOfHost(api.service, host) ?? '', trace: { checks: [] } }
    const { body, ...outcome } = await answer(world, api, { ...call, request })
    const described = { contentType: JSON_1_1, requestId: newRequestId(), checks: call.trace.checks }
    const exchange = { standIn: api.service, request, response, host }
    reply(world, exchange, { ...outcome, ...described, body: JSON.stringify(body) })
  },
})
