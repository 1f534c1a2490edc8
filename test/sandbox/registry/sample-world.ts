import type { SandboxConfig } from '../config.ts'
import { createJournal } from '../journal.ts'
import { createMintedSecrets } from '../minted.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
import { createSigningKeys } from '../signing-keys.ts'
import type { World } from '../world.ts'
import { closeRegistries } from './state.ts'

/** A world without proxy and clouds, for one stand-in alone. Its end closes the registries. */
export const createSampleWorld = (config: Partial<SandboxConfig> = {}): World & AsyncDisposable => {
  const world: World & AsyncDisposable = {
    config: { issuers: [], tenants: [], accounts: [], acrRegistries: [], ...config },
    clock: createSandboxClock({ frozen: true }),
    journal: createJournal(),
    minted: createMintedSecrets(),
    keys: createSigningKeys(),
    awsSessions: new Map(),
    ecrPasswords: new Map(),
    outbound: async () => ({ status: 0, headers: {}, body: '' }),
    [Symbol.asyncDispose]: () => closeRegistries(world),
  }
  return world
}
