import type { AwsAccount, AwsRole } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import type { Trace } from './aws-fault.ts'
import { partitionOf } from './hosts.ts'
import { accountPartition, assumedRoleArn, parseRoleArn, providerArnOf, roleArnOf, roleIdOf } from './role-arn.ts'
import { joinSessionPolicies, readInlinePolicy } from './session-policy.ts'
import { mintSession, packedPolicySize } from './session.ts'
import { refusal } from './sts-errors.ts'
import { readAssumeParams } from './sts-params.ts'
import type { AssumeParams } from './sts-params.ts'
import type { XmlNode } from './sts-xml.ts'
import { readExtras } from './token-extras.ts'
import type { TokenExtras } from './token-extras.ts'
import { checkTrust, lastingKeys } from './trust-policy.ts'
import type { TrustQuestion } from './trust-policy.ts'
import { verifyToken } from './verify-token.ts'
import type { VerifiedToken } from './verify-token.ts'

const DEFAULT_LIFETIME = 3600

/** The account of the role's ARN, when the ARN has the right form and belongs to the endpoint's partition. */
const findAccount = (world: World, params: AssumeParams, region: string): AwsAccount | undefined => {
  const arn = parseRoleArn(params.roleArn)
  // [K] assumption: a role of another partition is answered like an ARN of the wrong form.
  if (arn === undefined || arn.partition !== partitionOf(region)) throw refusal('badArn')
  return world.config.accounts.find(({ id, partition = 'aws' }) => id === arn.accountId && partition === arn.partition)
}

/** A role that does not exist gets the answer of a role that does not trust: nobody can probe for names. */
const findRole = (account: AwsAccount, params: AssumeParams, trace: Trace): AwsRole => {
  const role = account.roles.find((candidate) => roleArnOf(account, candidate) === params.roleArn)
  trace.checks.push(`role ${params.roleArn}: ${role === undefined ? 'does not exist' : 'exists'}`)
  if (role === undefined) throw refusal('notAuthorized')
  return role
}

const lifetimeOf = (params: AssumeParams, role: AwsRole, trace: Trace): number => {
  const longest = role.maxSessionDuration ?? DEFAULT_LIFETIME
  const asked = params.durationSeconds ?? DEFAULT_LIFETIME
  trace.checks.push(`duration ${asked} s, role allows ${longest} s`)
  if (asked > longest) throw refusal('durationAboveRole')
  return asked
}

type Answer = { readonly session: AwsSession; readonly packed: number; readonly question: TrustQuestion }

/** Recorded answers leave `SourceIdentity` out when the token brings none. */
const answerXml = ({ session, packed, question }: Answer): XmlNode => ({
  SubjectFromWebIdentityToken: question.claims.sub,
  Audience: question.claims.audience,
  AssumedRoleUser: {
    AssumedRoleId: `${roleIdOf(session.accountId, session.roleName)}:${session.sessionName}`,
    Arn: assumedRoleArn(session),
  },
  Credentials: {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt).toISOString().replace('.000Z', 'Z'),
  },
  SourceIdentity: question.extras.sourceIdentity,
  PackedPolicySize: String(packed),
  Provider: providerArnOf(question.account, question.claims.iss),
})

type Opening = {
  readonly world: World
  readonly params: AssumeParams
  readonly inlinePolicy: unknown
  readonly trace: Trace
}

const openSession = (opening: Opening, question: TrustQuestion): Answer => {
  const { world, params, trace } = opening
  const { account, role, claims, extras } = question
  const lifetimeSeconds = lifetimeOf(params, role, trace)
  const sessionPolicy = joinSessionPolicies(account, params, opening.inlinePolicy)
  const packed = packedPolicySize({ ...extras, sub: claims.sub, policy: sessionPolicy })
  const session = mintSession(world, {
    accountId: account.id,
    partition: accountPartition(account),
    roleName: role.name,
    sessionName: params.roleSessionName,
    lifetimeSeconds,
    policyContext: lastingKeys(question),
    ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
  })
  return { session, packed, question }
}

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
export const assumeRoleWithWebIdentity = async (
  world: World,
  form: ReadonlyMap<string, string>,
  call: { readonly region: string; readonly trace: Trace },
): Promise<XmlNode> => {
  const { trace } = call
  const params = readAssumeParams(form)
  const inlinePolicy = readInlinePolicy(params)
  const account = findAccount(world, params, call.region)
  trace.checks.push('parameters and role ARN: valid')
  const { claims, extras } = await verifyAll(world, account, { params, trace })
  // Without an account there is no provider, so the token was refused before.
  if (account === undefined) throw refusal('notValidated')
  const role = findRole(account, params, trace)
  const question = { account, role, claims, extras, sessionName: params.roleSessionName, nowMs: world.clock.now() }
  checkTrust(question, trace)
  return answerXml(openSession({ world, params, inlinePolicy, trace }, question))
}
