import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createArm } from './arm/arm.ts'
import { createEcrApi } from './aws/ecr-api.ts'
import { createEcrPublicApi } from './aws/ecr-public-api.ts'
import { createIam } from './aws/iam.ts'
import { createOutboundIssuers } from './aws/outbound-issuer.ts'
import { createSts } from './aws/sts.ts'
import { BoundedMap } from './bounded.ts'
import type { SandboxConfig } from './config.ts'
import { refuseImpossibleState } from './config-rules.ts'
import { proxyEnvironment } from './control/client-environment.ts'
import { createDispatch } from './dispatch.ts'
import { startAksTokenProxy } from './entra/aks-token-proxy.ts'
import type { AksTokenProxy } from './entra/aks-token-proxy.ts'
import { answerDeviceCode } from './entra/device-code.ts'
import { createEntra } from './entra/entra.ts'
import { forgetIssuerKeys } from './entra/issuer-keys.ts'
import { createFaults } from './faults.ts'
import type { FaultRule, Faults } from './faults.ts'
import { createGraph } from './graph/graph.ts'
import { createIssuers } from './issuer.ts'
import { createJournal } from './journal.ts'
import { createApiServers } from './kubernetes/api-servers.ts'
import { LOOPBACK } from './listen.ts'
import type { ListenAt } from './listen.ts'
import { createLogIngestion } from './monitor/log-ingestion.ts'
import { createMintedSecrets } from './minted.ts'
import { mintToken } from './mint-token.ts'
import type { MintTokenOptions } from './mint-token.ts'
import { createOutbound } from './outbound.ts'
import { createPki } from './pki.ts'
import { startProxy } from './proxy.ts'
import { createAcrRegistry } from './registry/acr-registry.ts'
import { createBlobHosts } from './registry/blob-hosts.ts'
import { createEcrPublic } from './registry/ecr-public.ts'
import { createEcrRegistry } from './registry/ecr-registry.ts'
import { closeRegistries } from './registry/state.ts'
import { retireKeys, rotateKeys } from './rotate-keys.ts'
import type { KeyOwner } from './rotate-keys.ts'
import { createBuckets } from './s3/buckets.ts'
import { createSandboxClock } from './sandbox-clock.ts'
import { createSigningKeys } from './signing-keys.ts'
import { createRecordSinks } from './sink/record-sink.ts'
import { createSkewableClock } from './skewed-clock.ts'
import type { StandIn } from './stand-in.ts'
import type { Journal, MintedSecrets, SandboxClock, World } from './world.ts'

/** The running sandbox: the clouds under their real names, behind one proxy. */
export type Sandbox = {
  readonly world: World
  readonly proxyUrl: string
  readonly caPem: string
  readonly journal: Journal
  readonly minted: MintedSecrets
  readonly faults: Faults
  /** Where pods of clusters with identity bindings get their tokens; undefined when the state has no binding. */
  readonly aksTokenProxy: Omit<AksTokenProxy, 'close'> | undefined
  /** Errors that stand-ins threw. Empty unless the sandbox itself has a bug. */
  readonly crashes: readonly unknown[]
  readonly standIns: readonly StandIn[]
  /** Writes the CA certificate into the folder and gives the file's path. */
  caFile(directory: string): Promise<string>
  /** What a child process needs to reach the sandbox; the CA variables are the caller's. */
  environment(): Record<string, string>
  /** A projected service-account token, as the kubelet would put it into a pod. */
  mintToken(options: MintTokenOptions): string
  /** A new key signs for a tenant or an issuer; see `rotate-keys.ts` for what becomes of the old one. */
  rotateKeys(owner: KeyOwner, options?: { readonly retireOld?: boolean }): void
  /** The older keys of a tenant or an issuer are published no more. */
  retireKeys(owner: KeyOwner): void
  /** Entra forgets the keys that it keeps of one issuer, or of all: at the next exchange it asks again. */
  refreshIssuerKeys(issuer?: string): void
  /** Answers a device code as a person would at the page: by their UPN, or with a no. Throws when the page would refuse. */
  answerDeviceCode(userCode: string, answer: { readonly upn: string } | 'decline'): void
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
  /**
   * `everything` (the default) keeps the whole journal and every secret, which the canary scan needs. `recent` keeps the last ten
   * thousand of each, and of sessions and passwords: for a sandbox that stays up.
   */
  readonly remember?: 'everything' | 'recent'
  /** Where the proxy listens; any free port of 127.0.0.1 when absent. */
  readonly at?: ListenAt
  /** Where requests are booked, for one who wants to be told of each; a plain book when absent. */
  readonly journal?: Journal
}

