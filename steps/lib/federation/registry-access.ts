import type { Secret } from '../core/secret.ts'

/** How the engine reads one repository. Fits its port: the value of the Authorization header, if there is one, and a new one when it was refused. */
export type ReadAccess = {
  authorization(): Promise<Secret | undefined>
  renew(): Promise<void>
}

/** How the engine gets into one repository to push. */
export type RegistryAccess = Pick<ReadAccess, 'renew'> & {
  authorization(): Promise<Secret>
  /** Whether the repository is there already; `unknown` where pushing creates it. */
  repositoryState(): Promise<'exists' | 'missing' | 'unknown'>
}
