import type { Task } from '../../steps/lib/catalog/task.ts'
import { readTask } from './repository.ts'

/** One way to spoil the Task push-image, and how the contract checker must complain. */
export type SpoiltTask = {
  readonly what: string
  readonly spoil: (task: SpoilableTask) => unknown
  readonly fault: RegExp
}

/** A deep copy of the good Task with one thing spoilt. */
export function spoiltTask(spoil: SpoiltTask['spoil']): Task {
  const task = structuredClone(readTask('push-image')) as unknown as SpoilableTask
  spoil(task)
  return task as unknown as Task
}

/** The good Task, to be changed. */
export type SpoilableTask = {
  metadata: { labels: Record<string, string> }
  spec: Record<'params' | 'results' | 'volumes' | 'workspaces', Record<string, unknown>[]> & { steps: SpoilableStep[] }
}
type SpoilableStep = Record<string, unknown> & {
  env: { name: string; value?: string; valueFrom?: unknown }[]
  volumeMounts: { name: string; readOnly?: boolean }[]
}

const step = (task: SpoilableTask): SpoilableStep => found(task.spec.steps[0])
const param = (task: SpoilableTask, name: string) => found(task.spec.params.find((entry) => entry['name'] === name))
const env = (task: SpoilableTask, name: string) => found(step(task).env.find((entry) => entry.name === name))
function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the good Task has changed: this variant spoils nothing any more')
  return value
}