const recentLimit = 10_000

/** All stand-ins. A host belongs to the first that owns it. */
export function standIns(world: World): readonly StandIn[] {
  return [
    createIssuers(world),
    createEntra(world),
    createArm(world),
    createGraph(world),
    createSts(world),
    createIam(world),
    createEcrApi(world),
    createEcrPublicApi(world),
    createOutboundIssuers(world),
    createApiServers(world),
    createEcrRegistry(world),
    createEcrPublic(world),
    createAcrRegistry(world),
    createBlobHosts(world),
    createRecordSinks(world),
    createBuckets(world),
    createLogIngestion(world),
  ]
}

/** Starts the sandbox with this state of the clouds. */
export async function startSandbox(config: SandboxConfig, options: SandboxOptions = {}): Promise<Sandbox> {
  refuseImpossibleState(config)
  const closing = new AbortController()
  const pki = await createPki()
  const address = { proxyUrl: '', caPem: pki.caPem }
  const faults = createFaults(options.faults)
  const limit = options.remember === 'recent' ? recentLimit : Number.POSITIVE_INFINITY
  const world = createWorld(config, {
    clock: createSkewableClock(options.clock ?? createSandboxClock()),
    outbound: createOutbound(address, closing.signal),
    faults,
    limit,
    journal: options.journal ?? createJournal(limit),
  })
  const crashes: unknown[] = []
  const owners = (options.standIns ?? standIns)(world)
  const { dispatch, idle } = createDispatch({ world, faults, crashes, standIns: owners, closing: closing.signal })
  const proxy = await startProxy({
    pki,
    at: options.at ?? { address: LOOPBACK, port: 0 },
    owns: (host) => owners.some((standIn) => standIn.owns(host)),
    answer: dispatch,
    crashed: (error) => void crashes.push(error),
    refused: (refusal) => world.journal.write({ standIn: 'proxy', path: '', ...refusal }),
  })
  address.proxyUrl = proxy.url
  const hasBindings = (config.identityBindings ?? []).length > 0
  const aksTokenProxy = hasBindings ? await startAksTokenProxy(world, (error) => void crashes.push(error)) : undefined
  const close = async (): Promise<void> => {
    closing.abort()
    await proxy.close()
    await aksTokenProxy?.close()
    await idle()
    await closeRegistries(world)
  }
  return {
    ...address,
    world,
    journal: world.journal,
    minted: world.minted,
    faults,
    aksTokenProxy,
    crashes,
    standIns: owners,
    caFile: (directory) => writeCa(directory, pki.caPem),
    environment: () => proxyEnvironment(proxy.url),
    mintToken: (token) => mintToken(world, token),
    rotateKeys: (owner, how) => rotateKeys(world, owner, how),
    retireKeys: (owner) => retireKeys(world, owner),
    answerDeviceCode: (userCode, answer) => {
      const failure = answerDeviceCode(world, userCode, answer)
      if (failure !== undefined) throw new Error(`the device code was not taken: ${failure}`)
    },
    refreshIssuerKeys: (issuer) => forgetIssuerKeys(world, issuer),
    close,
    [Symbol.asyncDispose]: close,
  }
}

type WorldParts = Pick<World, 'clock' | 'outbound' | 'journal'> & { readonly faults: Faults; readonly limit: number }

function createWorld(config: SandboxConfig, { limit, ...parts }: WorldParts): World {
  return {
    config,
    ...parts,
    minted: createMintedSecrets(limit),
    keys: createSigningKeys(),
    awsSessions: new BoundedMap(limit),
    ecrPasswords: new BoundedMap(limit),
    ecrPublicTokens: new BoundedMap(limit),
  }
}

async function writeCa(directory: string, caPem: string): Promise<string> {
  const file = join(directory, 'sandbox-ca.crt')
  await writeFile(file, caPem)
  return file
}
