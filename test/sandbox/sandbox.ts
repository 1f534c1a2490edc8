import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEcrApi } from './aws/ecr-api.ts'
import { createSts } from './aws/sts.ts'
import type { SandboxConfig } from './config.ts'
import { refuseImpossibleState } from './config-rules.ts'
import { createDispatch } from './dispatch.ts'
import { createEntra } from './entra/entra.ts'
import { createFaults } from './faults.ts'
import type { FaultRule, Faults } from './faults.ts'
import { createIssuers } from './issuer.ts'
import { createJournal } from './journal.ts'
import { createMintedSecrets } from './minted.ts'
import { mintToken } from './mint-token.ts'
import type { MintTokenOptions } from './mint-token.ts'
import { createOutbound } from './outbound.ts'
import { createPki } from './pki.ts'
import { startProxy } from './proxy.ts'
import { createAcrRegistry } from './registry/acr-registry.ts'
import { createBlobHosts } from './registry/blob-hosts.ts'
import { createEcrRegistry } from './registry/ecr-registry.ts'
import { closeRegistries } from './registry/state.ts'
import { createSandboxClock } from './sandbox-clock.ts'
import { createSigningKeys } from './signing-keys.ts'
import type { StandIn } from './stand-in.ts'
import type { Journal, MintedSecrets, SandboxClock, World } from './world.ts'

/** The running sandbox: the clouds under their real names, behind one proxy on loopback. */
export type Sandbox = {
  readonly world: World
  readonly proxyUrl: string
  readonly caPem: string
  readonly journal: Journal
  readonly minted: MintedSecrets
  readonly faults: Faults
  /** Errors that stand-ins threw. Empty unless the sandbox itself has a bug. */
  readonly crashes: readonly unknown[]
  readonly standIns: readonly StandIn[]
  /** Writes the CA certificate into the folder and gives the file's path. */
  caFile(directory: string): Promise<string>
  /** What a child process needs to reach the sandbox; the CA variables are the caller's. */
  environment(): Record<string, string>
  /** A projected service-account token, as the kubelet would put it into a pod. */
  mintToken(options: MintTokenOptions): string
  /** Ends every connection, stalled answers included. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of {@link startSandbox}. */
export type SandboxOptions = {
  readonly clock?: SandboxClock
  readonly faults?: readonly FaultRule[]
  /** Other stand-ins than all of them. */
  readonly standIns?: (world: World) => readonly StandIn[]
  /** Port of the proxy on loopback; any free one when absent or 0. */
  readonly port?: number
  /** Where requests are booked, for one who wants to be told of each; a plain book when absent. */
  readonly journal?: Journal
}

/** All stand-ins. A host belongs to the first that owns it. */
export function standIns(world: World): readonly StandIn[] {
  return [
    createIssuers(world),
    createEntra(world),
    createSts(world),
    createEcrApi(world),
    createEcrRegistry(world),
    createAcrRegistry(world),
    createBlobHosts(world),
  ]
}

/** Starts the sandbox with this state of the clouds. */
export async function startSandbox(config: SandboxConfig, options: SandboxOptions = {}): Promise<Sandbox> {
  refuseImpossibleState(config)
  const closing = new AbortController()
  const pki = await createPki()
  const address = { proxyUrl: '', caPem: pki.caPem }
  const faults = createFaults(options.faults)
  const world = createWorld(config, {
    clock: options.clock ?? createSandboxClock(),
    outbound: createOutbound(address, closing.signal),
    faults,
    journal: options.journal ?? createJournal(),
  })
  const crashes: unknown[] = []
  const owners = (options.standIns ?? standIns)(world)
  const { dispatch, idle } = createDispatch({ world, faults, crashes, standIns: owners, closing: closing.signal })
  const proxy = await startProxy({
    pki,
    port: options.port ?? 0,
    owns: (host) => owners.some((standIn) => standIn.owns(host)),
    answer: dispatch,
    crashed: (error) => void crashes.push(error),
    refused: (refusal) => world.journal.write({ standIn: 'proxy', path: '', ...refusal }),
  })
  address.proxyUrl = proxy.url
  const close = async (): Promise<void> => {
    closing.abort()
    await proxy.close()
    await idle()
    await closeRegistries(world)
  }
  return {
    ...address,
    world,
    journal: world.journal,
    minted: world.minted,
    faults,
    crashes,
    standIns: owners,
    caFile: (directory) => writeCa(directory, pki.caPem),
    environment: () => environment(proxy.url),
    mintToken: (token) => mintToken(world, token),
    close,
    [Symbol.asyncDispose]: close,
  }
}

type WorldParts = Pick<World, 'clock' | 'outbound' | 'journal'> & { readonly faults: Faults }

function createWorld(config: SandboxConfig, parts: WorldParts): World {
  return {
    config,
    ...parts,
    minted: createMintedSecrets(),
    keys: createSigningKeys(),
    awsSessions: new Map(),
    ecrPasswords: new Map(),
  }
}

/** Both spellings, as each client reads only one of them; `NO_PROXY` empty, as an inherited one would open a way out. */
function environment(proxyUrl: string): Record<string, string> {
  return { HTTPS_PROXY: proxyUrl, https_proxy: proxyUrl, NO_PROXY: '', no_proxy: '' }
}

async function writeCa(directory: string, caPem: string): Promise<string> {
  const file = join(directory, 'sandbox-ca.crt')
  await writeFile(file, caPem)
  return file
}
