/** A refusal as AWS words it: the wire code and the text that clients see. The HTTP status follows from the code. */
export class AwsFault extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'AwsFault'
    this.code = code
  }
}

/** What a call writes down of its checks, in their order; goes to the journal and holds no secret. */
export type Trace = { readonly checks: string[] }
