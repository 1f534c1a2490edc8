import type { PipelineRun, PipelineTask } from '../../steps/lib/catalog/pipeline.ts'
import { readExample } from './examples.ts'
import { present, type Changeable, type Spoilt } from './spoilt.ts'

/** The PipelineRun of examples/build-and-push, which names its Pipeline. */
export const goodPipelineRun: PipelineRun = readExample<PipelineRun>('build-and-push/pipeline-run.yaml', 'PipelineRun')

/** The PipelineRun of examples/from-bundle, which has its Pipeline written out. */
export const goodBundleRun: PipelineRun = readExample<PipelineRun>('from-bundle/pipeline-run.yaml', 'PipelineRun')

/** PipelineRuns that the contract checker refuses. */
export const spoiltPipelineRuns: readonly Spoilt<PipelineRun>[] = [
  {
    what: 'an unknown param',
    spoil: ({ spec }) => spec.params?.push({ name: 'img', value: 'x' }),
    fault: /gives "img", which build-and-push does not take: Tekton would ignore it/,
  },
  { what: 'a missing param', spoil: ({ spec }) => spec.params?.pop(), fault: /does not give "image"/ },
  {
    what: 'a list as text',
    spoil: ({ spec }) => (present(spec.params?.[1]).value = ['contoso.azurecr.io/a']),
    fault: /gives "image" as a list, build-and-push takes a string/,
  },
  {
    what: 'a missing workspace',
    spoil: ({ spec }) => (spec.workspaces = []),
    fault: /does not bind the workspace "built"/,
  },
  {
    what: 'an unknown Pipeline',
    spoil: ({ spec }) => (spec.pipelineRef = { name: 'build' }),
    fault: /calls "build", which is no Pipeline of this repository/,
  },
  {
    what: 'a ServiceAccount for a task that is not there',
    spoil: ({ spec }) => (present(spec.taskRunSpecs?.[0]).pipelineTaskName = 'pusch'),
    fault: /has taskRunSpecs for "pusch", which is no task of build-and-push/,
  },
]

const push = ({ spec }: Changeable<PipelineRun>): Changeable<PipelineTask> => present(spec.pipelineSpec?.tasks[0])
const resolver = (run: Changeable<PipelineRun>, name: string) =>
  present(push(run).taskRef?.params?.find((param) => param.name === name))

/** PipelineRuns with a Task from a bundle that the contract checker refuses. */
export const spoiltBundleRuns: readonly Spoilt<PipelineRun>[] = [
  {
    what: 'an unknown Task in a bundle',
    spoil: (run) => (resolver(run, 'name').value = 'push-imag'),
    fault: /calls "push-imag", which is no Task of this repository/,
  },
  {
    what: 'another kind in a bundle',
    spoil: (run) => (resolver(run, 'kind').value = 'Task'),
    fault: /takes the kind "Task" from a bundle, expected "task"/,
  },
  {
    what: 'no bundle',
    spoil: (run) => push(run).taskRef?.params?.shift(),
    fault: /does not tell the bundles resolver bundle/,
  },
  {
    what: 'an unknown param for a Task from a bundle',
    spoil: (run) => push(run).params?.push({ name: 'dryrun', value: 'true' }),
    fault: /task "push" gives "dryrun", which push-image does not take/,
  },
  {
    what: 'a param that a written-out Pipeline does not declare',
    spoil: (run) => (present(push(run).params?.[0]).value = '$(params.image)'),
    fault: /\$\(params\.image\) is used but not declared/,
  },
]
