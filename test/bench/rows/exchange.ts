import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { version } from '../../../steps/lib/core/version.ts'
import { findTool } from '../../foreign/tools.ts'
import { measure } from '../measure.ts'
import { ours } from '../result.ts'
import type { Absent, Bench, Contender, Row } from '../row.ts'
import { startBenchSandbox, type BenchSandbox } from '../sinks/sandbox.ts'
import { azAndAws, awsAlone } from '../tools/cloud-tools.ts'
import { bareNode } from '../tools/contenders.ts'
import { imageEnvironment } from '../tools/image-environment.ts'

/** From the pod's token to a session in AWS. */
export const exchange: Row = {
  name: 'exchange',
  title: 'Projected token → Entra → STS, whole process',
  aims: [
    { kind: 'ratio', against: ['node'], atMost: 4 },
    { kind: 'ratio', against: ['az and aws'], atMost: 0.1 },
  ],
  isQuick: true,
  matches: async function* (bench) {
    await using sandbox = await startBenchSandbox()
    const own = [await engine(bench, sandbox), await bareNode(bench)]
    yield { sink: 'sandbox', contenders: [...own, ...(await commandLines(bench, sandbox))], warmUps: 1 }
  },
}

async function engine(bench: Bench, sandbox: BenchSandbox): Promise<Contender> {
  const folder = await mkdtemp(join(bench.folder, 'exchange-'))
  const file = join(folder, 'token')
  return {
    tool: ours,
    version,
    run: async () => {
      await writeFile(file, await sandbox.token(), { mode: 0o600 })
      const argv = [process.execPath, bench.programs.exchange, '--token', file, '--proxy', sandbox.proxyUrl]
      return await measure([{ argv, env: { ...imageEnvironment, CA_PEM: sandbox.caPem } }], folder)
    },
  }
}

/** The vendors' own, which take seconds: not in the short version. */
async function commandLines(bench: Bench, sandbox: BenchSandbox): Promise<readonly (Contender | Absent)[]> {
  if (bench.isQuick) return []
  const [az, aws] = [findTool('az'), findTool('aws')]
  const absent = 'it is not here: .ci/run makes .venv from test/foreign/requirements.txt'
  if (aws === undefined) return [{ tool: 'aws', absent }]
  const alone = await awsAlone({ bench, sandbox, aws })
  if (az === undefined) return [alone, { tool: 'az and aws', absent }]
  return [alone, await azAndAws({ bench, sandbox, aws, az })]
}
