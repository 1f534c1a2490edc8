import { assumedRoleArn } from '../aws/role-arn.ts'
import type { AwsSession } from '../world.ts'
import type { Decision } from './ecr-access.ts'

/** The challenge of every 401. [K] assumption: realm and service. */
export const challenge = (host: string): string => `Basic realm="https://${host}/",service="ecr.amazonaws.com"`

/** Body of a 401, plain text. [K] assumption. */
export const NOT_AUTHORIZED = 'Not Authorized\n'

/** DENIED of a password past its time: HTTP 403 without a challenge, seen in flipt-io/flipt 3043 and aws-cli 6580. */
export const PASSWORD_EXPIRED = 'Your authorization token has expired. Reauthenticate and try again.'

/** DENIED of a password made in another region. [K] assumption: the text. */
export const WRONG_REGION = 'Your Authorization Token is invalid.'

/** ECR Public's DENIED for a token that it does not know (dependabot/proxy 157). */
export const PUBLIC_TOKEN_INVALID = 'Your Authorization Token is invalid.'

/** ECR Public's message for who brings nothing (docker/login-action 38 quotes it). [K] assumption: that pushing elsewhere says the same. */
export const PUBLIC_NOT_AUTHORIZED = 'Not Authorized'

/** A chunk that S3 would not take as a part. [K] assumption: the registry's text and code; the API's is LayerPartTooSmallException. */
export const CHUNK_TOO_SMALL = 'Layer parts must be at least 5242880 bytes in size, except for the last one.'

/** protocols.md section 6, NAME_UNKNOWN. */
export const nameUnknown = (name: string, account: string): string =>
  `The repository with name '${name}' does not exist in the registry with id '${account}'`

/** protocols.md section 6, TAG_INVALID, in the newer of its two wordings. */
export const immutableTag = (name: string, tag: string): string =>
  `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`

/** IAM's DENIED: which action on what, and which kind of policy decided. */
export const accessDenied = (
  session: AwsSession,
  asked: { action: string; resource: string },
  decision: Decision,
): string => {
  const user = assumedRoleArn(session)
  const article = decision.decidedBy === 'identity-based policy' ? 'an' : 'a'
  const reason =
    decision.outcome === 'explicit-deny'
      ? `with an explicit deny in ${article} ${decision.decidedBy}`
      : `because no ${decision.decidedBy} allows the ${asked.action} action`
  return `User: ${user} is not authorized to perform: ${asked.action} on resource: ${asked.resource} ${reason}`
}
