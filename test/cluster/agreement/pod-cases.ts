import type { TaskEnv } from '../../../steps/lib/catalog/task.ts'
import { probe, success, taskOf, type AgreementCase } from './agreement-case.ts'

function fromConfigMap(name: string, configMap: string, key: string, optional?: boolean): TaskEnv {
  const reference = { name: configMap, key, ...(optional === undefined ? {} : { optional }) }
  return { name, valueFrom: { configMapKeyRef: reference } }
}

function fromLabel(name: string, label: string): TaskEnv {
  return { name, valueFrom: { fieldRef: { fieldPath: `metadata.labels['tekton.dev/${label}']` } } }
}

function show(env: readonly TaskEnv[]) {
  return probe(
    'show',
    env.flatMap(({ name }) => ['env', name]),
    { env },
  )
}

const labels = [
  fromLabel('TASK_RUN', 'taskRun'),
  fromLabel('TASK_RUN_UID', 'taskRunUID'),
  fromLabel('PIPELINE_RUN', 'pipelineRun'),
  fromLabel('PIPELINE_RUN_UID', 'pipelineRunUID'),
  fromLabel('PIPELINE_TASK', 'pipelineTask'),
  { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
]

/** What Kubernetes puts into the variables of a pod. */
export const podCases: readonly AgreementCase[] = [
  {
    name: 'keys of ConfigMaps, by a param, and optional ones that are absent',
    task: taskOf('config', {
      params: [{ name: 'identity' }],
      steps: [
        show([
          fromConfigMap('THERE', '$(params.identity)', 'there'),
          fromConfigMap('NO_KEY', '$(params.identity)', 'absent', true),
          fromConfigMap('NO_MAP', 'config-absent', 'there', true),
          { name: 'COPY', value: '$(THERE)$(NO_KEY)' },
        ]),
      ],
    }),
    run: { params: { identity: 'config-there' }, configMaps: { 'config-there': { there: 'a $$ $(POD)\n' } } },
    expected: success({
      show: [{ env: { THERE: 'a $$ $(POD)\n', NO_KEY: null, NO_MAP: null, COPY: 'a $$ $(POD)\n$(NO_KEY)' } }],
    }),
  },
  {
    name: 'a ConfigMap that must be there and is not',
    task: taskOf('config-missing', { steps: [show([fromConfigMap('KEY', 'config-missing', 'key')])] }),
    run: {},
    expected: { admitted: false, reason: 'CreateContainerConfigError' },
  },
  {
    name: 'a key of a ConfigMap that must be there and is not',
    task: taskOf('config-key-missing', { steps: [show([fromConfigMap('KEY', 'config-other-key', 'key', false)])] }),
    run: { configMaps: { 'config-other-key': { other: 'value' } } },
    expected: { admitted: false, reason: 'CreateContainerConfigError' },
  },
  {
    name: 'the labels of a bare run',
    task: taskOf('labels', { steps: [show(labels)] }),
    run: {},
    expected: success({
      show: [
        {
          env: {
            TASK_RUN: '<taskRun>',
            TASK_RUN_UID: '<uid>',
            PIPELINE_RUN: '',
            PIPELINE_RUN_UID: '',
            PIPELINE_TASK: '',
            POD: '<taskRun>-pod',
          },
        },
      ],
    }),
  },
  {
    name: 'labels that the author of a bare run has forged',
    task: taskOf('labels-forged', { steps: [show(labels)] }),
    run: {
      labels: {
        'tekton.dev/taskRun': 'forged-run',
        'tekton.dev/taskRunUID': 'forged-run-uid',
        'tekton.dev/pipelineRun': 'forged-pipeline',
        'tekton.dev/pipelineRunUID': 'forged-pipeline-uid',
        'tekton.dev/pipelineTask': 'forged-task',
      },
    },
    note: 'Which TaskRun it is cannot be forged; that a pipeline has made it can.',
    expected: success({
      show: [
        {
          env: {
            TASK_RUN: '<taskRun>',
            TASK_RUN_UID: '<uid>',
            PIPELINE_RUN: 'forged-pipeline',
            PIPELINE_RUN_UID: 'forged-pipeline-uid',
            PIPELINE_TASK: 'forged-task',
            POD: '<taskRun>-pod',
          },
        },
      ],
    }),
  },
]
