import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { version } from '../../../steps/lib/core/version.ts'
import { readTask } from '../../contract/repository.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { runTask } from '../../sandbox/local-run/run-task.ts'
import { measuring, readSample } from '../measure.ts'
import { ours } from '../result.ts'
import type { Bench, Contender, Row } from '../row.ts'
import { identityProfile, startBenchSandbox, type BenchSandbox } from '../sinks/sandbox.ts'
import type { Sample } from '../statistics.ts'
import { imageEnvironment } from '../tools/image-environment.ts'
import { freePort } from '../../free-port.ts'

/** So many requests of one run's command; SDKs ask some times an hour. */
const requests = 100_000

/** How many clients ask at once. */
const connections = 8

/** The broker of `run-with-identity`, asked far more than anybody would: what it gives in a second, and what it needs for it. */
export const handOuts: Row = {
  name: 'hand-outs',
  title: `The broker of run-with-identity: ${requests.toLocaleString('en-US')} hand-outs to ${connections} connections, each recorded on its list`,
  aims: [{ kind: 'memory', atMost: 150 }],
  isQuick: false,
  matches: async function* (bench) {
    await using sandbox = await startBenchSandbox()
    for (const cloud of ['AWS', 'Azure'] as const) {
      const folder = await mkdtemp(join(bench.folder, 'hand-outs-'))
      try {
        yield { sink: `${cloud}’s endpoint`, contenders: [broker({ bench, sandbox, cloud, folder })], warmUps: 0 }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
  },
}

type Asking = {
  readonly bench: Bench
  readonly sandbox: BenchSandbox
  readonly cloud: 'AWS' | 'Azure'
  readonly folder: string
}

/** Each run is one of the whole Task; its command asks as fast as it is answered. */
function broker(asking: Asking): Contender {
  return { tool: ours, version, run: async () => await runOnce(asking) }
}

type Flood = { readonly count: number; readonly wallMs: number; readonly p99Ms: number }

async function runOnce({ bench, sandbox, cloud, folder }: Asking): Promise<Sample> {
  const figures = join(folder, 'figures.json')
  const volumes = await mkdtemp(join(folder, 'volumes-'))
  const count = String(Math.max(connections, Math.round(requests / bench.shrink)))
  const { succeeded, steps, sidecars } = await runTask({
    task: readTask('run-with-identity'),
    params: {
      image: 'bench/flood:1',
      command: ['flood'],
      args: [cloud, count, String(connections)],
      port: String(await freePort()),
      clouds: [cloud.toLowerCase()],
      'aws-region': example.region,
      'azure-resources': cloud === 'Azure' ? ['https://vault.azure.net'] : [],
      'propagation-wait': '0s',
    },
    namespace: example.namespace,
    serviceAccount: example.serviceAccount,
    configMaps: { 'entra-identity': identityProfile(sandbox) },
    mintToken: async () => await sandbox.token(),
    volumeFolders: { 'tekton-entra-sealed': volumes, 'tekton-entra-hand-over': await mkdtemp(join(folder, 'over-')) },
    program: brokerMeasured(figures, bench.programs.step),
    commands: { flood: [process.execPath, fileURLToPath(new URL('../flood.ts', import.meta.url))] },
    extraEnv: imageEnvironment,
  })
  const said = [...steps, ...sidecars].map(({ name, stderr }) => `${name}: ${stderr.slice(-2000)}`).join('\n')
  if (!succeeded) throw new Error(`the run failed: ${said}`)
  const flood = JSON.parse(steps.find(({ name }) => name === 'run')?.stdout ?? '') as Flood
  const { cpuMs, peakMb } = await readSample(figures)
  return { wallMs: flood.wallMs, cpuMs, peakMb, answered: { count: flood.count, p99Ms: flood.p99Ms } }
}

/** Of our programs only the broker is measured. It ends by itself, just when a pod's sidecars get SIGTERM: the figures must still be written then. */
function brokerMeasured(figures: string, program: string): readonly string[] {
  const quoted = measuring(figures).map((word) => `'${word}'`)
  const script = `if [ "$2" = run-with-identity ]; then trap '' TERM; exec ${quoted.join(' ')} '${process.execPath}' "$@"; fi; exec '${process.execPath}' "$@"`
  // `$1` is the bundle, `$2` the program in it.
  return ['/bin/sh', '-c', script, 'sh', program]
}
