import type { IncomingMessage } from 'node:http'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { assumeRoleWithWebIdentity } from './assume-role.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { regionOfHost } from './hosts.ts'
import { readBody } from './read-body.ts'
import { newRequestId, reply } from './reply.ts'
import { assumedRoleArn, roleIdOf } from './role-arn.ts'
import { verifySignature, XML_SIGNATURE_CODES } from './sigv4.ts'
import { refusal, stsStatus } from './sts-errors.ts'
import { readForm } from './sts-params.ts'
import { errorXml, successXml } from './sts-xml.ts'
import type { XmlNode } from './sts-xml.ts'

const API_VERSION = '2011-06-15'
const FORM = 'application/x-www-form-urlencoded'
/** [K] assumption: the limit of a request. A token has at most 20,000 characters, a policy 2,048. */
const MAX_REQUEST = 100_000

/** One request with what every operation needs of it. */
type Call = {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly form: ReadonlyMap<string, string>
  readonly region: string
  readonly trace: Trace
}

type Operation = (world: World, call: Call) => Promise<XmlNode>

/** Needs no permission at all, as the real one: a valid signature is enough. */
const getCallerIdentity: Operation = async (world, call) => {
  const session = verifySignature(world, { ...call, service: 'sts', codes: XML_SIGNATURE_CODES })
  return {
    Arn: assumedRoleArn(session),
    UserId: `${roleIdOf(session.accountId, session.roleName)}:${session.sessionName}`,
    Account: session.accountId,
  }
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  AssumeRoleWithWebIdentity: (world, call) => assumeRoleWithWebIdentity(world, call.form, call),
  GetCallerIdentity: getCallerIdentity,
}

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

const findOperation = (form: ReadonlyMap<string, string>): readonly [string, Operation] => {
  const action = form.get('Action')
  if (action === undefined) throw refusal('missingAction')
  const operation = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined
  const version = form.get('Version')
  if (operation === undefined || version !== API_VERSION)
    throw new AwsFault(
      'InvalidAction',
      `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`,
    )
  return [action, operation]
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
  call: { readonly region: string; readonly trace: Trace; readonly requestId: string },
): Promise<Outcome> => {
  let name: string | undefined
  try {
    const body = await readBody(request, MAX_REQUEST)
    if (body === undefined || (request.url?.length ?? 0) > MAX_REQUEST) throw refusal('tooLarge')
    const form = readParameters(request, body)
    const [operation, run] = findOperation(form)
    name = operation
    const result = await run(world, { ...call, request, body, form })
    return { status: 200, body: successXml(operation, result, call.requestId), operation }
  } catch (error) {
    return { ...refuse(error, call.requestId), ...(name === undefined ? {} : { operation: name }) }
  }
}

/** The AWS Security Token Service: AssumeRoleWithWebIdentity and GetCallerIdentity. */
export const createSts = (world: World): StandIn => ({
  name: 'sts',
  owns: (host) => regionOfHost('sts', host) !== undefined,
  handle: async (request, response, host) => {
    const call = { region: regionOfHost('sts', host) ?? '', trace: { checks: [] }, requestId: newRequestId() }
    const outcome = await answer(world, request, call)
    const described = { contentType: 'text/xml', requestId: call.requestId, checks: call.trace.checks }
    reply(world, { standIn: 'sts', request, response, host }, { ...outcome, ...described })
  },
})
