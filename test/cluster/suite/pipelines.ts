import type { KubernetesObject } from './objects.ts'
import { PATIENCE, waitForField } from './ended.ts'
import { create, endOfTaskRun, type TaskRunEnd } from './runs.ts'
import { kubectl, stage } from './stage.ts'

/** How a PipelineRun ended, with each of its TaskRuns by the task's name; a matrix has several. */
export type PipelineRunEnd = {
  readonly name: string
  readonly succeeded: boolean
  readonly message: string
  readonly results: Readonly<Record<string, unknown>>
  readonly tasks: Readonly<Record<string, readonly TaskRunEnd[]>>
}

type PipelineRun = KubernetesObject & {
  readonly status?: {
    readonly conditions?: readonly { readonly status: string; readonly message: string }[]
    readonly results?: readonly { readonly name: string; readonly value: unknown }[]
    readonly childReferences?: readonly {
      readonly kind: string
      readonly name: string
      readonly pipelineTaskName: string
    }[]
  }
}

/** Runs a PipelineRun to its end. What its TaskRuns have left is searched for every secret. */
export async function runPipeline(
  object: KubernetesObject,
  namespace = stage().namespaces.ci,
): Promise<PipelineRunEnd> {
  const name = await create(object, namespace)
  await waitForField(kubectl(), {
    namespace,
    object: `pipelinerun/${name}`,
    path: '{.status.completionTime}',
    seconds: 2 * PATIENCE,
  })
  const run = await kubectl().get<PipelineRun>([`pipelinerun/${name}`, '-n', namespace])
  const { conditions = [], results = [], childReferences = [] } = run?.status ?? {}
  const children = childReferences.filter(({ kind }) => kind === 'TaskRun')
  const ends: [string, TaskRunEnd][] = []
  for (const child of children) ends.push([child.pipelineTaskName, await endOfTaskRun(child.name, namespace)])
  const byTask = Map.groupBy(ends, ([task]) => task)
  return {
    name,
    succeeded: conditions[0]?.status === 'True',
    message: conditions[0]?.message ?? '',
    results: Object.fromEntries(results.map((result) => [result.name, result.value])),
    tasks: Object.fromEntries([...byTask].map(([task, list]) => [task, list.map(([, end]) => end)])),
  }
}
