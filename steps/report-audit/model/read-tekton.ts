import { imageProgram } from '../../lib/step/define-step.ts'
import type {
  AttemptEvidence,
  Attested,
  PipelineRunEvidence,
  PodEvidence,
  RunStatus,
  StepEvidence,
  TaskRunEvidence,
} from './evidence.ts'
import { at, mapAt, objectsAt, textAt, textsAt } from './look.ts'

/** What a report needs of a PipelineRun (tekton.dev/v1). */
export function readPipelineRun(object: unknown): PipelineRunEvidence {
  const { status, reason } = statusOf(at(object, 'status'))
  return {
    name: textAt(object, 'metadata', 'name'),
    uid: textAt(object, 'metadata', 'uid'),
    pipeline:
      textAt(object, 'spec', 'pipelineRef', 'name') || textAt(object, 'metadata', 'labels', 'tekton.dev/pipeline'),
    startedAt: textAt(object, 'status', 'startTime'),
    finishedAt: textAt(object, 'status', 'completionTime'),
    status,
    reason,
    labels: mapAt(object, 'metadata', 'labels'),
    annotations: mapAt(object, 'metadata', 'annotations'),
    managers: [...new Set(objectsAt(object, 'metadata', 'managedFields').map((one) => textAt(one, 'manager')))],
    owners: objectsAt(object, 'metadata', 'ownerReferences').map(
      (one) => `${textAt(one, 'kind')} ${textAt(one, 'name')}`,
    ),
    children: objectsAt(object, 'status', 'childReferences')
      .filter((one) => textAt(one, 'kind') === 'TaskRun')
      .map((one) => textAt(one, 'name')),
  }
}

/** What a report needs of a TaskRun (tekton.dev/v1), its retries among it. */
export function readTaskRun(object: unknown): TaskRunEvidence {
  const spec = at(object, 'status', 'taskSpec')
  const retried = objectsAt(object, 'status', 'retriesStatus')
  return {
    name: textAt(object, 'metadata', 'name'),
    uid: textAt(object, 'metadata', 'uid'),
    pipelineTask: textAt(object, 'metadata', 'labels', 'tekton.dev/pipelineTask'),
    serviceAccount: textAt(object, 'spec', 'serviceAccountName') || 'default',
    attempts: [...retried, at(object, 'status')].map((status) => attemptOf(status, at(status, 'taskSpec') ?? spec)),
  }
}

/** What a report needs of a pod. */
export function readPod(object: unknown): PodEvidence {
  return {
    name: textAt(object, 'metadata', 'name'),
    uid: textAt(object, 'metadata', 'uid'),
    taskRun: textAt(object, 'metadata', 'labels', 'tekton.dev/taskRun'),
  }
}

function attemptOf(status: unknown, spec: unknown): AttemptEvidence {
  const states = objectsAt(status, 'steps')
  const results = [...objectsAt(status, 'results'), ...states.flatMap((state) => objectsAt(state, 'results'))]
  const attested = results.flatMap((result) => attestedIn(textAt(result, 'value')))
  return {
    pod: textAt(status, 'podName'),
    startedAt: textAt(status, 'startTime'),
    finishedAt: textAt(status, 'completionTime'),
    ...statusOf(status),
    steps: [
      ...states.map((state) => stepOf(state, spec)),
      ...objectsAt(status, 'sidecars').map((state) => sidecarOf(state, spec)),
    ],
    // A Task's result repeats that of its step.
    attested: attested.filter((one, index) => attested.findIndex(({ id }) => id === one.id) === index),
  }
}

/** The value of the result `record` of every step of ours, whatever a Task calls it. */
function attestedIn(value: string): Attested[] {
  const [, id, sha256] =
    /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) sha256:([0-9a-f]{64})$/.exec(value.trim()) ?? []
  return id === undefined || sha256 === undefined ? [] : [{ id, sha256 }]
}

function statusOf(status: unknown): { readonly status: RunStatus; readonly reason: string } {
  const condition = objectsAt(status, 'conditions').find((one) => textAt(one, 'type') === 'Succeeded')
  const word = textAt(condition, 'status')
  const kinds: Readonly<Record<string, RunStatus>> = { True: 'succeeded', False: 'failed' }
  return { status: kinds[word] ?? 'running', reason: textAt(condition, 'reason') }
}

function stepOf(state: unknown, spec: unknown): StepEvidence {
  const name = textAt(state, 'name')
  const exitCode = at(state, 'terminated', 'exitCode')
  const reason = textAt(state, 'terminationReason') || textAt(state, 'terminated', 'reason')
  return {
    name,
    container: textAt(state, 'container') || `step-${name}`,
    program: programOf(objectsAt(spec, 'steps').find((step) => textAt(step, 'name') === name)),
    // Tekton starts all containers with the pod; one that never had its turn says so.
    hasRun: reason !== 'Skipped' && (at(state, 'terminated') !== undefined || at(state, 'running') !== undefined),
    exitCode: typeof exitCode === 'number' ? exitCode : undefined,
    reason,
    startedAt: textAt(state, 'terminated', 'startedAt') || textAt(state, 'running', 'startedAt'),
    finishedAt: textAt(state, 'terminated', 'finishedAt'),
    imageId: textAt(state, 'imageID'),
    isSidecar: false,
  }
}

/** Tekton has no results of a sidecar, and swaps its image to end it: its exit status says nothing. */
function sidecarOf(state: unknown, spec: unknown): StepEvidence {
  const name = textAt(state, 'name')
  const program = programOf(objectsAt(spec, 'sidecars').find((sidecar) => textAt(sidecar, 'name') === name))
  const container = textAt(state, 'container') || `sidecar-${name}`
  return { ...stepOf(state, spec), container, program, exitCode: undefined, isSidecar: true }
}

/** A step of ours is told by its program, whatever image it was copied to. */
function programOf(step: unknown): string | undefined {
  const [node, main, program] = textsAt(step, 'command')
  return node === imageProgram[0] && main === imageProgram[1] ? program : undefined
}
