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

// From here on what is zx's: https://google.github.io/zx. It is loaded where a script names one of these.

/** Runs a program in a shell and gives what it printed. Needs `step-image` to be the image with a shell; what it starts is held by no permission. */
declare const $: typeof import('zx').$
/** How a program ended; what `$` throws where it failed. */
declare const ProcessOutput: typeof import('zx').ProcessOutput
/** What comes after, and the programs of `$`, work in this folder. */
declare const cd: typeof import('zx').cd
/** Settings of `$` and `cd` that hold inside alone. */
declare const within: typeof import('zx').within
/** Prints, in the log of the step. */
declare const echo: typeof import('zx').echo
/** Names of files. */
declare const glob: typeof import('zx').glob
/** fs-extra, of which the usual is told here. A script's own code opens files of the workspaces alone. */
declare const fs: Pick<
  typeof import('node:fs/promises'),
  | 'access'
  | 'appendFile'
  | 'chmod'
  | 'copyFile'
  | 'lstat'
  | 'mkdir'
  | 'mkdtemp'
  | 'readdir'
  | 'readFile'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'stat'
  | 'symlink'
  | 'unlink'
  | 'writeFile'
> &
  Pick<typeof import('node:fs'), 'createReadStream' | 'createWriteStream' | 'existsSync'> & {
    /** Also of folders. */
    copy(from: string, to: string): Promise<void>
    move(from: string, to: string): Promise<void>
    remove(path: string): Promise<void>
    emptyDir(path: string): Promise<void>
    /** Makes the folder and those above it. */
    ensureDir(path: string): Promise<void>
    pathExists(path: string): Promise<boolean>
    /** As `writeFile`, in a folder that need not be there. */
    outputFile(path: string, data: string | Uint8Array): Promise<void>
    outputJson(path: string, value: unknown, options?: { readonly spaces?: number }): Promise<void>
    readJson(path: string): Promise<unknown>
  }
declare const path: typeof import('node:path')
declare const os: typeof import('node:os')
declare const YAML: typeof import('zx').YAML
declare const chalk: typeof import('zx').chalk
declare const sleep: typeof import('zx').sleep
/** Tries again what throws: `retry(5, expBackoff(), async () => …)`. */
declare const retry: typeof import('zx').retry
declare const expBackoff: typeof import('zx').expBackoff
declare const which: typeof import('zx').which
/** A text as one word of the shell; `$` does it by itself. */
declare const quote: typeof import('zx').quote