/** What Tekton's own admission says of these is another matter. */
export const spoiltTasks: readonly SpoiltTask[] = [
  {
    what: 'a required param is not passed',
    spoil: (task) => step(task).env.shift(),
    fault: /does not pass PARAM_IMAGE/,
  },
  {
    what: 'an unknown param is passed',
    spoil: (task) => step(task).env.push({ name: 'PARAM_DRYRUN', value: 'true' }),
    fault: /passes PARAM_DRYRUN, which push-image does not declare/,
  },
  {
    what: 'a literal that the parser would refuse',
    spoil: (task) => (env(task, 'PARAM_DRY_RUN').value = 'yes'),
    fault: /sets dry-run as "yes", expected "true" or "false"/,
  },
  {
    what: 'a default that the parser would refuse',
    spoil: (task) => (param(task, 'propagation-wait')['default'] = 'soon'),
    fault: /gets the default of "propagation-wait" as "soon"/,
  },
  {
    what: 'a param that nothing uses',
    spoil: (task) => task.spec.params.push({ name: 'tag', description: 'x' }),
    fault: /param "tag" is declared but nothing uses it/,
  },
  {
    what: 'a typo in a volume',
    spoil: (task) =>
      (task.spec.volumes[0] = JSON.parse(
        JSON.stringify(task.spec.volumes[0]).replace('token-audience', 'token-audiense'),
      )),
    fault: /\$\(params\.token-audiense\) is used but not declared/,
  },
  {
    what: 'an empty token audience',
    spoil: (task) => (param(task, 'token-audience')['default'] = ''),
    fault: /sets the token audience and has no default/,
  },
  {
    what: 'a literal token audience',
    spoil: (task) =>
      (task.spec.volumes[0] = JSON.parse(
        JSON.stringify(task.spec.volumes[0]).replace('$(params.token-audience)', 'x'),
      )),
    fault: /comes from no param/,
  },
  {
    what: 'a secret volume on disk',
    spoil: (task) => (found(task.spec.volumes[1])['emptyDir'] = {}),
    fault: /is not on memory/,
  },
  {
    what: 'other words for a param that is handed on',
    spoil: (task) => (param(task, 'path')['description'] = 'The path.'),
    fault: /describes "path" in other words/,
  },
  {
    what: 'another default for a param that is handed on',
    spoil: (task) => (param(task, 'path')['default'] = 'image'),
    fault: /has the default "\." for "path"/,
  },
  {
    what: 'a list as a string',
    spoil: (task) => (param(task, 'allowed-accounts')['type'] = 'string'),
    fault: /takes "allowed-accounts" as array/,
  },
  {
    what: 'a list that is not passed',
    spoil: (task) => delete step(task)['args'],
    fault: /has the args undefined/,
  },
  {
    what: '$(context.pipelineRun.name)',
    spoil: (task) => (env(task, 'PIPELINERUN_NAME').value = '$(context.pipelineRun.name)'),
    fault: /stays literal in a Task/,
  },
  {
    what: 'a script',
    spoil: (task) => (step(task)['script'] = 'echo'),
    fault: /has a script/,
  },
  {
    what: 'another image',
    spoil: (task) => (step(task)['image'] = 'ghcr.io/tekton-entra/steps:latest'),
    fault: /runs the image .*latest/,
  },
  {
    what: 'another command',
    spoil: (task) => (step(task)['command'] = ['node', '/app/main.js', 'push-image']),
    fault: /has the command/,
  },
  {
    what: 'an unknown step',
    spoil: (task) => (step(task)['command'] = ['/nodejs/bin/node', '/app/main.js', 'push-imag']),
    fault: /no step of this repository/,
  },
  {
    what: 'a step that is not restricted',
    spoil: (task) => (step(task)['securityContext'] = { runAsNonRoot: true }),
    fault: /not restricted/,
  },
  {
    what: 'a uid of its own',
    spoil: (task) => Object.assign(found(step(task)['securityContext'] as object), { runAsUser: 65532 }),
    fault: /not restricted/,
  },
  {
    what: 'an old version label',
    spoil: (task) => (task.metadata.labels['app.kubernetes.io/version'] = '0.0.1'),
    fault: /the label app\.kubernetes\.io\/version is 0\.0\.1/,
  },
  {
    what: 'the Kubernetes API token left visible',
    spoil: (task) => step(task).volumeMounts.pop(),
    fault: /does not hide the Kubernetes API's token/,
  },
  {
    what: 'the token volume not mounted',
    spoil: (task) => step(task).volumeMounts.shift(),
    fault: /does not mount the projected token/,
  },
  {
    what: 'the token volume mounted writable',
    spoil: (task) => (found(step(task).volumeMounts[0]).readOnly = false),
    fault: /does not mount the projected token read-only/,
  },
  {
    what: 'a token volume without the token for AWS',
    spoil: (task) =>
      (task.spec.volumes[0] = JSON.parse(JSON.stringify(task.spec.volumes[0]).replace('"aws-token"', '"aws-tokn"'))),
    fault: /the token volume has no file "aws-token"/,
  },
  {
    what: 'a result from a step that does not declare it',
    spoil: (task) => (found(task.spec.results[0])['value'] = '$(steps.push.results.IMAGE)'),
    fault: /takes? from "IMAGE"|taken from "IMAGE"/,
  },
  {
    what: 'a result that no step gives',
    spoil: (task) => delete found(task.spec.results[0])['value'],
    fault: /is not the value of one step's result/,
  },
  {
    what: 'a step that writes a Task result itself',
    spoil: (task) => (env(task, 'RESULT_IMAGE_URL').value = '$(results.IMAGE_URL.path)'),
    fault: /a later step can overwrite it/,
  },
  {
    what: 'a profile key under another name',
    spoil: (task) =>
      (env(task, 'PROFILE_TENANT_ID').valueFrom = {
        configMapKeyRef: { name: 'fixed', key: 'tenant-id', optional: true },
      }),
    fault: /fills PROFILE_TENANT_ID from/,
  },
  {
    what: 'a workspace that is not declared',
    spoil: (task) => (task.spec.workspaces = []),
    fault: /\$\(workspaces\.source…\) is used but not declared/,
  },
  {
    what: 'a param without a description',
    spoil: (task) => delete param(task, 'image')['description'],
    fault: /param "image" has no description/,
  },
]
