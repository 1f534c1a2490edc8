/** A request as it travels between the script's process and ours. */
export type WireRequest = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** An answer in the same form. */
export type WireAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What a script's AWS session is, as the AWS SDKs call its parts. */
export type WireCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** RFC 3339. */
  readonly expiration: string
  readonly region: string
}

/** What the script's process asks for and waits for. */
export type Ask =
  | { readonly kind: 'fetch'; readonly request: WireRequest }
  | { readonly kind: 'azure.fetch'; readonly request: WireRequest; readonly resource: string | undefined }
  | { readonly kind: 'azure.token'; readonly resource: string }
  | {
      readonly kind: 'aws.fetch'
      readonly service: string
      readonly region: string | undefined
      readonly request: WireRequest
    }
  | { readonly kind: 'aws.credentials' }

/** What it tells without waiting. */
export type Tell =
  | { readonly kind: 'result'; readonly name: string; readonly value: string }
  | { readonly kind: 'note'; readonly text: string }
  | Failure

/** How the script failed. */
export type Failure = {
  readonly kind: 'invalid' | 'threw' | 'no-shell'
  readonly reason: string
  /** `script.ts:3:9`, or just its name. */
  readonly place: string
  /** Of an error of ours that the script did not catch: which. */
  readonly refusal: number | undefined
}

/** All that the script's process says. */
export type Said = Tell | { readonly kind: 'ask'; readonly id: number; readonly ask: Ask }

/** What our process says: the script first, then answers. */
export type Told =
  | { readonly kind: 'start'; readonly script: Start }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly code: string; readonly message: string }

/** What the script's process needs to begin. */
export type Start = {
  readonly name: string
  readonly text: string
  /** Only read it, and say what is wrong with it. */
  readonly check: boolean
  /** Whether it may start programs. */
  readonly hasShell: boolean
  readonly params: Readonly<Record<string, string>>
  readonly workspaces: Readonly<Record<string, string>>
  readonly results: readonly string[]
}
