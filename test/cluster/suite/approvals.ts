import { vi } from 'vitest'
import { approvalApp, people } from '../../await-approval/approval-cloud.ts'
import { image } from '../../await-approval/approval-door.ts'
import { objectsOf } from '../../contract/examples.ts'
import { waitForField } from './ended.ts'
import type { KubernetesObject } from './objects.ts'
import { putProfile } from './profiles.ts'
import { logsOf, type TaskRun } from './runs.ts'
import { kubectl, stage } from './stage.ts'

/** MutatingAdmissionPolicy is in this version from Kubernetes 1.36 on. */
const policyKind = 'mutatingadmissionpolicies.v1.admissionregistration.k8s.io'

/** Where the sample's policies write who has made a run. */
export const authorAnnotation = 'tekton-entra.example/author-oid'

/** Profile of the suite's own, with four eyes. */
const approvalIdentity = 'approval-identity'

/** What the samples of `await-approval` have the platform team make, in the namespace of the runs. */
export async function furnishApprovals(): Promise<void> {
  const { ci } = stage().namespaces
  const roles = sampleObjects('role.yaml').map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: ci },
  }))
  await kubectl().apply(roles)
  await putProfile(approvalIdentity, {
    'approval-client-id': approvalApp,
    'approval-require-roles': 'Release.Approve',
    'approval-four-eyes': 'required',
    'approval-author-annotation': authorAnnotation,
  })
}

/** The sample's admission policies, for this namespace alone and under names of their own. Undefined where the cluster has no such policies. */
export async function admitAuthors(): Promise<AsyncDisposable | undefined> {
  const { ci } = stage().namespaces
  if ((await kubectl().try(['get', policyKind])).status !== 0) return undefined
  const policies = sampleObjects('four-eyes.yaml').map((object) => onlyIn(object, ci))
  await kubectl().apply([...policies, ...authorRole(ci)])
  return {
    [Symbol.asyncDispose]: async () => {
      for (const { kind, metadata } of policies) await kubectl().try(['delete', kind, metadata.name ?? ''])
    },
  }
}

function sampleObjects(file: string): readonly KubernetesObject[] {
  return objectsOf(`tasks/await-approval/samples/${file}`) as readonly KubernetesObject[]
}

/** A policy that other runs of the cluster do not meet. */
function onlyIn(object: KubernetesObject, namespace: string): KubernetesObject {
  const name = `${object.metadata.name}-${namespace}`
  const spec = object['spec'] as Record<string, unknown>
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  const changed = object.kind.endsWith('Binding')
    ? { ...spec, policyName: name }
    : { ...spec, matchConstraints: { ...(spec['matchConstraints'] as object), namespaceSelector } }
  return { ...object, metadata: { name }, spec: changed }
}

/** Ada, as the API server calls her, may start runs. */
function authorRole(namespace: string): readonly KubernetesObject[] {
  const metadata = { name: 'suite-author', namespace }
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const rules = [{ apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['create', 'get', 'patch'] }]
  const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: people.ada }]
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'suite-author' }
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects },
  ]
}

type SampleRun = KubernetesObject & {
  readonly spec: { readonly pipelineSpec: { readonly tasks: readonly SampleTask[] } }
}
type SampleTask = { readonly params: { name: string; value: string }[] }

/** The sample's PipelineRun with the suite's profile, started as Ada; with the name of the TaskRun that waits. */
export async function startAsAda(
  annotations: Readonly<Record<string, string>> = {},
): Promise<{ readonly pipelineRun: string; readonly taskRun: string }> {
  const namespace = stage().namespaces.ci
  const [sample] = sampleObjects('pipeline-run.yaml') as readonly SampleRun[]
  if (sample === undefined) throw new Error('no sample')
  sample.spec.pipelineSpec.tasks[0]?.params.push(
    { name: 'identity', value: approvalIdentity },
    { name: 'interval', value: '1s' },
  )
  const run = { ...sample, metadata: { ...sample.metadata, annotations } }
  const made = await kubectl().run(
    ['create', '-n', namespace, '-o', 'name', '-f', '-', '--as', people.ada],
    JSON.stringify(run),
  )
  const pipelineRun = made.trim().replace(/^.*\//, '')
  const path = '{.status.childReferences[0].name}'
  await waitForField(kubectl(), { namespace, object: `pipelinerun/${pipelineRun}`, path })
  const taskRun = await kubectl().run(['get', `pipelinerun/${pipelineRun}`, '-n', namespace, '-o', `jsonpath=${path}`])
  return { pipelineRun, taskRun }
}

/** What the log of the run's step says at last; the pattern's first group. */
export async function untilSaid(taskRun: string, pattern: RegExp): Promise<string> {
  const namespace = stage().namespaces.ci
  const look = async (): Promise<string> => {
    const run = await kubectl().get<TaskRun>([`taskrun/${taskRun}`, '-n', namespace])
    const log = (await logsOf(namespace, run?.status?.podName ?? ''))['step-await'] ?? ''
    const found = pattern.exec(log)
    if (found === null) throw new Error(`nothing like ${String(pattern)} in: ${log}`)
    return found[1] ?? ''
  }
  return await vi.waitFor(look, { timeout: 120_000, interval: 500 })
}

/** What is asked for without a Pipeline: a TaskRun's params. */
export const approvalParams = { image, identity: approvalIdentity, interval: '1s' } as const
