import type { AttemptEvidence, FoundLine, Gap, PodEvidence, TaskRunEvidence } from '../model/evidence.ts'
import { isRecordLine } from '../model/read-record.ts'
import { readPipelineRun, readPod, readTaskRun } from '../model/read-tekton.ts'
import type { Collected } from './collected.ts'
import type { KubernetesApi } from '../../lib/kubernetes/kubernetes-api.ts'

/** Of a log the end is read: the record is a step's last line, and scripts may have printed much before. */
const logQuery = { tailLines: '2000', limitBytes: '4000000' } as const

/** What the cluster knows of a PipelineRun: its objects, its pods, and the records in their logs. Throws AUDIT_*, NETWORK_*. */
export async function collectCluster(
  api: KubernetesApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Collected> {
  const tekton = `/apis/tekton.dev/v1/namespaces/${namespace}`
  const ofRun = { labelSelector: `tekton.dev/pipelineRun=${name}` }
  const run = await api.object(`${tekton}/pipelineruns/${name}`)
  const taskRuns = (await api.list(`${tekton}/taskruns`, ofRun)).map(readTaskRun)
  const pods = (await api.list(`/api/v1/namespaces/${namespace}/pods`, ofRun)).map(readPod)
  const logs = await Promise.all(
    wantedLogs(taskRuns, pods).map(async (wanted) => await readLog(api, { namespace, ...wanted })),
  )
  return {
    run: run === undefined ? undefined : readPipelineRun(run),
    taskRuns,
    pods,
    lines: logs.flatMap(({ lines }) => lines),
    gaps: logs.flatMap(({ gaps }) => gaps),
  }
}

type WantedLog = { readonly pod: string; readonly container: string }

/** The logs of steps of ours, of pods that are there; also of pods that Tekton does not name any more. */
function wantedLogs(taskRuns: readonly TaskRunEvidence[], pods: readonly PodEvidence[]): readonly WantedLog[] {
  return taskRuns.flatMap(({ name, attempts }) => {
    const own = pods.filter(({ taskRun }) => taskRun === name)
    return own.flatMap((pod) => {
      const attempt = attempts.find((one) => one.pod === pod.name) ?? attempts.at(-1)
      return containersOf(attempt).map((container) => ({ pod: pod.name, container }))
    })
  })
}

function containersOf(attempt: AttemptEvidence | undefined): readonly string[] {
  const steps = attempt?.steps ?? []
  return steps.filter(({ program, hasRun }) => program !== undefined && hasRun).map(({ container }) => container)
}

type Log = { readonly lines: readonly FoundLine[]; readonly gaps: readonly Gap[] }

async function readLog(
  api: KubernetesApi,
  { namespace, pod, container }: WantedLog & { readonly namespace: string },
): Promise<Log> {
  const place = `${pod}/${container}`
  const text = await api.text(`/api/v1/namespaces/${namespace}/pods/${pod}/log`, { container, ...logQuery })
  if (text === undefined) return { lines: [], gaps: [{ what: place, reason: 'It has no log, or not any more.' }] }
  const lines = text.split('\n').filter(isRecordLine)
  return { lines: lines.map((line) => ({ line, source: 'pod log', place })), gaps: [] }
}
