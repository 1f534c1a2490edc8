import { createHash } from 'node:crypto'
import { recordType } from '../../steps/lib/audit/record.ts'
import type {
  AttemptEvidence,
  Evidence,
  FoundLine,
  PipelineRunEvidence,
  StepEvidence,
  TaskRunEvidence,
} from '../../steps/report-audit/model/evidence.ts'

/** What differs in a record of the tests. */
export type RecordChange = {
  readonly id?: string
  readonly taskRun?: string
  readonly pod?: string
  readonly podUid?: string
  readonly source?: FoundLine['source']
  readonly place?: string
  readonly data?: Readonly<Record<string, unknown>>
}

const firstId = '11111111-1111-4111-8111-111111111111'

/** A record as a step prints it, and where it was found. */
export function recordLine(change: RecordChange = {}): FoundLine {
  const { id = firstId, taskRun: run = 'push', pod = `${run}-pod`, podUid = `uid-${pod}` } = change
  const data = {
    step: 'push-image',
    version: '0.1.0',
    outcome: 'ok',
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:04:15.000Z',
    pod: { name: pod, namespace: 'ci', uid: podUid },
    run: { taskRun: run, taskRunUid: '', pipelineRun: 'release-42', pipelineRunUid: '', pipelineTask: run },
    identity: { issuer: 'https://i.example/', subject: 'system:serviceaccount:ci:builder' },
    action: { name: 'push-image', target: 'contoso.azurecr.io/shop/web:1' },
    tokens: [],
    requests: [],
    ...change.data,
  }
  const line = JSON.stringify({ specversion: '1.0', id, type: recordType, time: data.finishedAt, data })
  return { line, source: change.source ?? 'pod log', place: change.place ?? `${pod}/step-push` }
}

export function sha256(line: string): string {
  return createHash('sha256').update(line).digest('hex')
}

export function step(change: Partial<StepEvidence> = {}): StepEvidence {
  return {
    name: 'push',
    container: 'step-push',
    program: 'push-image',
    hasRun: true,
    exitCode: 0,
    reason: 'Completed',
    startedAt: '2026-01-02T03:04:05Z',
    finishedAt: '2026-01-02T03:04:15Z',
    imageId: '',
    isSidecar: false,
    ...change,
  }
}

/** An attempt whose results name these lines. */
export function attempt(lines: readonly FoundLine[], change: Partial<AttemptEvidence> = {}): AttemptEvidence {
  return {
    pod: 'push-pod',
    startedAt: '2026-01-02T03:04:00Z',
    finishedAt: '2026-01-02T03:04:20Z',
    status: 'succeeded',
    reason: 'Succeeded',
    steps: [step()],
    attested: lines.map(({ line }) => ({ id: (JSON.parse(line) as { id: string }).id, sha256: sha256(line) })),
    ...change,
  }
}

export function taskRun(attempts: readonly AttemptEvidence[], change: Partial<TaskRunEvidence> = {}): TaskRunEvidence {
  return { name: 'push', uid: 'uid-push', pipelineTask: 'push', serviceAccount: 'builder', attempts, ...change }
}

export function pipelineRun(change: Partial<PipelineRunEvidence> = {}): PipelineRunEvidence {
  return {
    name: 'release-42',
    uid: 'uid-run',
    pipeline: 'release',
    startedAt: '2026-01-02T03:04:00Z',
    finishedAt: '2026-01-02T03:05:00Z',
    status: 'succeeded',
    reason: 'Succeeded',
    labels: {},
    annotations: {},
    managers: [],
    owners: [],
    children: [],
    ...change,
  }
}

/** A good run of one step, changed. */
export function evidence(change: Partial<Evidence> = {}): Evidence {
  const line = recordLine()
  return {
    namespace: 'ci',
    pipelineRun: 'release-42',
    run: pipelineRun(),
    taskRuns: [taskRun([attempt([line])])],
    pods: undefined,
    lines: [line],
    gaps: [],
    ownTaskRun: '',
    ...change,
  }
}
