import type { IncomingMessage } from 'node:http'
import type { AwsSession, World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { assumedRoleArn } from './role-arn.ts'
import { verifySignature, XML_SIGNATURE_CODES } from './sigv4.ts'
import type { Form } from './sts-validation.ts'

/** One request with what every operation needs of it. */
export type StsCall = {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly form: Form
  readonly region: string
  /** Whether it came to the legacy endpoint, which is no region's. */
  readonly isGlobal: boolean
  readonly trace: Trace
}

/** The session that signed the request. */
export const callerOf = (world: World, call: StsCall): AwsSession =>
  verifySignature(world, { ...call, service: 'sts', codes: XML_SIGNATURE_CODES })

/** STS's refusal of a signed call: it names who, what and on what, and no kind of policy. */
export const notAuthorized = (caller: AwsSession, action: string, resource: string): AwsFault =>
  new AwsFault(
    'AccessDenied',
    `User: ${assumedRoleArn(caller)} is not authorized to perform: ${action} on resource: ${resource}`,
  )
