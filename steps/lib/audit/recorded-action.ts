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
  /** Id of the record of the broker that handed out, or that was asked. */
  readonly broker?: string
  /** All that was handed out, of a broker that has sealed its list. */
  readonly handOuts?: RecordedHandOuts
  /** How the user's command ended, as Tekton told the last step. */
  readonly exitCode?: number
  /** What a script wanted to be remembered, or what check-trust found. */
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

/** A list of hand-outs that nothing is added to any more. */
export type RecordedHandOuts = {
  readonly count: number
  /** When the last of what was handed out ends, RFC 3339; absent where nothing was. */
  readonly lastEnd?: string
  /** Of the list, line by line; each of its lines has the SHA-256 of one record. */
  readonly sha256: string
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
