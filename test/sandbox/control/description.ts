import type { SandboxConfig } from '../config.ts'

/** What a running sandbox says of itself, on standard output and at its control address. Holds no secret. */
export type SandboxDescription = {
  readonly pid: number
  /** URL of the CONNECT proxy, the one way in, by the host that is advertised. */
  readonly proxy: string
  readonly caFile: string
  /** The same file's text, for clients that do not see the state folder. */
  readonly caPem: string
  /** Folder with the CA file, the environment file and the state file. */
  readonly state: string
  /** The control address as it listens; its token is in `stateFile` only. */
  readonly control: { readonly url: string; readonly stateFile: string }
  /** Hosts of this state, by the stand-in that answers for them. */
  readonly hosts: Readonly<Record<string, readonly string[]>>
  /** What clients need in their environment, by the names that each of them reads. */
  readonly environment: Readonly<Record<string, string>>
  readonly config: SandboxConfig
}
