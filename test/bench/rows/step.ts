import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../../../steps/lib/core/version.ts'
import { readTask } from '../../contract/repository.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { runTask } from '../../sandbox/local-run/run-task.ts'
import type { Source } from '../inputs/source.ts'
import { measuring, readSample } from '../measure.ts'
import { ours } from '../result.ts'
import type { Bench, Contender, Row } from '../row.ts'
import { identityProfile, startBenchSandbox, type BenchSandbox } from '../sinks/sandbox.ts'
import type { Sample } from '../statistics.ts'
import { bareNode } from '../tools/contenders.ts'
import { imageEnvironment } from '../tools/image-environment.ts'
import { inputs } from './push.ts'

/** The built step as its Task calls it: inputs, exchange, push, results and record. */
function stepRow(name: string, host: string): Row {
  return {
    name: `step-${name.toLowerCase()}`,
    title: `The built step, whole: 20 MB in 3 layers to the sandbox's ${name}`,
    aims: [{ kind: 'memory', atMost: 100 }],
    isQuick: false,
    matches: async function* (bench) {
      const folder = await mkdtemp(join(bench.folder, 'input-'))
      try {
        const source = await inputs['20mb'].write(folder, bench)
        const contenders = [builtStep({ bench, source, host, folder }), await bareNode(bench)]
        yield { sink: `the sandbox's ${name}`, contenders, warmUps: 1 }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

type Pushing = { readonly bench: Bench; readonly source: Source; readonly host: string; readonly folder: string }

/** Each run has clouds of its own, which have nothing of the image. */
function builtStep(pushing: Pushing): Contender {
  return {
    tool: ours,
    version,
    run: async () => {
      await using sandbox = await startBenchSandbox()
      return await runStep(pushing, sandbox)
    },
  }
}

async function runStep({ bench, source, host, folder }: Pushing, sandbox: BenchSandbox): Promise<Sample> {
  const figures = join(folder, 'figures.json')
  const { succeeded, steps } = await runTask({
    task: readTask('push-image'),
    params: { image: `${host}/${example.repository}:v1`, 'propagation-wait': '0s' },
    workspaces: { source: source.path },
    namespace: example.namespace,
    serviceAccount: example.serviceAccount,
    configMaps: { 'entra-identity': identityProfile(sandbox) },
    mintToken: async () => await sandbox.token(),
    program: [...measuring(figures), process.execPath, bench.programs.step],
    extraEnv: imageEnvironment,
  })
  if (!succeeded) throw new Error(`the step failed: ${steps[0]?.stderr ?? ''}`)
  return await readSample(figures)
}

/** The step that people run, in each cloud. */
export const stepRows: readonly Row[] = [stepRow('ECR', example.ecrHost), stepRow('ACR', example.acrHost)]
