import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkTask } from '../../steps/lib/catalog/check-task.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { version } from '../../steps/lib/core/version.ts'
import manifest from '../../package.json' with { type: 'json' }
import { allSteps, published, readTask, root, taskNames } from './repository.ts'

const contract = { steps: allSteps, published: published() }

test('every folder of steps/ but lib and cli is a step that the image carries', () => {
  const folders = readdirSync(`${root}/steps`, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !['lib', 'cli'].includes(entry.name),
  )
  expect(folders.map(({ name }) => name)).toEqual([...allSteps.keys()])
})

test('the version that records name is the package version', () => {
  expect(version).toBe(manifest.version)
})

test.each(taskNames())('the Task %s calls its steps as they declare themselves', (name) => {
  const task = readTask(name)
  expect(task.metadata.name).toBe(name)
  expect(checkTask(task, contract)).toEqual([])
})

/** A deep copy of the good Task with one thing spoilt. */
function spoilt(spoil: (task: Spoilable) => void): Task {
  const task = structuredClone(readTask('push-image')) as unknown as Spoilable
  spoil(task)
  return task as unknown as Task
}

type Spoilable = {
  metadata: { labels: Record<string, string> }
  spec: Record<'params' | 'results' | 'volumes' | 'workspaces', Record<string, unknown>[]> & { steps: SpoilableStep[] }
}
type SpoilableStep = Record<string, unknown> & {
  env: { name: string; value?: string; valueFrom?: unknown }[]
  volumeMounts: { name: string; readOnly?: boolean }[]
}

const step = (task: Spoilable): SpoilableStep => found(task.spec.steps[0])
const param = (task: Spoilable, name: string) => found(task.spec.params.find((entry) => entry['name'] === name))
const env = (task: Spoilable, name: string) => found(step(task).env.find((entry) => entry.name === name))
function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the good Task has changed: this variant spoils nothing any more')
  return value
}

describe('a spoilt Task is caught', () => {
  test.each<[what: string, spoil: (task: Spoilable) => void, fault: RegExp]>([
    ['a required param is not passed', (task) => step(task).env.shift(), /does not pass PARAM_IMAGE/],
    [
      'an unknown param is passed',
      (task) => step(task).env.push({ name: 'PARAM_DRYRUN', value: 'true' }),
      /passes PARAM_DRYRUN, which push-image does not declare/,
    ],
    [
      'a literal that the parser would refuse',
      (task) => (env(task, 'PARAM_DRY_RUN').value = 'yes'),
      /sets dry-run as "yes", expected "true" or "false"/,
    ],
    [
      'a default that the parser would refuse',
      (task) => (param(task, 'propagation-wait')['default'] = 'soon'),
      /gets the default of "propagation-wait" as "soon"/,
    ],
    [
      'a param that nothing uses',
      (task) => task.spec.params.push({ name: 'tag', description: 'x' }),
      /param "tag" is declared but nothing uses it/,
    ],
    [
      'a typo in a volume',
      (task) =>
        (task.spec.volumes[0] = JSON.parse(
          JSON.stringify(task.spec.volumes[0]).replace('token-audience', 'token-audiense'),
        )),
      /\$\(params\.token-audiense\) is used but not declared/,
    ],
    [
      'an empty token audience',
      (task) => (param(task, 'token-audience')['default'] = ''),
      /sets the token audience and has no default/,
    ],
    [
      'a literal token audience',
      (task) =>
        (task.spec.volumes[0] = JSON.parse(
          JSON.stringify(task.spec.volumes[0]).replace('$(params.token-audience)', 'x'),
        )),
      /comes from no param/,
    ],
    ['a secret volume on disk', (task) => (found(task.spec.volumes[1])['emptyDir'] = {}), /is not on memory/],
    [
      'other words for a param that is handed on',
      (task) => (param(task, 'path')['description'] = 'The path.'),
      /describes "path" in other words/,
    ],
    [
      'another default for a param that is handed on',
      (task) => (param(task, 'path')['default'] = 'image'),
      /has the default "\." for "path"/,
    ],
    [
      'a list as a string',
      (task) => (param(task, 'allowed-accounts')['type'] = 'string'),
      /takes "allowed-accounts" as array/,
    ],
    ['a list that is not passed', (task) => delete step(task)['args'], /has the args undefined/],
    [
      '$(context.pipelineRun.name)',
      (task) => (env(task, 'PIPELINERUN_NAME').value = '$(context.pipelineRun.name)'),
      /stays literal in a Task/,
    ],
    ['a script', (task) => (step(task)['script'] = 'echo'), /has a script/],
    ['another image', (task) => (step(task)['image'] = 'ghcr.io/tekton-entra/steps:latest'), /runs the image .*latest/],
    ['another command', (task) => (step(task)['command'] = ['node', '/app/main.js', 'push-image']), /has the command/],
    [
      'an unknown step',
      (task) => (step(task)['command'] = ['/nodejs/bin/node', '/app/main.js', 'push-imag']),
      /no step of this repository/,
    ],
    [
      'a step that is not restricted',
      (task) => (step(task)['securityContext'] = { runAsNonRoot: true }),
      /not restricted/,
    ],
    [
      'a uid of its own',
      (task) => Object.assign(found(step(task)['securityContext'] as object), { runAsUser: 65532 }),
      /not restricted/,
    ],
    [
      'an old version label',
      (task) => (task.metadata.labels['app.kubernetes.io/version'] = '0.0.1'),
      /the label app\.kubernetes\.io\/version is 0\.0\.1/,
    ],
    [
      'the Kubernetes API token left visible',
      (task) => step(task).volumeMounts.pop(),
      /does not hide the Kubernetes API's token/,
    ],
    ['the token volume not mounted', (task) => step(task).volumeMounts.shift(), /does not mount the projected token/],
    [
      'the token volume mounted writable',
      (task) => (found(step(task).volumeMounts[0]).readOnly = false),
      /does not mount the projected token read-only/,
    ],
    [
      'a result from a step that does not declare it',
      (task) => (found(task.spec.results[0])['value'] = '$(steps.push.results.IMAGE)'),
      /takes? from "IMAGE"|taken from "IMAGE"/,
    ],
    [
      'a result that no step gives',
      (task) => delete found(task.spec.results[0])['value'],
      /is not the value of one step's result/,
    ],
    [
      'a step that writes a Task result itself',
      (task) => (env(task, 'RESULT_IMAGE_URL').value = '$(results.IMAGE_URL.path)'),
      /a later step can overwrite it/,
    ],
    [
      'a profile key under another name',
      (task) =>
        (env(task, 'PROFILE_TENANT_ID').valueFrom = {
          configMapKeyRef: { name: 'fixed', key: 'tenant-id', optional: true },
        }),
      /fills PROFILE_TENANT_ID from/,
    ],
    [
      'a workspace that is not declared',
      (task) => (task.spec.workspaces = []),
      /\$\(workspaces\.source…\) is used but not declared/,
    ],
    [
      'a param without a description',
      (task) => delete param(task, 'image')['description'],
      /param "image" has no description/,
    ],
  ])('%s', (_, spoil, fault) => {
    const faults = checkTask(spoilt(spoil), contract)
    expect(faults.join('\n')).toMatch(fault)
  })
})
