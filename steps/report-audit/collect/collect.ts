import { stepError } from '../../lib/core/errors.ts'
import type { InputsOf } from '../../lib/step/define-step.ts'
import { openFederation } from '../../lib/step/open-federation.ts'
import { bucketUse } from '../../lib/step/bucket-session.ts'
import { checkIdentity } from '../../lib/federation/identity-inputs.ts'
import { readSinkSettings } from '../../lib/step/sink-settings.ts'
import type { StepCall } from '../../lib/step/step-call.ts'
import type { Evidence } from '../model/evidence.ts'
import type { step } from '../step.ts'
import { collectBucket } from './collect-bucket.ts'
import { collectCluster } from './collect-cluster.ts'
import { collectFolder } from './collect-folder.ts'
import { addUp, type Collected } from './collected.ts'
import { openKubernetesApi } from '../../lib/kubernetes/kubernetes-api.ts'
import { apiFailures } from './api-failures.ts'

type Call = StepCall<typeof step>
type Run = { readonly name: string; readonly namespace: string }

/** All evidence of one PipelineRun, from every source that is asked for. Throws INPUT_INVALID, AUDIT_*, and what a way to a bucket throws. */
export async function collect(call: Call): Promise<Evidence> {
  const { inputs, services } = call
  const { context } = services
  const fromFolder = inputs.from.includes('folder') ? await readFolder(call) : undefined
  const run: Run = {
    name: inputs['pipeline-run'] ?? fromFolder?.name ?? context.pipelineRun,
    namespace: context.podNamespace || fromFolder?.namespace || 'default',
  }
  if (run.name === '') throw unnamed()
  const fromCluster = inputs.from.includes('cluster') ? await readCluster(call, run) : undefined
  const objects = addUp([fromCluster, fromFolder].filter((one) => one !== undefined))
  if (objects.run === undefined && objects.taskRuns.length === 0)
    throw stepError('AUDIT_RUN_NOT_FOUND', { name: run.name, place: `the namespace ${run.namespace}` })
  const kept = inputs.from.includes('bucket') ? await readBucket(call, run, objects) : []
  const ownTaskRun = context.pipelineRun === run.name ? context.taskRun : ''
  return {
    ...objects,
    lines: [...objects.lines, ...kept],
    namespace: run.namespace,
    pipelineRun: run.name,
    ownTaskRun,
  }
}

async function readFolder({ inputs, workspaces, services }: Call) {
  const { evidence } = workspaces
  if (evidence === '') {
    const fault = { param: 'workspace evidence', got: 'nothing', expected: 'a bound workspace, as from says folder' }
    throw stepError('INPUT_INVALID', { count: 'one value' }, { faults: [fault] })
  }
  const named = inputs['pipeline-run'] ?? (services.context.pipelineRun || undefined)
  const found = await collectFolder(evidence, named)
  services.log.line('folder', `${found.taskRuns.length} TaskRuns, ${found.lines.length} records`)
  return found
}

async function readCluster({ services }: Call, run: Run): Promise<Collected> {
  const { given, http, patience, log } = services
  const api = openKubernetesApi({
    folder: given.env['API_FOLDER'] ?? '',
    env: given.env,
    http,
    patience: patience(0),
    failures: apiFailures(run.namespace),
  })
  const found = await collectCluster(api, run)
  log.line(
    'cluster',
    `${found.taskRuns.length} TaskRuns, ${found.pods?.length ?? 0} pods, ${found.lines.length} records`,
  )
  return found
}

async function readBucket({ inputs, services }: Call, { namespace }: Run, { taskRuns }: Collected) {
  const { url, place } = readSinkSettings(services.given.env, []) ?? {}
  if (place?.kind !== 'bucket' || url === undefined) throw noBucket(inputs)
  const { bucket } = place
  const use = bucketUse(bucket)
  const faults = checkIdentity(inputs, use)
  if (faults.length > 0) throw stepError('INPUT_INVALID', { count: 'the identity for a bucket' }, { faults })
  const federation = openFederation(inputs, services, use)
  const reading = { url, bucket, inputs, federation, context: services.context, namespace }
  const lines = await collectBucket(
    reading,
    taskRuns.map(({ name }) => name),
  )
  services.log.line('bucket', `${lines.length} records in ${url.href}`)
  return lines
}

function noBucket({ from, identity }: InputsOf<typeof step>) {
  const expected = `no bucket, or as the key record-sink of the ConfigMap ${identity} the URL of one: other sinks cannot be read from`
  return stepError(
    'INPUT_INVALID',
    { count: 'one value' },
    { faults: [{ param: 'from', got: from.join(' '), expected }] },
  )
}

function unnamed() {
  const expected = 'the name of a PipelineRun: this TaskRun is not part of one'
  return stepError(
    'INPUT_INVALID',
    { count: 'one value' },
    { faults: [{ param: 'pipeline-run', got: 'nothing', expected }] },
  )
}
