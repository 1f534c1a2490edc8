import type { KeyObject } from 'node:crypto'
import type { Clock } from '../../steps/lib/core/clock.ts'
import type { SandboxConfig } from './config.ts'
import type { Faults } from './faults.ts'

/** What every stand-in shares: the state, the time, and the two books that are kept of every request. */
export type World = {
  readonly config: SandboxConfig
  readonly clock: SandboxClock
  readonly journal: Journal
  readonly minted: MintedSecrets
  readonly keys: SigningKeys
  readonly awsSessions: Map<string, AwsSession>
  /** Passwords that ECR's GetAuthorizationToken has handed out, as the registry looks them up: key = password. */
  readonly ecrPasswords: Map<string, EcrPassword>
  /** Passwords that ECR Public's GetAuthorizationToken has handed out: key = password. Absent where nobody hands them out. */
  readonly ecrPublicTokens?: Map<string, EcrPublicToken>
  /** How a cloud reaches other hosts (issuer discovery, JWKS, STS): through the same stand-ins, never the network. */
  readonly outbound: (url: string, headers?: Readonly<Record<string, string>>) => Promise<OutboundAnswer>
  /** The faults that are on, for stand-ins that play one themselves; absent in worlds without a dispatch. */
  readonly faults?: Faults
}

/** Status 0: the host is unknown or gave no answer. `outbound` never rejects and follows no redirect. */
export type OutboundAnswer = { status: number; headers: Record<string, string>; body: string }

/** Time that tests can move; the clouds read only this one. */
export type SandboxClock = Clock & { advance(ms: number): void }

/** One thing that a stand-in was asked, what it checked, and why it refused. Holds no secret. */
export type JournalEntry = {
  readonly standIn: string
  readonly host: string
  readonly method: string
  /** Path without query: queries may carry tokens. */
  readonly path: string
  readonly status: number
  /** API operation where there is one, such as `AssumeRoleWithWebIdentity`. */
  readonly operation?: string
  /** What was compared and how it came out, in the order of the checks. */
  readonly checks?: readonly string[]
  /** The vendor's error code when it refused: `AADSTS700213`, `AccessDenied`, `DENIED`. */
  readonly refused?: string
  readonly userAgent?: string
}

export type Journal = {
  readonly entries: readonly JournalEntry[]
  write(entry: JournalEntry): void
}

/** Every token, password and key that the sandbox has handed out: what the canary scan searches for. */
export type MintedSecrets = {
  readonly all: ReadonlySet<string>
  add(secret: string): void
}

/** RSA 2048 keys by name of their owner (`issuer:<url>`, `entra:<tenant>`, `acr`), made at first use. */
export type SigningKeys = {
  /** The key that signs now. */
  of(owner: string): SigningKey
  /** What a JWKS shows: the key that signs, then older ones that are not retired. */
  published(owner: string): readonly SigningKey[]
  /** From now on a new key signs; older ones stay published. */
  rotate(owner: string): void
  /** Older keys are published no more. */
  retire(owner: string): void
}
export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }

/** A session that STS has handed out, as the services that it signs for look it up: key = access key id. */
export type AwsSession = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly accountId: string
  readonly partition: string
  readonly roleName: string
  readonly sessionName: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Session policy JSON, when one was passed. */
  readonly sessionPolicy?: string
  /** Condition keys that the session carries from its token: provider, `aud`, `sub`, principal tags, source identity. */
  readonly policyContext?: Readonly<Record<string, string | readonly string[]>>
  /** Set for the long-lived key of an IAM user: then `roleName` is empty, and so is `sessionToken`. */
  readonly userName?: string
  readonly sourceIdentity?: string
  /** Session tags, those inherited from the calling session included. */
  readonly tags?: Readonly<Record<string, string>>
  /** Keys of the tags that go on to the sessions that are chained from this one. */
  readonly transitiveTagKeys?: readonly string[]
  /** The global endpoint made it: good only in regions that are enabled by default. */
  readonly fromGlobalEndpoint?: boolean
}

/** A registry password: the session that asked for it, and the one region whose registries accept it. */
export type EcrPassword = AwsSession & {
  readonly ecrRegion?: string
  /** Epoch milliseconds: 12 hours, or the session's end when that is earlier. */
  readonly passwordExpiresAt?: number
}

/** A password for ECR Public: the session that asked for it. */
export type EcrPublicToken = AwsSession & {
  /** Epoch milliseconds. */
  readonly tokenExpiresAt?: number
}
