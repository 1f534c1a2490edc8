import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wideCloud } from '../hand-over/clouds.ts'
import { openBrokerDoor, type BrokerDoor, type Brokered, type Variation } from '../run-with-identity/broker-door.ts'
import { brokerCloud, withSink } from '../run-with-identity/clouds.ts'
import { clientEnvironment } from './cloud.ts'

/** What a client did as the command of a run, and what the sink has of what it was handed. */
export type Commanded = {
  readonly ended: Brokered
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** SHA-256 of every credential that was handed out in this run, as the sink's records tell it. */
  readonly handedOut: ReadonlySet<string>
  /** What those records say was handed out, and where. */
  readonly entries: readonly { readonly file: string; readonly entry: string }[]
}

/** The Task `run-with-identity`, whose command is a client that nobody here wrote. */
export type BrokeredClients = AsyncDisposable & {
  readonly door: BrokerDoor
  /** A scratch folder that goes away with the clouds. */
  readonly folder: string
  /** Runs the Task with this program as its command. */
  run(
    program: readonly string[],
    variation?: Variation,
    variables?: Readonly<Record<string, string>>,
  ): Promise<Commanded>
}

type HandOutData = {
  readonly action: { readonly handedOver?: readonly { readonly file: string; readonly entry: string }[] }
  readonly tokens: readonly { readonly sha256: string }[]
}

/** Opens the clouds of `test/hand-over` with a sink. */
export async function openBrokeredClients(): Promise<BrokeredClients> {
  const door = await openBrokerDoor(brokerCloud(wideCloud()))
  const folder = await mkdtemp(join(tmpdir(), 'foreign-broker-'))
  // Azure's SDK for JavaScript would ask a proxy for the broker, too, unless it is told not to.
  const base = { ...(await clientEnvironment(door.sandbox, folder)), NO_PROXY: '127.0.0.1' }
  return {
    door,
    folder,
    run: async ([program = '', ...args], variation = {}, variables = {}) => {
      const before = door.handOuts().length
      const ended = await door.run({
        ...variation,
        profile: { ...withSink, ...variation.profile },
        params: { command: ['client'], args, ...variation.params },
        run: { commands: { client: [program] }, extraEnv: { ...base, ...variables }, ...variation.run },
      })
      const step = ended.steps.find(({ name }) => name === 'run')
      const kept = door
        .handOuts()
        .slice(before)
        .map(({ data }) => data as HandOutData)
      return {
        ended,
        code: step?.status ?? undefined,
        stdout: step?.stdout ?? '',
        stderr: `${step?.stderr ?? ''}${step === undefined ? `${ended.log.open}${ended.log.broker}` : ''}`,
        handedOut: new Set(kept.flatMap(({ tokens }) => tokens.map(({ sha256 }) => sha256))),
        entries: kept.flatMap(({ action }) => action.handedOver ?? []).map(({ file, entry }) => ({ file, entry })),
      }
    },
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true, force: true })
      await door[Symbol.asyncDispose]()
    },
  }
}

/** The one JSON object that the command has printed. */
export function answerOf({ code, stdout, stderr }: Commanded): Readonly<Record<string, unknown>> {
  if (code !== 0) throw new Error(`the command ended with ${String(code)}: ${stderr}`)
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>
}
