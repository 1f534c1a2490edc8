import { randomUUID } from 'node:crypto'
import type { AwsAccount } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import { outboundIssuerOf } from './outbound-issuer.ts'
import { signOutbound } from './outbound-keys.ts'
import { decide } from './policy.ts'
import { accountOf, principalArn, principalTags } from './principal.ts'
import { xmlTime } from './role-session.ts'
import { callerOf, notAuthorized } from './sts-call.ts'
import type { StsCall } from './sts-call.ts'
import { refusal } from './sts-errors.ts'
import { refuseDisabledRegion } from './sts-region.ts'
import type { XmlNode } from './sts-xml.ts'
import { readWebIdentityParams } from './web-identity-params.ts'
import type { WebIdentityParams } from './web-identity-params.ts'

/** [K] assumption: where JWTPayloadSizeExceededException begins. */
const LONGEST_PAYLOAD = 8192

const issuerIdOf = (account: AwsAccount | undefined): string => {
  if (account?.outboundFederation === undefined) throw refusal('outboundDisabled')
  return account.outboundFederation.id
}

const authorize = (world: World, caller: AwsSession, asked: { params: WebIdentityParams; call: StsCall }): void => {
  const { params, call } = asked
  const resource = `arn:${caller.partition}:sts::${caller.accountId}:self`
  const keys = {
    'sts:IdentityTokenAudience': params.audiences,
    'sts:SigningAlgorithm': params.algorithm,
    'sts:DurationSeconds': String(params.durationSeconds),
    'sts:SubjectMode': 'AWSIdentity',
    'aws:TagKeys': [...params.tags.keys()],
    ...Object.fromEntries([...params.tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:RequestedRegion': call.region,
  }
  const actions = ['sts:GetWebIdentityToken', ...(params.tags.size > 0 ? ['sts:TagGetWebIdentityToken'] : [])]
  for (const action of actions) {
    const { outcome, decidedBy, notes } = decide(world, caller, { action, resource, keys })
    call.trace.checks.push(`${action} on ${resource}: ${outcome} (${decidedBy})`, ...notes)
    if (outcome !== 'allow') throw notAuthorized(caller, action, resource)
  }
}

const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** The claims about the caller, under AWS's own name (IAM user guide, "Understanding token claims"). */
const identityClaims = (
  world: World,
  caller: AwsSession,
  asked: { params: WebIdentityParams; call: StsCall },
): object => {
  const tags = principalTags(world, caller)
  return {
    aws_account: caller.accountId,
    source_region: asked.call.region,
    principal_id: principalArn(world, caller),
    ...(tags.size > 0 ? { principal_tags: Object.fromEntries(tags) } : {}),
    ...(asked.params.tags.size > 0 ? { request_tags: Object.fromEntries(asked.params.tags) } : {}),
    ...(caller.userName === undefined ? { original_session_exp: isoTime(caller.expiresAt) } : {}),
    ...(caller.sourceIdentity === undefined ? {} : { source_identity: caller.sourceIdentity }),
    ...(caller.policyContext?.['aws:FederatedProvider'] === undefined
      ? {}
      : { federated_provider: caller.policyContext['aws:FederatedProvider'] }),
  }
}

/** Answers GetWebIdentityToken: a token of the account's own issuer that says who the caller is. */
export const getWebIdentityToken = async (world: World, call: StsCall): Promise<XmlNode> => {
  const caller = callerOf(world, call)
  const account = accountOf(world, caller)
  refuseDisabledRegion(account, call)
  const params = readWebIdentityParams(call.form)
  authorize(world, caller, { params, call })
  const id = issuerIdOf(account)
  const now = Math.floor(world.clock.now() / 1000)
  const exp = now + params.durationSeconds
  if (exp * 1000 > caller.expiresAt) throw refusal('durationEscalation')
  const [only, ...more] = params.audiences
  const claims = {
    iss: outboundIssuerOf(id),
    // [K] assumption: a text for one audience, a list for several.
    aud: more.length === 0 ? only : params.audiences,
    sub: principalArn(world, caller),
    iat: now,
    exp,
    jti: randomUUID(),
    'https://sts.amazonaws.com/': identityClaims(world, caller, { params, call }),
  }
  if (JSON.stringify(claims).length > LONGEST_PAYLOAD) throw refusal('payloadTooLarge')
  const token = signOutbound(world, id, { alg: params.algorithm, claims })
  world.minted.add(token)
  return { WebIdentityToken: token, Expiration: xmlTime(exp * 1000) }
}
