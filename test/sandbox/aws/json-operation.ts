import type { AwsSession, World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import type { JsonObject } from './json-object.ts'
import { decide } from './policy.ts'
import type { AskedAction } from './policy.ts'
import { assumedRoleArn } from './role-arn.ts'

/** A signed call of a JSON service. */
export type JsonCall = {
  readonly session: AwsSession
  readonly region: string
  readonly input: JsonObject
  readonly trace: Trace
}

/** An operation: what it answers, or the fault that it throws. */
export type JsonOperation = (world: World, call: JsonCall) => JsonObject | Promise<JsonObject>

/** Refuses with the text that names who may not do what, and which kind of policy is at fault. */
export const authorize = (world: World, call: JsonCall, asked: AskedAction): void => {
  const { action, resource } = asked
  const keys = { 'aws:RequestedRegion': call.region, ...asked.keys }
  const { outcome, decidedBy, notes } = decide(world, call.session, { ...asked, keys })
  call.trace.checks.push(`${action} on ${resource}: ${outcome} (${decidedBy})`, ...notes)
  if (outcome === 'allow') return
  const who = `User: ${assumedRoleArn(call.session)} is not authorized to perform: ${action} on resource: ${resource}`
  const article = decidedBy.startsWith('i') ? 'an' : 'a'
  const why =
    outcome === 'explicit-deny'
      ? `with an explicit deny in ${article} ${decidedBy}`
      : `because no ${decidedBy} allows the ${action} action`
  throw new AwsFault('AccessDeniedException', `${who} ${why}`)
}
