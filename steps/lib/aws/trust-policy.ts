import type { RoleArn } from './role-arn.ts'
import type { WebIdentityToken } from './web-identity-request.ts'

/** What of a token AWS compares: the claims of a token that there is, or of one that there will be. */
export type TrustedToken = Pick<WebIdentityToken, 'issuer' | 'audience' | 'authorizedParty' | 'subject'>

/** The audience that AWS compares with the provider's client-ID list and with `:aud`: `azp` where the token has one, else `aud`. */
export function comparedAudience(token: Pick<TrustedToken, 'audience' | 'authorizedParty'>): string {
  return token.authorizedParty || token.audience
}

/** Name of the claim that {@link comparedAudience} comes from. */
export function comparedClaim(token: WebIdentityToken): 'azp' | 'aud' {
  return token.authorizedParty === '' ? 'aud' : 'azp'
}

/** ARN of the IAM OIDC provider for the token's issuer in the role's account; the issuer's trailing slash belongs to it. */
export function providerArn(role: RoleArn, issuer: string): string {
  return `arn:${role.partition}:iam::${role.accountId}:oidc-provider/${withoutScheme(issuer)}`
}

/**
 * The trust policy that admits exactly this token: `:aud`, `:sub` and, where the token has `azp` (Entra v2), `:oaud` as well.
 * Without `:oaud` every v2 token of the client, for whatever API, would pass, and that API could replay it (IAM condition keys).
 */
export function trustPolicyFor(role: RoleArn, token: TrustedToken): string {
  const key = withoutScheme(token.issuer)
  const conditions: Record<string, string> = { [`${key}:aud`]: comparedAudience(token), [`${key}:sub`]: token.subject }
  if (token.authorizedParty !== '') conditions[`${key}:oaud`] = token.audience
  return policyText({
    Effect: 'Allow',
    Principal: { Federated: providerArn(role, token.issuer) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: conditions },
  })
}

/** The trust policy by which a role may be assumed from the session of another one, with the tags and the source identity that it brings. */
export function chainTrustPolicy(from: RoleArn): string {
  return policyText({ Effect: 'Allow', Principal: { AWS: from.arn }, Action: chainActions })
}

/** What the role before needs among its own policies: another account's trust alone lets nobody in. */
export function chainIdentityPolicy(next: RoleArn): string {
  return policyText({ Effect: 'Allow', Action: chainActions, Resource: next.arn })
}

/** What a role needs to get tokens for the audience that say outside of AWS who it is. */
export function outboundPolicy(audience: string): string {
  return policyText({
    Effect: 'Allow',
    Action: 'sts:GetWebIdentityToken',
    Resource: '*',
    Condition: { 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': [audience] } },
  })
}

/** Tags and a source identity go on only with their own permission, inherited ones too. */
export const chainActions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] as const

/** A policy document as people write it. */
export function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2)
}

/** An issuer as provider ARNs and condition keys name it: without the scheme, with its slash at the end where it has one. */
export function withoutScheme(issuer: string): string {
  return issuer.replace(/^https:\/\//, '')
}
