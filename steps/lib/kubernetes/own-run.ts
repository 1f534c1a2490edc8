import { stepError, type StepError } from '../core/errors.ts'
import { textClaim } from '../core/jwt.ts'
import type { Patience } from '../core/retry.ts'
import { isObject, type JsonObject } from '../core/strict-json.ts'
import type { KubernetesApi } from './kubernetes-api.ts'
import { objectOf } from '../core/loose-json.ts'

/** The pod as its own projected token names it. */
export type OwnPod = { readonly namespace: string; readonly name: string; readonly uid: string }

/** The run that this pod was made for: the PipelineRun, or a TaskRun that belongs to none. */
export type OwnRun = {
  readonly kind: 'PipelineRun' | 'TaskRun'
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly annotations: Readonly<Record<string, unknown>>
}

type Kind = { readonly kind: OwnRun['kind']; readonly plural: string }
const taskRuns: Kind = { kind: 'TaskRun', plural: 'taskruns' }
const pipelineRuns: Kind = { kind: 'PipelineRun', plural: 'pipelineruns' }

/** Tekton writes the name of a pod, or of a TaskRun, into its owner's status a moment after it has made it. */
const statusTries = 20
const statusWaitMs = 1000

/**
 * Finds the run by the pod that the token names, by uid from owner to owner, never by a label: anyone who makes a pod chooses its labels. Owner
 * references can be chosen, too; so each owner must say in its status, which Tekton's controller alone writes, that this child is its own.
 * Throws KUBERNETES_RUN_UNKNOWN, KUBERNETES_*, NETWORK_*.
 */
export async function findOwnRun(api: KubernetesApi, pod: OwnPod, patience: Patience): Promise<OwnRun> {
  const { namespace } = pod
  if (pod.name === '' || pod.uid === '' || namespace === '')
    throw unknown('the projected token names no pod', 'a token that the kubelet has projected into this pod')
  const found = await api.object(
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod.name)}`,
  )
  requireUid(found, pod.uid, `Pod ${pod.name}`)
  const taskRun = await ownerOf(
    found,
    taskRuns,
    { api, namespace, patience },
    (status) => status['podName'] === pod.name,
  )
  if (taskRun === undefined) throw unknown(`the pod ${pod.name} belongs to no TaskRun`, 'a pod that Tekton has made')
  const isChild = (status: JsonObject) => childrenOf(status).includes(taskRun.name)
  const pipelineRun = await ownerOf(taskRun.object, pipelineRuns, { api, namespace, patience }, isChild)
  const { kind, name, uid, object } = pipelineRun ?? taskRun
  const metadata = objectOf(object['metadata'])
  return { kind, namespace, name, uid, annotations: objectOf(metadata['annotations']) }
}

type Owner = { readonly kind: Kind['kind']; readonly name: string; readonly uid: string; readonly object: JsonObject }
type Looking = { readonly api: KubernetesApi; readonly namespace: string; readonly patience: Patience }

/** The object's owner of this kind, which must be the one that the reference means, and own it by its own word. */
async function ownerOf(
  object: JsonObject,
  { kind, plural }: Kind,
  { api, namespace, patience }: Looking,
  owns: (status: JsonObject) => boolean,
): Promise<Owner | undefined> {
  const references = objectOf(object['metadata'])['ownerReferences']
  const reference = (Array.isArray(references) ? references : [])
    .map(objectOf)
    .find(
      (one) =>
        one['kind'] === kind && textClaim(one, 'apiVersion').startsWith('tekton.dev/') && one['controller'] === true,
    )
  if (reference === undefined) return undefined
  const [name, uid] = [textClaim(reference, 'name'), textClaim(reference, 'uid')]
  const path = `/apis/tekton.dev/v1/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`
  for (let tries = 0; tries < statusTries; tries += 1) {
    // One look after the other, until Tekton has written it down.
    // oxlint-disable no-await-in-loop
    const found = await api.object(path)
    requireUid(found, uid, `${kind} ${name}`)
    if (owns(objectOf(found['status']))) return { kind, name, uid, object: found }
    await patience.clock.sleep(statusWaitMs, patience.signal)
    // oxlint-enable no-await-in-loop
  }
  throw unknown(
    `the ${kind} ${name} does not say in its status that it has made this run`,
    'a run that Tekton has made',
  )
}

function childrenOf(status: JsonObject): readonly string[] {
  const children = Array.isArray(status['childReferences']) ? status['childReferences'] : []
  return children
    .map(objectOf)
    .filter((child) => child['kind'] === 'TaskRun')
    .map((child) => textClaim(child, 'name'))
}

/** Names come again: what was deleted and made anew under the same name is another object. */
function requireUid(found: unknown, uid: string, what: string): asserts found is JsonObject {
  if (!isObject(found)) throw unknown(`${what} is not there`, 'that it is there')
  const other = textClaim(objectOf(found['metadata']), 'uid')
  if (other !== uid) throw unknown(`${what} has the uid ${other}`, uid)
}

function unknown(got: string, expected: string): StepError {
  return stepError('KUBERNETES_RUN_UNKNOWN', { got, expected })
}
