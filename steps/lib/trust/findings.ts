import type { SeenRole } from '../aws/iam-role.ts'
import type { RoleArn } from '../aws/role-arn.ts'
import type { AwsSession } from '../aws/session.ts'
import type { TrustedToken } from '../aws/trust-policy.ts'
import type { ReadPolicy } from '../aws/policy-statement.ts'
import type { AzureCloudName } from '../azure/clouds.ts'
import type { EntraToken } from '../azure/entra-token.ts'
import type { GraphCredential, Seen } from '../azure/graph.ts'
import type { StepError } from '../core/errors.ts'
import type { SignatureVerdict } from '../core/jwt.ts'
import type { RegistryHost } from '../federation/registry-host.ts'
import type { IssuerDocuments, IssuerFault } from '../token/issuer-documents.ts'
import type { ProjectedToken } from '../token/projected-token.ts'

/** What came of something that was tried. */
export type Tried<T> = { readonly got: T } | { readonly error: StepError }

/** A projected token of this pod, by whom it is shown to. */
export type TokenFinding = {
  readonly shownTo: 'Entra' | 'AWS'
  readonly token: Tried<ProjectedToken>
  /** From `iat` to `exp`, in milliseconds; undefined where the token does not say. */
  readonly lifeMs?: number | undefined
}

/** What an issuer of projected tokens publishes, as whoever verifies its tokens would see it. */
export type IssuerFinding = {
  readonly issuer: string
  readonly readBy: readonly ('Entra' | 'AWS')[]
  readonly alg: string
  readonly kid: string
  /** Absent where the issuer's name already says that nobody outside can ask it: it was not asked. */
  readonly documents?: { readonly got: IssuerDocuments } | { readonly fault: IssuerFault } | undefined
  readonly signature?: SignatureVerdict | undefined
}

/** What Entra gave for a resource, decoded. */
export type GivenToken = Pick<
  EntraToken,
  'issuer' | 'audience' | 'authorizedParty' | 'subject' | 'objectId' | 'tenantId' | 'expiresAt'
> & {
  /** `ver`: `1.0` or `2.0`. */
  readonly version: string
  readonly roles: readonly string[]
}

/** One exchange that was tried. */
export type ExchangeFinding = {
  readonly resource: string
  readonly result: Tried<GivenToken>
  /** Whether it is an API of one's own, whose app roles decide who gets tokens. */
  readonly isOwn: boolean
  /** Whether Entra gives its tokens only to clients with an app role, as Graph says. Of one's own alone. */
  readonly assignmentRequired?: Seen<boolean> | undefined
}

/** What was asked of Entra, and what came of it. */
export type EntraFindings = {
  readonly tenantId: string
  readonly clientId: string
  readonly cloud: AzureCloudName
  /** By which proof: only by `cluster` Entra sees the projected token itself. */
  readonly proof: 'cluster' | 'identity-binding' | 'aws'
  readonly exchanges: readonly ExchangeFinding[]
  /** The client's federated credentials, as Graph shows them. */
  readonly credentials: Seen<readonly GraphCredential[]>
}

/** Where a trust policy was read. */
export type PolicySource = 'iam' | 'file'

/** What was asked of AWS, and what came of it. */
export type AwsFindings = {
  readonly role: RoleArn
  /** The role that does the work: the last one where roles are chained. */
  readonly worker: RoleArn
  /** Whether STS let the token into `role`, whatever became of it afterwards. */
  readonly letIn: boolean
  readonly durationSeconds: number
  readonly sessionName: string
  /** The token that went to STS; absent where there was none. */
  readonly sent?: TrustedToken | undefined
  readonly session: Tried<AwsSession>
  /** What iam:GetRole says. */
  readonly seenRole: SeenRole
  /** The policy that a file holds, where one was named. */
  readonly filePolicy?: ReadPolicy | undefined
}

/** Whether the identity may push to a repository. */
export type PushFinding = {
  /** `host/repository`. */
  readonly name: string
  readonly registry: RegistryHost
  readonly repository: string
  readonly result: Tried<'allowed'>
}

/** Everything that was found out, before anything is made of it. */
export type Findings = {
  readonly tokens: readonly TokenFinding[]
  readonly issuers: readonly IssuerFinding[]
  readonly entra?: EntraFindings | undefined
  readonly aws?: AwsFindings | undefined
  readonly pushes: readonly PushFinding[]
}

/** The token of an exchange; undefined where there is none. */
export function gotten<T>(tried: Tried<T>): T | undefined {
  return 'got' in tried ? tried.got : undefined
}
