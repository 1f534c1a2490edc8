import type { Secret } from '../core/secret.ts'

/** How the engine gets into one repository. Fits its port: the value of the Authorization header, and a new one when it was refused. */
export type RegistryAccess = {
  authorization(): Promise<Secret>
  renew(): Promise<void>
  /** Whether the repository is there already; `unknown` where pushing creates it. */
  repositoryState(): Promise<'exists' | 'missing' | 'unknown'>
}
