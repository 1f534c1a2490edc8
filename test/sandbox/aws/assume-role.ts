import type { AwsAccount } from '../config.ts'
import type { World } from '../world.ts'
import type { Trace } from './aws-fault.ts'
import { isStillSpreading } from './iam-propagation.ts'
import { providerArnOf } from './role-arn.ts'
import { findAccount, findRole, openRoleSession, sessionXml } from './role-session.ts'
import type { Opened } from './role-session.ts'
import { readInlinePolicy } from './session-policy.ts'
import type { StsCall } from './sts-call.ts'
import { refusal } from './sts-errors.ts'
import { readAssumeParams } from './sts-params.ts'
import type { AssumeParams } from './sts-params.ts'
import { refuseDisabledRegion } from './sts-region.ts'
import type { XmlNode } from './sts-xml.ts'
import { readExtras } from './token-extras.ts'
import type { TokenExtras } from './token-extras.ts'
import { checkTrust, lastingKeys } from './trust-policy.ts'
import type { TrustQuestion } from './trust-policy.ts'
import { verifyToken } from './verify-token.ts'
import type { VerifiedToken } from './verify-token.ts'

/** Recorded answers leave `SourceIdentity` out when the token brings none. */
const answerXml = ({ session, packed }: Opened, question: TrustQuestion): XmlNode => ({
  SubjectFromWebIdentityToken: question.claims.sub,
  Audience: question.claims.audience,
  ...sessionXml(session),
  SourceIdentity: question.extras.sourceIdentity,
  PackedPolicySize: String(packed),
  Provider: providerArnOf(question.account, question.claims.iss),
})

const verifyAll = async (
  world: World,
  account: AwsAccount | undefined,
  asked: { readonly params: AssumeParams; readonly trace: Trace },
): Promise<VerifiedToken & { readonly extras: TokenExtras }> => {
  const { params, trace } = asked
  if (params.providerId !== undefined) throw refusal('notLoginWithAmazon')
  const token = await verifyToken(world, account, { text: params.webIdentityToken, trace })
  const extras = readExtras(token.payload, params.roleArn)
  trace.checks.push(`roles claim: ${extras.roleAuthorizedByIdp ? 'names the role' : 'absent'}`)
  return { ...token, extras }
}

/** Answers AssumeRoleWithWebIdentity: parameters, ARN, token, roles claim, trust policy, duration, in this order. */
export const assumeRoleWithWebIdentity = async (world: World, call: StsCall): Promise<XmlNode> => {
  const { trace, request } = call
  const params = readAssumeParams(call.form)
  const inlinePolicy = readInlinePolicy(params)
  const account = findAccount(world, params.roleArn, call.region)
  refuseDisabledRegion(account, call)
  trace.checks.push('parameters and role ARN: valid')
  const { claims, extras } = await verifyAll(world, account, { params, trace })
  // Without an account there is no provider, so the token was refused before.
  if (account === undefined) throw refusal('notValidated')
  const role = findRole(account, params.roleArn, trace)
  // A role that does not exist gets the answer of a role that does not trust: nobody can probe for names.
  if (role === undefined || isStillSpreading(world, role, { request, trace })) throw refusal('notAuthorized')
  const question = { account, role, claims, extras, sessionName: params.roleSessionName, world }
  checkTrust(question, trace)
  const policyContext = lastingKeys(question)
  const { sub } = claims
  const fromGlobalEndpoint = call.isGlobal
  const opened = openRoleSession(world, {
    account,
    role,
    params,
    inlinePolicy,
    trace,
    sub,
    policyContext,
    fromGlobalEndpoint,
    ...extras,
    chained: false,
  })
  return answerXml(opened, question)
}
