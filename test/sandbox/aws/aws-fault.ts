/** A refusal as AWS words it: the wire code and the text that clients see. The HTTP status follows from the code. */
export class AwsFault extends Error {
  readonly code: string
  /** Further members of the answer, for the few faults of JSON services that have some. */
  readonly members: Readonly<Record<string, string | number>>
  constructor(code: string, message: string, members: Readonly<Record<string, string | number>> = {}) {
    super(message)
    this.name = 'AwsFault'
    this.code = code
    this.members = members
  }
}

/** What a call writes down of its checks, in their order; goes to the journal and holds no secret. */
export type Trace = { readonly checks: string[] }
