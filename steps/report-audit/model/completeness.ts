import type { AttemptEvidence, Evidence, StepEvidence, TaskRunEvidence } from './evidence.ts'
import { finding } from './findings.ts'
import type { JoinedRecord } from './join-records.ts'
import { textAt } from './look.ts'
import type { Finding } from './report.ts'

/** What is handed out to other people's programs leaves a record each time, which no step owes. */
const besides = new Set(['hand-out-aws-session', 'hand-out-identity'])

/** How many steps of ours Tekton says it ran, but for those of the report itself: each owes one record. */
export function owedRecords(evidence: Evidence): number {
  return othersOf(evidence).flatMap(({ attempts }) => attempts.flatMap(owingSteps)).length
}

/** Everything that Tekton's own list and the records do not agree about; the report's own record is none of them. */
export function completenessFindings(evidence: Evidence, records: readonly JoinedRecord[]): readonly Finding[] {
  return [
    ...runFindings(evidence),
    ...othersOf(evidence).flatMap((taskRun) => taskRunFindings(evidence, taskRun, records)),
    ...records.flatMap((record) => recordFindings(evidence, record)),
    ...evidence.gaps.map(({ what, reason }) => finding('unread', what, reason)),
  ]
}

function owingSteps({ steps }: AttemptEvidence): readonly StepEvidence[] {
  return steps.filter(({ program, hasRun }) => program !== undefined && hasRun)
}

function othersOf({ taskRuns, ownTaskRun }: Evidence): readonly TaskRunEvidence[] {
  return taskRuns.filter(({ name }) => ownTaskRun === '' || name !== ownTaskRun)
}

function runFindings({ run, taskRuns, pipelineRun }: Evidence): readonly Finding[] {
  if (run === undefined)
    return [finding('run-missing', pipelineRun, 'What it says of its TaskRuns and of who started it is not known.')]
  const names = new Set(taskRuns.map(({ name }) => name))
  return run.children
    .filter((name) => !names.has(name))
    .map((name) =>
      finding('task-run-missing', name, 'It was deleted, or its label tekton.dev/pipelineRun was changed.'),
    )
}

function taskRunFindings(
  { pods }: Evidence,
  taskRun: TaskRunEvidence,
  records: readonly JoinedRecord[],
): readonly Finding[] {
  const own = records.filter((record) => record.taskRun === taskRun.name)
  const listed = pods?.filter((pod) => pod.taskRun === taskRun.name)
  const known = new Set(taskRun.attempts.map(({ pod }) => pod))
  return [
    ...taskRun.attempts.flatMap((attempt) => {
      const ofAttempt = own.filter(({ podName }) => podName === attempt.pod)
      const isGone = listed !== undefined && attempt.pod !== '' && !listed.some(({ name }) => name === attempt.pod)
      const uids = new Set([
        ...ofAttempt.map(({ podUid }) => podUid),
        ...(listed ?? []).filter(({ name }) => name === attempt.pod).map(({ uid }) => uid),
      ])
      return [
        ...(attempt.status === 'running'
          ? [finding('unfinished', taskRun.name, `Its pod is ${attempt.pod || 'none yet'}.`)]
          : []),
        ...(isGone
          ? [finding('pod-missing', `${taskRun.name}, ${attempt.pod}`, 'Its records can only come from a sink.')]
          : []),
        ...(uids.size > 1
          ? [finding('pod-doubled', `${taskRun.name}, ${attempt.pod}`, `Its uids are ${[...uids].join(', ')}.`)]
          : []),
        ...owedFindings(taskRun, attempt, ofAttempt),
      ]
    }),
    ...(listed ?? [])
      .filter(({ name }) => !known.has(name))
      .map(({ name, uid }) =>
        finding('pod-doubled', taskRun.name, `The pod ${name} (${uid}) is of this TaskRun, which does not name it.`),
      ),
  ]
}

/** One record for each step of ours, in each pod that acted. */
function owedFindings(
  taskRun: TaskRunEvidence,
  attempt: AttemptEvidence,
  records: readonly JoinedRecord[],
): readonly Finding[] {
  const byProgram = Map.groupBy(owingSteps(attempt), ({ program }) => program ?? '')
  return [...byProgram].flatMap(([program, owing]) => {
    const where = `${taskRun.name}, step ${owing.map(({ name }) => name).join(', ')}`
    const byPod = Map.groupBy(
      records.filter(({ step }) => step === program),
      ({ podUid }) => podUid,
    )
    const most = Math.max(0, ...[...byPod.values()].map(({ length }) => length))
    const named = attempt.attested.filter(({ id }) => !records.some((record) => record.id === id))
    const ids = named.length === 0 ? '' : ` The results name ${named.map(({ id }) => id).join(', ')}.`
    const ended = owing.map(({ reason, exitCode }) => `${reason || 'no reason'}, exit ${exitCode ?? 'unknown'}`)
    return [
      ...(most < owing.length
        ? [finding('record-missing', where, `${program} ran in ${attempt.pod || 'a pod'} (${ended.join('; ')}).${ids}`)]
        : []),
      ...(most > owing.length
        ? [finding('record-doubled', where, `${most} records of ${program}, where ${owing.length} ran.`)]
        : []),
      ...outcomeFindings(
        where,
        owing,
        records.filter(({ step }) => step === program),
      ),
    ]
  })
}

/** A step that says `ok` and exits with another status than 0, or the other way round; told apart only where it ran once. */
function outcomeFindings(where: string, owing: readonly StepEvidence[], records: readonly JoinedRecord[]): Finding[] {
  const [step, record] = [owing[0], records[0]]
  if (owing.length !== 1 || records.length !== 1 || step?.exitCode === undefined || record === undefined) return []
  if ((record.outcome === 'ok') === (step.exitCode === 0)) return []
  return [finding('outcome-differs', where, `The record says ${record.outcome}, Tekton exit status ${step.exitCode}.`)]
}

function recordFindings({ namespace, pipelineRun }: Evidence, record: JoinedRecord): readonly Finding[] {
  const { ofTaskRun, data, place, step } = record
  const attempt = ofTaskRun?.attempts.find(({ pod }) => pod === record.podName)
  const isOurs = textAt(data, 'run', 'pipelineRun') === pipelineRun && textAt(data, 'pod', 'namespace') === namespace
  if (ofTaskRun === undefined || attempt === undefined || !isOurs)
    return [
      finding(
        'record-unknown',
        place,
        `${record.id} says it is of ${record.taskRun || 'no TaskRun'}, pod ${record.podName || 'none'}.`,
      ),
    ]
  if (besides.has(step)) return []
  const ran = attempt.steps.find(({ program }) => program === step)
  if (ran === undefined)
    return [
      finding('record-unknown', place, `${record.id} says it is of ${step}, which ${ofTaskRun.name} does not run.`),
    ]
  const subject = textAt(data, 'identity', 'subject')
  const expected = `system:serviceaccount:${namespace}:${ofTaskRun.serviceAccount}`
  return [
    ...(subject === '' || subject === expected
      ? []
      : [finding('identity-differs', place, `The record says ${subject}, the TaskRun ${expected}.`)]),
    ...(record.check === 'unattested' && !ran.isSidecar ? [unattested(record, attempt)] : []),
  ]
}

function unattested({ place, id }: JoinedRecord, { status }: AttemptEvidence): Finding {
  if (status === 'failed') return finding('record-unattested-failed', place, `${id} rests on where it was found alone.`)
  return finding('record-unattested', place, `${id}: give the Task a result with $(steps.….results.record).`)
}
