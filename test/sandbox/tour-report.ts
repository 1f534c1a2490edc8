import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { readTask, root } from '../contract/repository.ts'
import type { Place } from './canary.ts'
import { example } from './example-cloud.ts'
import { runTask, type LocalTaskResult, type LocalTaskRun } from './local-run/run-task.ts'
import { logsOfRun, pipelineRunObject, podObject, taskRunObject, type EndedRun } from './local-run/tekton-objects.ts'

/** The PipelineRun that the tour's TaskRuns are part of. */
export const tourPipelineRun = 'release-42'

type Reporting = Pick<LocalTaskRun, 'mintToken' | 'program' | 'configMaps'> & {
  /** Where what Tekton would know is written down for the step. */
  readonly evidence: string
  readonly runs: readonly EndedRun[]
}

export type TourReport = {
  readonly result: LocalTaskResult
  /** The page, from where the tour was started in the repository. */
  readonly page: string
  /** Both files, for the canary scan. */
  readonly files: readonly Place[]
}

/** Runs report-audit on what the tour has done, and leaves its two files to look at. */
export async function reportTour({ evidence, runs, ...run }: Reporting): Promise<TourReport> {
  const taskRuns = runs.map(taskRunObject)
  const annotations = { 'tekton-entra.github.io/started-by': 'person:you, by npm start' }
  const pipelineRun = pipelineRunObject(tourPipelineRun, { namespace: example.namespace, taskRuns, annotations })
  await mkdir(evidence, { recursive: true })
  for (const [index, object] of [pipelineRun, ...taskRuns, ...runs.map(podObject)].entries())
    await writeFile(join(evidence, `object-${index}.json`), JSON.stringify(object))
  for (const [name, text] of runs.flatMap((one) => Object.entries(logsOfRun(one))))
    await writeFile(join(evidence, `${name.replaceAll('/', '-')}.log`), text)
  const folder = join(root, 'build', 'tour')
  await mkdir(folder, { recursive: true })
  const result = await runTask({
    ...run,
    task: readTask('report-audit'),
    params: { from: ['folder'], 'pipeline-run': tourPipelineRun },
    workspaces: { report: folder, evidence },
    namespace: example.namespace,
    serviceAccount: 'auditor',
    name: 'report',
    // The projected volume has it in every cluster; from a folder no cluster is asked.
    configMaps: { ...run.configMaps, 'kube-root-ca.crt': { 'ca.crt': '' } },
    extraEnv: { COLUMNS: '80' },
  })
  const names = ['audit-report.html', 'audit-report.json']
  const files = await Promise.all(
    names.map(async (where) => ({ where, text: await readFile(join(folder, where), 'utf8') })),
  )
  return { result, files, page: join(relative(root, folder), 'audit-report.html') }
}
