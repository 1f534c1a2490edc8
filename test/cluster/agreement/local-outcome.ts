import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { paramValueOf } from '../../sandbox/local-run/param-value.ts'
import { RefusedRun } from '../../sandbox/local-run/refusal.ts'
import { runTask, type LocalTaskResult } from '../../sandbox/local-run/run-task.ts'
import type { AgreementCase, Outcome } from './agreement-case.ts'
import { jsonLines, type RunNames } from './step-output.ts'

const program = [process.execPath, fileURLToPath(new URL('../image/probe-main.ts', import.meta.url))]
const names: RunNames = { taskRun: 'agreement-run-7k2p', namespace: 'agreement-space-4t' }

/** What comes of a case in the local run. */
export async function localOutcome(testCase: AgreementCase): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-agreement-'))
  try {
    return outcomeOf(await runCase(testCase, folder))
  } catch (error) {
    if (error instanceof RefusedRun) return { admitted: false, reason: error.reason }
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runCase({ task, run }: AgreementCase, folder: string): Promise<LocalTaskResult> {
  const params = Object.entries(run.params ?? {}).map(([name, json]) => [name, paramValueOf(json)])
  const workspaces = (run.workspaces ?? []).map(async (name) => [name, await mkdtemp(join(folder, `${name}-`))])
  return await runTask({
    task,
    program,
    name: names.taskRun,
    namespace: names.namespace,
    params: Object.fromEntries(params),
    workspaces: Object.fromEntries(await Promise.all(workspaces)),
    ...(run.labels === undefined ? {} : { labels: run.labels }),
    ...(run.configMaps === undefined ? {} : { configMaps: run.configMaps }),
    mintToken: async () => await Promise.reject(new Error('no case mounts a token')),
  })
}

function outcomeOf({ succeeded, steps, statusResults }: LocalTaskResult): Outcome {
  return {
    succeeded,
    results: statusResults,
    steps: steps.map(({ name, status, skipped, stdout }) => {
      const output = jsonLines(stdout, names)
      return skipped ? { name, exitCode: status, skipped, output } : { name, exitCode: status, output }
    }),
  }
}
