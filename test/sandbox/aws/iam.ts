import type { IncomingMessage } from 'node:http'
import type { AwsAccount, AwsRole } from '../config.ts'
import type { StandIn } from '../stand-in.ts'
import type { AwsSession, World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { regionOfHost } from './hosts.ts'
import { decide } from './policy.ts'
import { accountOf } from './principal.ts'
import { readBody } from './read-body.ts'
import { newRequestId, reply } from './reply.ts'
import { assumedRoleArn, roleArnOf, roleIdOf } from './role-arn.ts'
import { verifySignature, XML_SIGNATURE_CODES } from './sigv4.ts'
import { errorXml, successXml } from './sts-xml.ts'
import type { XmlNode } from './sts-xml.ts'
import { readForm } from './sts-params.ts'

const API_VERSION = '2010-05-08'
/** [K] assumption: the limit of a request. */
const MAX_REQUEST = 100_000

/** Wire code → HTTP status (IAM API reference, GetRole and common errors). */
const STATUS: Readonly<Record<string, number>> = {
  NoSuchEntity: 404,
  AccessDenied: 403,
  InvalidClientTokenId: 403,
  ExpiredToken: 403,
  SignatureDoesNotMatch: 403,
  MissingAuthenticationToken: 403,
  IncompleteSignature: 400,
  InvalidAction: 400,
  MissingAction: 400,
  ValidationError: 400,
}

const ROLE_NAME = /^[\w+=,.@-]{1,64}$/

/** A role as IAM shows it: the trust policy percent-encoded (RFC 3986). [K] assumption: that every role was made at one moment. */
const describeRole = (account: AwsAccount, role: AwsRole): XmlNode => ({
  Path: role.path ?? '/',
  RoleName: role.name,
  RoleId: roleIdOf(account.id, role.name),
  Arn: roleArnOf(account, role),
  CreateDate: '2026-01-01T00:00:00Z',
  AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(role.trustPolicy)).replace(
    /[!'()*]/g,
    (character) => `%${character.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`,
  ),
  MaxSessionDuration: String(role.maxSessionDuration ?? 3600),
})

/** IAM knows a role by its name, in the caller's own account; who may not read it does not learn whether it is there. */
const getRole = (
  world: World,
  session: AwsSession,
  call: { form: ReadonlyMap<string, string>; trace: Trace },
): XmlNode => {
  const name = call.form.get('RoleName')
  if (name === undefined || !ROLE_NAME.test(name)) {
    const text = `1 validation error detected: Value '${name ?? ''}' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+`
    throw new AwsFault('ValidationError', text)
  }
  const account = accountOf(world, session)
  const role = account?.roles.find((candidate) => candidate.name === name)
  const path = role?.path ?? '/'
  const resource = `arn:${session.partition}:iam::${session.accountId}:role${path}${name}`
  const { outcome, decidedBy, notes } = decide(world, session, { action: 'iam:GetRole', resource })
  call.trace.checks.push(`iam:GetRole on ${resource}: ${outcome} (${decidedBy})`, ...notes)
  if (outcome !== 'allow') {
    const who = `User: ${assumedRoleArn(session)} is not authorized to perform: iam:GetRole on resource: role ${name}`
    const why =
      outcome === 'explicit-deny'
        ? `with an explicit deny in ${decidedBy.startsWith('i') ? 'an' : 'a'} ${decidedBy}`
        : `because no ${decidedBy} allows the iam:GetRole action`
    throw new AwsFault('AccessDenied', `${who} ${why}`)
  }
  if (account === undefined || role === undefined)
    throw new AwsFault('NoSuchEntity', `The role with name ${name} cannot be found.`)
  return { Role: describeRole(account, role) }
}

type Call = { readonly region: string; readonly trace: Trace; readonly requestId: string }
type Outcome = {
  readonly status: number
  readonly body: string
  readonly operation?: string
  readonly refused?: string
}

const answer = async (world: World, request: IncomingMessage, call: Call): Promise<Outcome> => {
  let operation: string | undefined
  try {
    const body = (await readBody(request, MAX_REQUEST)) ?? Buffer.alloc(0)
    const isGet = request.method === 'GET'
    const form = readForm(isGet ? (request.url ?? '').split('?').slice(1).join('?') : body.toString('utf8'))
    const action = form.get('Action')
    if (action === undefined) throw new AwsFault('MissingAction', 'Missing Action')
    if (action !== 'GetRole' || form.get('Version') !== API_VERSION)
      throw new AwsFault(
        'InvalidAction',
        `Could not find operation ${action} for version ${form.get('Version') ?? 'NO_VERSION_SPECIFIED'}`,
      )
    operation = action
    const signed = { ...call, request, body, service: 'iam', codes: XML_SIGNATURE_CODES } as const
    const session = verifySignature(world, signed)
    const result = getRole(world, session, { form, trace: call.trace })
    return { status: 200, body: successXml(action, result, call.requestId, 'iam'), operation }
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error
    const status = STATUS[error.code] ?? 500
    const body = errorXml({ code: error.code, message: error.message, status }, call.requestId, 'iam')
    return { status, body, refused: error.code, ...(operation === undefined ? {} : { operation }) }
  }
}

/** AWS IAM, as far as a role is read there. */
export const createIam = (world: World): StandIn => ({
  name: 'iam',
  owns: (host) => regionOfHost('iam', host) !== undefined,
  handle: async (request, response, host) => {
    const call = { region: regionOfHost('iam', host) ?? '', trace: { checks: [] }, requestId: newRequestId() }
    const outcome = await answer(world, request, call)
    const described = { contentType: 'text/xml', requestId: call.requestId, checks: call.trace.checks }
    reply(world, { standIn: 'iam', request, response, host }, { ...outcome, ...described })
  },
})
