import { describe, expect, test } from 'vitest'
import { cases } from '../../cluster/agreement/cases.ts'
import { localOutcome } from '../../cluster/agreement/local-outcome.ts'
import { outcomeOf, taskRunOf } from '../../cluster/agreement/tekton-outcome.ts'
import { probe, taskOf, type AgreementCase } from '../../cluster/agreement/agreement-case.ts'

test.each(cases.map((testCase) => [testCase.name, testCase] as const))('%s', async (_, testCase) => {
  expect(await localOutcome(testCase)).toEqual(testCase.expected)
})

test('every case has a name, a Task and ConfigMaps of its own, so that all can be in one namespace', () => {
  const taken = cases.flatMap(({ name, task, run }) => [name, task.metadata.name, ...Object.keys(run.configMaps ?? {})])
  expect(new Set(taken).size).toBe(taken.length)
})

describe('what Tekton says becomes an outcome', () => {
  const names = { namespace: 'space', name: 'run-1' }
  const testCase: AgreementCase = {
    name: 'sample',
    task: taskOf('sample', { steps: [probe('first', []), probe('second', [])] }),
    run: { params: { text: 'a' }, configMaps: { settings: { key: 'value' } }, workspaces: ['source'] },
    expected: { admitted: false, reason: 'AdmissionRefused' },
  }
  const condition = (status: string, reason: string) => [{ type: 'Succeeded', status, reason }]
  const metadata = { name: 'run-1', namespace: 'space' }

  test('creates the ConfigMaps, the Task under Pod Security restricted, and a run that refers to it', () => {
    const { objects, taskRun } = taskRunOf(testCase, names)
    expect(objects).toMatchObject([
      { kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'space' }, data: { key: 'value' } },
      { kind: 'Task', spec: { steps: [{ securityContext: { runAsNonRoot: true } }, { securityContext: {} }] } },
    ])
    expect(taskRun).toMatchObject({
      metadata,
      spec: {
        taskRef: { name: 'sample' },
        params: [{ name: 'text', value: 'a' }],
        workspaces: [{ name: 'source', emptyDir: {} }],
      },
    })
  })

  test('takes exit codes and results from the status, and only the JSON lines of the logs', () => {
    const taskRun = {
      metadata,
      status: {
        podName: 'run-1-pod',
        conditions: condition('False', 'StepFailed'),
        results: [{ name: 'out', type: 'string', value: 'text' }],
        steps: [
          { name: 'first', container: 'step-first', terminated: { exitCode: 3 }, terminationReason: 'Error' },
          { name: 'second', container: 'step-second', terminated: { exitCode: 1 }, terminationReason: 'Skipped' },
        ],
      },
    }
    const logs = {
      'step-first': '2026/11/23 a line of Tekton\n{"argv":["space/run-1"]}\n',
      'step-second': '2026/11/23 Skipping',
    }
    expect(outcomeOf(taskRun, logs)).toEqual({
      succeeded: false,
      steps: [
        { name: 'first', exitCode: 3, output: [{ argv: ['<namespace>/<taskRun>'] }] },
        { name: 'second', exitCode: 1, skipped: true, output: [] },
      ],
      results: { out: 'text' },
    })
  })

  test.each([
    ['TaskRunValidationFailed', '', { admitted: false, reason: 'TaskRunValidationFailed' }],
    ['PodCreationFailed', '', { admitted: false, reason: 'PodCreationFailed' }],
    ['CreateContainerConfigError', 'run-1-pod', { admitted: false, reason: 'CreateContainerConfigError' }],
    ['TaskRunValidationFailed', 'run-1-pod', { succeeded: false, steps: [], results: {} }],
  ])('%s with the pod "%s"', (reason, podName, expected) => {
    const taskRun = { metadata, status: { podName, conditions: condition('False', reason) } }
    expect(outcomeOf(taskRun, {})).toEqual(expected)
  })
})
