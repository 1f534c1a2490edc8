// What a script of `run-script` finds beside Node 24. Put this file and tsconfig.json beside your scripts: editors then know it.

type AzureInit = RequestInit & {
  /** Entra resource (application ID URI) whose token is sent. Needed where the host is not on the table of `run-script`. */
  readonly resource?: string
}

declare const azure: {
  /** As `fetch`, with a token of this identity for the URL's host. Throttled requests are repeated; no redirect is followed. */
  fetch(url: string | URL, init?: AzureInit): Promise<Response>
  /** A token itself, for a library that wants one. It stands in the record that the script was given it. */
  token(resource: string): Promise<string>
  /** Waits for what an answer has begun (`Azure-AsyncOperation`, `Location`). Throws when it failed. */
  poll(response: Response): Promise<Response>
  /** Every entry of a list that comes in pages. */
  pages(url: string | URL, init?: AzureInit): AsyncGenerator<unknown, void, undefined>
}

type AwsInit = RequestInit & {
  /** A whole URL, or path and query at the service's own endpoint; `/` when it is absent. */
  readonly url?: string
  /** The step's `aws-region` when it is absent. */
  readonly region?: string
}

declare const aws: {
  /** As `fetch`, signed for the service (SigV4) with this identity's session. Hosts of AWS alone. */
  fetch(service: string, request?: AwsInit): Promise<Response>
  /** The session itself, as AWS's SDKs take credentials. It stands in the record that the script was given it. */
  credentials(): Promise<{
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    /** RFC 3339. */
    readonly expiration: string
    readonly region: string
  }>
}

declare const result: {
  /** Sets a result of the step. A value that holds a credential of this run ends the script. */
  set(name: 'value' | 'id' | 'url' | 'json', value: string): void
}

declare const record: {
  /** Adds a note to the audit record: 24 at most, of 512 characters. */
  note(text: string): void
}

/** The step's `params: ["key=value"]`. What was not given is undefined. */
declare const params: Readonly<Record<string, string | undefined>>

/** Path of a workspace. Throws when it is not bound. */
declare function workspace(name: 'source' | 'output'): string
