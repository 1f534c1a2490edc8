import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { readTask } from '../contract/repository.ts'
import { memory, profileOf } from '../hand-over/front-door.ts'
import { parseRecord, type AuditRecord } from '../push-image/record.ts'
import { findLeaks } from '../sandbox/canary.ts'
import { closeWithoutCrashes } from '../sandbox/close-without-crashes.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example } from '../sandbox/example-cloud.ts'
import { freshRequests } from '../sandbox/fresh-requests.ts'
import { placesOf } from '../sandbox/local-run/places.ts'
import { runTask, type LocalTaskResult, type LocalTaskRun } from '../sandbox/local-run/run-task.ts'
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts'
import { recordsOf, type KeptRecord } from '../sandbox/sink/sink-state.ts'
import { brokerCloud, resources } from './clouds.ts'
import { openUsersCommand } from './users-command.ts'
import { freePort } from '../free-port.ts'

/** How one run differs from the good one. */
export type Variation = {
  readonly params?: Readonly<Record<string, string | readonly string[]>>
  readonly profile?: Readonly<Record<string, string | undefined>>
  readonly run?: Partial<LocalTaskRun>
  /** What the user's command is told beside where to ask. */
  readonly manner?: string
}

/** How a run has ended, with the records of all that is ours. */
export type Brokered = LocalTaskResult & {
  readonly records: {
    readonly open: AuditRecord | undefined
    readonly seal: AuditRecord | undefined
    readonly broker: AuditRecord | undefined
  }
  readonly log: { readonly open: string; readonly seal: string; readonly broker: string }
  /** Lines of the list of hand-outs. */
  readonly list: readonly string[]
}

/** A run whose command has started, or that has ended before. */
export type BrokeredRun = {
  readonly port: number
  /** What the command finds in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Folder of the volume that only the broker and our steps mount. */
  readonly sealed: string
  readonly handOver: string
  /** The kubelet writes the projected token anew. */
  renewToken(expiresInSeconds: number): Promise<void>
  /** As a cancelled run: a signal to whatever step runs, and to the broker. */
  kill(signal: NodeJS.Signals): void
  /** Has the command end, and waits for the run. */
  end(status?: number | 'killed'): Promise<Brokered>
  /** Waits for a run that ends without that. */
  readonly result: Promise<Brokered>
}

/** The Task `run-with-identity`, as its YAML wires the built programs, against a sandbox of its own. */
export type BrokerDoor = AsyncDisposable & {
  readonly sandbox: Sandbox
  /** Starts a run and waits for its command; throws when it ends before. */
  start(variation?: Variation): Promise<BrokeredRun>
  /** A run whose command ends at once, with 0, or that never starts it. */
  run(variation?: Variation): Promise<Brokered>
  requests(): string[]
  /** Records of hand-outs that the sinks keep, oldest first. */
  handOuts(): readonly KeptRecord[]
}

const tool = fileURLToPath(new URL('users-tool.ts', import.meta.url))

/** Opens a door to the clouds of these tests, or others. */
export async function openBrokerDoor(
  config: SandboxConfig = brokerCloud(),
  options: SandboxOptions = {},
): Promise<BrokerDoor> {
  const sandbox = await startSandbox(config, options)
  const scratch = await mkdtemp(join(memory, 'tekton-entra-broker-'))
  const start = async (variation: Variation = {}) => await startRun(sandbox, scratch, variation)
  return {
    sandbox,
    start: async (variation) => {
      const { run, started } = await start(variation)
      const { ended, env } = await Promise.race([started, run.result.then((result) => ({ ended: result, env: {} }))])
      if (ended === undefined) return { ...run, env }
      throw new Error(`the command was not started:\n${ended.log.open}\n${ended.log.broker}`)
    },
    run: async (variation) => {
      const { run, started } = await start(variation)
      await Promise.race([started, run.result])
      return await run.end(0)
    },
    requests: freshRequests(sandbox),
    handOuts: () =>
      recordsOf(sandbox.world).filter(({ data }) => (data as { step: string }).step === 'hand-out-identity'),
    [Symbol.asyncDispose]: async () => {
      try {
        await closeWithoutCrashes(sandbox)
      } finally {
        await rm(scratch, { recursive: true, force: true })
      }
    },
  }
}

