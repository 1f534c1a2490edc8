import type { AwsAccount, AwsRole } from '../config.ts'
import type { World } from '../world.ts'
import type { Trace } from './aws-fault.ts'
import { evaluateDocuments } from './policy-evaluation.ts'
import { policyContext } from './policy-conditions.ts'
import type { PolicyContext } from './policy-conditions.ts'
import { providerArnOf } from './role-arn.ts'
import { requestKeys } from './session-context.ts'
import { refusal } from './sts-errors.ts'
import type { TokenClaims } from './token-claims.ts'
import type { TokenExtras } from './token-extras.ts'

/** Who wants to become which role, with everything that a trust policy can look at. */
export type TrustQuestion = {
  readonly account: AwsAccount
  readonly role: AwsRole
  readonly claims: TokenClaims
  readonly extras: TokenExtras
  readonly sessionName: string
  readonly world: World
}

/** Condition keys named after the issuer: its URL without `https://`, the trailing slash kept. */
const issuerKeys = (claims: TokenClaims): Record<string, string | readonly string[]> => {
  const issuer = claims.iss.replace(/^https:\/\//, '')
  return { [`${issuer}:aud`]: claims.audience, [`${issuer}:sub`]: claims.sub, [`${issuer}:amr`]: claims.amr }
}

/** What a session keeps of its token for later policies; `:oaud` is not among it (protocols.md §5.3). */
export const lastingKeys = (question: TrustQuestion): Record<string, string | readonly string[]> => {
  const { account, claims, extras } = question
  return {
    ...issuerKeys(claims),
    'aws:FederatedProvider': providerArnOf(account, claims.iss),
    ...(extras.sourceIdentity === undefined ? {} : { 'aws:SourceIdentity': extras.sourceIdentity }),
    ...Object.fromEntries([...extras.tags].map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  }
}

const trustContext = (question: TrustQuestion): PolicyContext => {
  const { account, claims, extras } = question
  return policyContext({
    ...issuerKeys(claims),
    [`${claims.iss.replace(/^https:\/\//, '')}:oaud`]: claims.tokenAudiences,
    'sts:RoleSessionName': question.sessionName,
    'sts:SourceIdentity': extras.sourceIdentity,
    'sts:TransitiveTagKeys': extras.transitiveTagKeys,
    // [K] assumption: the key is there, as false, when the token has no roles claim.
    'sts:RoleAuthorizedByIdp': String(extras.roleAuthorizedByIdp),
    'aws:TagKeys': [...extras.tags.keys()],
    ...Object.fromEntries([...extras.tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:FederatedProvider': providerArnOf(account, claims.iss),
    'aws:PrincipalType': 'FederatedUser', // [K] assumption: the value for an OIDC caller.
    ...requestKeys(question.world),
  })
}

/** Tags and a source identity need their own permission in the trust policy, besides the one to assume the role. */
const actionsFor = (extras: TokenExtras): readonly string[] => [
  'sts:AssumeRoleWithWebIdentity',
  ...(extras.tags.size > 0 ? ['sts:TagSession'] : []),
  ...(extras.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
]

/** Refuses unless the role's trust policy allows each action that the request needs. */
export const checkTrust = (question: TrustQuestion, trace: Trace): void => {
  const federated = providerArnOf(question.account, question.claims.iss)
  const context = trustContext(question)
  for (const action of actionsFor(question.extras)) {
    const decision = evaluateDocuments([question.role.trustPolicy], 'trust', { action, asker: { federated }, context })
    trace.checks.push(`trust policy, ${action}: ${decision.outcome}`, ...decision.notes)
    if (decision.outcome !== 'allow') throw refusal('notAuthorized')
  }
}
