/** What the step did. */
export type RecordedAction = {
  readonly name: string
  readonly target?: string
  /** Where it was taken from, where that is a registry too. */
  readonly source?: string
  readonly digest?: string
  readonly dryRun?: boolean
  /** How far it came at each place, where there may be several. */
  readonly destinations?: readonly RecordedDestination[]
  /** What was written for later steps. */
  readonly handedOver?: readonly RecordedHandOver[]
  /** Who was let through, by a token that was verified. */
  readonly access?: RecordedAccess
  /** What a person decided on the run, by a token that was verified. */
  readonly approval?: RecordedApproval
  /** What a script wanted to be remembered. */
  readonly notes?: readonly string[]
}

/** Whose token it was, as its verified claims say. A refused run has none: its error says what was missing. */
export type RecordedAccess = {
  readonly objectId: string
  readonly clientId: string
  readonly kind: 'app' | 'person'
  /** The app roles that were asked for and are there. */
  readonly roles: readonly string[]
  /** The groups that were asked for and hold whose token it is; absent where none was. */
  readonly groups?: readonly string[]
}

/** Who decided on which run. `request` is the SHA-256 of what they were asked. */
export type RecordedApproval = {
  readonly decision: 'approve' | 'reject'
  readonly objectId: string
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly run: { readonly kind: string; readonly name: string; readonly uid: string }
  readonly request: string
  /** Object id of whoever started the run, where somebody vouches for it. */
  readonly author?: string
}

/** One entry of a file that a later step reads, or what a script was given. */
export type RecordedHandOver = {
  readonly file: string
  /** Host, profile, context: what the entry is found by. */
  readonly entry: string
  /** When it ends, RFC 3339; absent where it renews itself. */
  readonly expiresAt?: string
}

/** What one repository has of an image when the step ends. */
export type RecordedDestination = {
  readonly repository: string
  /** Whether the whole image is there by its digest. */
  readonly stored: boolean
  /** Tags that name it now. */
  readonly tags: readonly string[]
}