type Started = {
  readonly run: Omit<BrokeredRun, 'env'>
  readonly started: Promise<{ readonly env: Readonly<Record<string, string>>; readonly ended?: undefined }>
}

async function startRun(sandbox: Sandbox, scratch: string, variation: Variation): Promise<Started> {
  const { serviceAccount = example.serviceAccount } = variation.run ?? {}
  const pod = { namespace: example.namespace, serviceAccount }
  const folder = async (name: string) => await mkdtemp(join(scratch, `${name}-`))
  const [sealed, handOver, tokens] = await Promise.all([folder('sealed'), folder('hand-over'), folder('token')])
  const [command, port] = await Promise.all([openUsersCommand(), freePort()])
  const kills: ((signal: NodeJS.Signals) => void)[] = []
  const running = runTask({
    task: readTask('run-with-identity'),
    params: {
      image: 'users/tool:1',
      command: ['users-tool'],
      args: [command.address, ...(variation.manner === undefined ? [] : [variation.manner])],
      'propagation-wait': '0s',
      'aws-region': example.region,
      'azure-resources': [resources.vault],
      port: String(port),
      ...variation.params,
    },
    ...pod,
    name: 'deploy-web-x7k2p',
    pipelineRun: 'release-42',
    configMaps: { 'entra-identity': profileOf(sandbox, variation.profile) },
    mintToken: async ({ audience, expirationSeconds }) =>
      sandbox.mintToken({ ...pod, audience, expiresInSeconds: expirationSeconds }),
    program: [process.execPath, inject('stepProgram')],
    commands: { 'users-tool': [process.execPath, tool] },
    onSpawn: (kill) => void kills.push(kill),
    ...variation.run,
    volumeFolders: {
      'tekton-entra-sealed': sealed,
      'tekton-entra-hand-over': handOver,
      'tekton-entra-token': tokens,
      ...variation.run?.volumeFolders,
    },
  })
  const result = running
    .then(async (ended) => await told(sandbox, ended, { sealed, handOver }))
    .finally(() => command.close())
  // Who waits for the command's start may be the first to hear of a failure.
  result.catch(() => undefined)
  return {
    started: command.started.then((env) => ({ env })),
    run: {
      port,
      sealed,
      handOver,
      renewToken: async (expiresInSeconds) => {
        await writeFile(join(tokens, 'token'), sandbox.mintToken({ ...pod, expiresInSeconds }))
      },
      kill: (signal) => kills.at(-1)?.(signal),
      end: async (status = 0) => {
        command.end(status)
        return await result
      },
      result,
    },
  }
}

type Folders = { readonly sealed: string; readonly handOver: string }

/** Searches what a run has left for every secret, but for what it handed over; and reads its records. */
async function told(sandbox: Sandbox, result: LocalTaskResult, { sealed, handOver }: Folders): Promise<Brokered> {
  const textOf = async (path: string) => await readFile(path, 'utf8').catch(() => '')
  const list = await textOf(join(sealed, 'hand-outs.jsonl'))
  // The broker's own secrets, beside those of the clouds.
  const own = [await textOf(join(sealed, 'secret')), await textOf(join(handOver, 'identity/aws-authorization'))]
  const secrets = [...sandbox.minted.all, ...own.filter((text) => text !== '')]
  const leaks = findLeaks(secrets, [
    ...placesOf(result),
    { where: 'the list', text: list },
    { where: 'journal', text: JSON.stringify(sandbox.journal.entries) },
    { where: 'record sink', text: JSON.stringify(recordsOf(sandbox.world)) },
  ])
  if (leaks.length > 0) throw new Error(leaks.join('\n'))
  const texts = (name: string) => [...result.steps, ...result.sidecars].find((one) => one.name === name)
  const record = (name: string) => {
    const { stdout = '' } = texts(name) ?? {}
    return stdout === '' ? undefined : parseRecord(stdout)
  }
  const log = (name: string) => texts(name)?.stderr ?? ''
  return {
    ...result,
    records: { open: record('open'), seal: record('seal'), broker: record('broker') },
    log: { open: log('open'), seal: log('seal'), broker: log('broker') },
    list: list.split('\n').slice(0, -1),
  }
}
