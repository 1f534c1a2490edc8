import type { Pipeline, PipelineTask } from '../../steps/lib/catalog/pipeline.ts'
import { readExample } from './examples.ts'
import { present, type Changeable, type Spoilt } from './spoilt.ts'

/** The Pipeline of examples/build-and-push. */
export const goodPipeline: Pipeline = readExample<Pipeline>('build-and-push/pipeline.yaml', 'Pipeline')

/** The Pipeline of examples/fan-out, whose one task has a matrix. */
export const goodFanOut: Pipeline = readExample<Pipeline>('fan-out/pipeline.yaml', 'Pipeline')

type Good = Changeable<Pipeline>
const task = ({ spec }: Good, name: string): Changeable<PipelineTask> =>
  present(spec.tasks.find((candidate) => candidate.name === name))
const push = (pipeline: Good) => task(pipeline, 'push')
const build = (pipeline: Good) => present(task(pipeline, 'build').taskSpec)
const add = (pipeline: Good, name: string, value: string | string[]) => push(pipeline).params?.push({ name, value })

/** Pipelines that the contract checker refuses. */
export const spoiltPipelines: readonly Spoilt<Pipeline>[] = [
  {
    what: 'an unknown param for a Task',
    spoil: (pipeline) => add(pipeline, 'dryrun', 'true'),
    fault: /task "push" gives "dryrun", which push-image does not take: Tekton would ignore it/,
  },
  {
    what: 'a missing param for a Task',
    spoil: (pipeline) => (push(pipeline).params = [{ name: 'path', value: '$(params.image)' }]),
    fault: /task "push" does not give "image"/,
  },
  {
    what: 'a literal that the step would refuse',
    spoil: (pipeline) => add(pipeline, 'dry-run', 'yes'),
    fault: /task "push" gives "dry-run" as "yes", expected/,
  },
  {
    what: 'a list as text',
    spoil: (pipeline) => add(pipeline, 'tags', '$(params.image)'),
    fault: /gives "tags" as a string, push-image takes a list/,
  },
  {
    what: 'a whole list as text',
    spoil: (pipeline) => add(pipeline, 'path', '$(params.image[*])'),
    fault: /gives "path" as a list, push-image takes a string/,
  },
  {
    what: 'a param that is not declared',
    spoil: (pipeline) => add(pipeline, 'path', '$(params.path)'),
    fault: /\$\(params\.path\) is used but not declared/,
  },
  {
    what: 'a param that nothing uses',
    spoil: ({ spec }) => spec.params?.push({ name: 'tag' }),
    fault: /param "tag" is declared but nothing uses it/,
  },
  {
    what: 'a missing workspace',
    spoil: (pipeline) => (push(pipeline).workspaces = []),
    fault: /task "push" does not bind the workspace "source"/,
  },
  {
    what: 'a workspace that the Task does not have',
    spoil: (pipeline) => push(pipeline).workspaces?.push({ name: 'cache', workspace: 'built' }),
    fault: /task "push" binds the workspace "cache"/,
  },
  {
    what: 'a workspace that the Pipeline does not declare',
    spoil: (pipeline) => (push(pipeline).workspaces = [{ name: 'source' }]),
    fault: /uses the workspace "source", which the Pipeline does not declare/,
  },
  {
    what: 'a workspace that no task uses',
    spoil: ({ spec }) => spec.workspaces?.push({ name: 'cache' }),
    fault: /workspace "cache" is declared but no task uses it/,
  },
  {
    what: 'an unknown Task',
    spoil: (pipeline) => (push(pipeline).taskRef = { name: 'push-imag' }),
    fault: /calls "push-imag", which is no Task of this repository/,
  },
  {
    what: 'a result that the Task does not have',
    spoil: ({ spec }) => (present(spec.results?.[0]).value = '$(tasks.push.results.IMAGE)'),
    fault: /result "IMAGE_URL" takes "IMAGE" of task "push", which does not declare it/,
  },
  {
    what: 'a result of a task that is not there',
    spoil: ({ spec }) => (present(spec.results?.[0]).value = '$(tasks.pushed.results.IMAGE_URL)'),
    fault: /takes a result of "pushed", which is no task/,
  },
  {
    what: 'a result that is no task’s',
    spoil: ({ spec }) => (present(spec.results?.[0]).value = '$(params.image)'),
    fault: /result "IMAGE_URL" is not the value of a task's result/,
  },
  {
    what: 'a param from a result that a written-out Task does not declare',
    spoil: (pipeline) => add(pipeline, 'path', '$(tasks.build.results.path)'),
    fault: /task "push" takes "path" of task "build", which does not declare it/,
  },
  {
    what: 'a param from a result of the task itself',
    spoil: (pipeline) => add(pipeline, 'path', '$(tasks.push.results.record)'),
    fault: /task "push" takes a result of its own/,
  },
  {
    what: 'an order after a task that is not there',
    spoil: (pipeline) => (push(pipeline).runAfter = ['compile']),
    fault: /runs after "compile", which is no other task/,
  },
  {
    what: 'an undeclared param in a written-out Task',
    spoil: (pipeline) => (present(build(pipeline).steps[0]).args = ['--context=$(params.contxt)']),
    fault: /task "build" \$\(params\.contxt\) is used but not declared/,
  },
  {
    what: 'an undeclared workspace in a written-out Task',
    spoil: (pipeline) => (build(pipeline).workspaces = []),
    fault: /task "build" \$\(workspaces\.built…\) is used but not declared/,
  },
]

/** Pipelines with a matrix that the contract checker refuses. */
export const spoiltFanOuts: readonly Spoilt<Pipeline>[] = [
  {
    what: 'an unknown param in the matrix',
    spoil: (pipeline) => push(pipeline).matrix?.params?.push({ name: 'imag', value: ['a'] }),
    fault: /gives "imag", which push-image does not take/,
  },
  {
    what: 'a matrix over a text',
    spoil: (pipeline) => (present(push(pipeline).matrix).params = [{ name: 'image', value: '$(params.images)' }]),
    fault: /fans out over "image", which is no list/,
  },
  {
    what: 'a matrix over a param that is a list itself',
    spoil: (pipeline) => push(pipeline).matrix?.params?.push({ name: 'tags', value: ['a', 'b'] }),
    fault: /gives "tags" as a string, push-image takes a list/,
  },
  {
    what: 'a value in the matrix that the step would refuse',
    spoil: (pipeline) => push(pipeline).matrix?.params?.push({ name: 'compression', value: ['gzip', 'brotli'] }),
    fault: /gives "compression" as "brotli", expected one of/,
  },
  {
    what: 'a param both in the matrix and beside it',
    spoil: (pipeline) => (push(pipeline).params = [{ name: 'image', value: 'contoso.azurecr.io/a' }]),
    fault: /gives a param twice/,
  },
  {
    what: 'a list among the included params',
    spoil: (pipeline) => (present(push(pipeline).matrix).include = [{ params: [{ name: 'path', value: ['a'] }] }]),
    fault: /includes "path" as a list/,
  },
  {
    what: 'one text of what a matrix gives as a list',
    spoil: ({ spec }) => (spec.results = [{ name: 'URL', value: '$(tasks.push.results.IMAGE_URL)' }]),
    fault: /takes "IMAGE_URL" of task "push" as a string: it is a list/,
  },
]
