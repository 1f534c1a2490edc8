import type { IncomingMessage } from 'node:http'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { isGlobalSts, regionOfHost } from './hosts.ts'
import { readBody } from './read-body.ts'
import { newRequestId, reply } from './reply.ts'
import type { StsCall } from './sts-call.ts'
import { refusal, stsStatus } from './sts-errors.ts'
import { STS_OPERATIONS } from './sts-operations.ts'
import type { StsOperation } from './sts-operations.ts'
import { readForm } from './sts-params.ts'
import { errorXml, successXml } from './sts-xml.ts'

const API_VERSION = '2011-06-15'
const FORM = 'application/x-www-form-urlencoded'
/** [K] assumption: the limit of a request. A token has at most 20,000 characters, a policy 2,048. */
const MAX_REQUEST = 100_000

/** Parameters come in the query of a GET or in the form of a POST. */
const readParameters = (request: IncomingMessage, body: Buffer): ReadonlyMap<string, string> => {
  if (request.method === 'GET') return readForm((request.url ?? '').split('?').slice(1).join('?'))
  if (request.method !== 'POST') throw refusal('badMethod')
  // A body of another type holds no parameters for AWS, so the action is what it misses.
  const [type = ''] = (request.headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase() === FORM ? readForm(body.toString('utf8')) : new Map()
}

type Outcome = {
  readonly status: number
  readonly body: string
  readonly operation?: string
  readonly refused?: string
}

/** The legacy endpoint has none of the newer operations; [K] assumption: it answers as if there were no such thing. */
const findOperation = (
  form: ReadonlyMap<string, string>,
  isGlobal: boolean,
): readonly [string, StsOperation['run']] => {
  const action = form.get('Action')
  if (action === undefined) throw refusal('missingAction')
  const operation = Object.hasOwn(STS_OPERATIONS, action) ? STS_OPERATIONS[action] : undefined
  const version = form.get('Version')
  if (operation === undefined || version !== API_VERSION || (isGlobal && operation.regionalOnly === true))
    throw new AwsFault(
      'InvalidAction',
      `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`,
    )
  return [action, operation.run]
}

const refuse = (error: unknown, requestId: string): Outcome => {
  // What is no refusal of ours must not leak its text: the client gets the service's own word for it.
  const fault = error instanceof AwsFault ? error : new AwsFault('InternalFailure', 'The sandbox failed.')
  const status = stsStatus(fault.code)
  return {
    status,
    body: errorXml({ code: fault.code, message: fault.message, status }, requestId),
    refused: fault.code,
  }
}

const answer = async (
  world: World,
  request: IncomingMessage,
  call: Pick<StsCall, 'region' | 'isGlobal'> & { readonly trace: Trace; readonly requestId: string },
): Promise<Outcome> => {
  let name: string | undefined
  try {
    const body = await readBody(request, MAX_REQUEST)
    if (body === undefined || (request.url?.length ?? 0) > MAX_REQUEST) throw refusal('tooLarge')
    const form = readParameters(request, body)
    const [operation, run] = findOperation(form, call.isGlobal)
    name = operation
    if (world.faults?.of(request)?.kind === 'aws-throttling') throw refusal('throttled')
    const result = await run(world, { ...call, request, body, form })
    return { status: 200, body: successXml(operation, result, call.requestId), operation }
  } catch (error) {
    return { ...refuse(error, call.requestId), ...(name === undefined ? {} : { operation: name }) }
  }
}

/** The AWS Security Token Service under all its endpoints. */
export const createSts = (world: World): StandIn => ({
  name: 'sts',
  owns: (host) => regionOfHost('sts', host) !== undefined,
  handle: async (request, response, host) => {
    const isGlobal = isGlobalSts(host)
    const call = { region: regionOfHost('sts', host) ?? '', isGlobal, trace: { checks: [] }, requestId: newRequestId() }
    const outcome = await answer(world, request, call)
    const described = { contentType: 'text/xml', requestId: call.requestId, checks: call.trace.checks }
    reply(world, { standIn: 'sts', request, response, host }, { ...outcome, ...described })
  },
})
