import type { AwsSession, World } from '../world.ts'
import { decideTrust } from './decide-trust.ts'
import { isStillSpreading } from './iam-propagation.ts'
import { accountOf } from './principal.ts'
import { findAccount, findRole, openRoleSession, sessionXml } from './role-session.ts'
import type { RequestKeys } from './session-context.ts'
import { readInlinePolicy } from './session-policy.ts'
import { callerOf, notAuthorized } from './sts-call.ts'
import type { StsCall } from './sts-call.ts'
import { refusal } from './sts-errors.ts'
import { refuseDisabledRegion } from './sts-region.ts'
import { readRoleParams } from './sts-role-params.ts'
import type { RoleParams } from './sts-role-params.ts'
import type { XmlNode } from './sts-xml.ts'

/** What the new session will carry: what was asked for, with what the calling session hands on. */
type Carried = {
  readonly tags: ReadonlyMap<string, string>
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
}

const inheritedTags = (caller: AwsSession): readonly (readonly [string, string])[] => {
  const handedOn = new Set((caller.transitiveTagKeys ?? []).map((key) => key.toLowerCase()))
  return Object.entries(caller.tags ?? {}).filter(([key]) => handedOn.has(key.toLowerCase()))
}

/** Transitive tags and the source identity go on by themselves and cannot be set anew (recorded, sts-errors.ts). */
const carriedBy = (caller: AwsSession, params: RoleParams): Carried => {
  const inherited = inheritedTags(caller)
  const asked = new Set([...params.tags.keys()].map((key) => key.toLowerCase()))
  if (inherited.some(([key]) => asked.has(key.toLowerCase()))) throw refusal('transitiveConflict')
  const before = caller.sourceIdentity
  const wanted = params.sourceIdentity
  if (before !== undefined && wanted !== undefined && wanted !== before) throw refusal('sourceIdentitySet')
  return {
    tags: new Map([...inherited, ...params.tags]),
    transitiveTagKeys: [...inherited.map(([key]) => key), ...params.transitiveTagKeys],
    sourceIdentity: wanted ?? before,
  }
}

/** [K] assumption: what is inherited counts in the conditions like what is asked for. */
const trustKeys = (params: RoleParams, carried: Carried, region: string): RequestKeys => ({
  'sts:ExternalId': params.externalId,
  'sts:RoleSessionName': params.roleSessionName,
  'sts:SourceIdentity': carried.sourceIdentity,
  'sts:TransitiveTagKeys': carried.transitiveTagKeys,
  'aws:TagKeys': [...carried.tags.keys()],
  ...Object.fromEntries([...carried.tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  'aws:RequestedRegion': region,
})

/** Tags and a source identity need their own permission, inherited ones too (recorded for tags; IAM user guide for the other). */
const actionsFor = (carried: Carried): readonly string[] => [
  'sts:AssumeRole',
  ...(carried.tags.size > 0 ? ['sts:TagSession'] : []),
  ...(carried.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
]

/** Answers AssumeRole: signature, parameters, ARN, what is carried on, trust and identity policies, duration, in this order. */
export const assumeRole = async (world: World, call: StsCall): Promise<XmlNode> => {
  const { trace, request } = call
  const caller = callerOf(world, call)
  refuseDisabledRegion(accountOf(world, caller), call)
  const params = readRoleParams(call.form)
  const inlinePolicy = readInlinePolicy(params)
  const account = findAccount(world, params.roleArn, call.region)
  const role = findRole(account, params.roleArn, trace)
  const refused = (action: string): Error => notAuthorized(caller, action, params.roleArn)
  if (account === undefined || role === undefined) throw refused('sts:AssumeRole')
  if (isStillSpreading(world, role, { request, trace })) throw refused('sts:AssumeRole')
  const carried = carriedBy(caller, params)
  const keys = trustKeys(params, carried, call.region)
  for (const action of actionsFor(carried))
    if (!decideTrust(world, caller, { action, account, role, keys, trace })) throw refused(action)
  const chained = caller.userName === undefined
  const { session, packed } = openRoleSession(world, {
    account,
    role,
    params,
    inlinePolicy,
    trace,
    ...carried,
    chained,
    sub: '',
    // [K] assumption: the keys of the first session's token do not go on to a chained one.
    policyContext: {},
    fromGlobalEndpoint: call.isGlobal,
  })
  const isPacked = session.sessionPolicy !== undefined || carried.tags.size > 0 || carried.sourceIdentity !== undefined
  return {
    ...sessionXml(session),
    SourceIdentity: carried.sourceIdentity,
    // [K] assumption: absent when nothing was packed.
    PackedPolicySize: isPacked ? String(packed) : undefined,
  }
}
