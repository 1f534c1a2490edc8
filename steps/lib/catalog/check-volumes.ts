import {
  apiMountPath,
  handOverMountPath,
  scratchMountPath,
  sealedMountPath,
  tokenFiles,
  tokenMountPath,
  type StepDefinition,
} from '../step/define-step.ts'
import type { Task, TaskStep, TaskVolume } from './task.ts'

/** What is wrong with a Task's volumes: secrets stay in memory, and a token's audience comes from a param. Empty when all is well. */
export function checkVolumes(task: Task): string[] {
  const faults: string[] = []
  for (const { name, emptyDir, projected } of task.spec.volumes ?? []) {
    if (emptyDir !== undefined && emptyDir.medium !== 'Memory' && !isScratch(task, name))
      faults.push(`volume "${name}" is not on memory`)
    for (const source of projected?.sources ?? []) {
      const audience = source.serviceAccountToken?.audience
      if (audience === undefined) continue
      const param = task.spec.params?.find((candidate) => audience === `$(params.${candidate.name})`)
      if (param === undefined) faults.push(`the token audience of volume "${name}" comes from no param of the Task`)
      // An empty audience means the API server's own: a token that works against the cluster.
      else if (typeof param.default !== 'string' || param.default === '')
        faults.push(`param "${param.name}" sets the token audience and has no default`)
    }
  }
  return faults
}

/** Whether a volume holds nothing but temporary files: what is mounted elsewhere too might hold a secret. */
function isScratch(task: Task, name: string): boolean {
  const mounts = task.spec.steps.flatMap((step) => step.volumeMounts ?? []).filter((mount) => mount.name === name)
  return mounts.every(({ mountPath }) => mountPath === scratchMountPath)
}

/** The sidecar alone writes there. */
function checkSealed(task: Task, call: TaskStep, step: StepDefinition): string[] {
  const mount = call.volumeMounts?.find(({ mountPath }) => mountPath === sealedMountPath)
  if (step.sealed !== true) return mount === undefined ? [] : [`mounts ${sealedMountPath}, which is not for it`]
  const volume = task.spec.volumes?.find(({ name }) => name === mount?.name)
  const writes = step.sidecar === true
  if (volume?.emptyDir?.medium === 'Memory' && (mount?.readOnly !== true) === writes) return []
  return [`does not mount a memory volume ${writes ? '' : 'read-only '}at ${sealedMountPath}`]
}

/** What is wrong with what a call of a step mounts. Empty when all is well. */
export function checkMounts(task: Task, call: TaskStep, step: StepDefinition): string[] {
  const faults: string[] = []
  const mounted = (path: string) => call.volumeMounts?.find((mount) => mount.mountPath === path)
  const volume = (name: string | undefined) => task.spec.volumes?.find((candidate) => candidate.name === name)
  const token = mounted(tokenMountPath)
  if (step.token && (token?.readOnly !== true || volume(token.name)?.projected === undefined)) {
    faults.push(`does not mount the projected token read-only at ${tokenMountPath}`)
  }
  if (step.token) {
    const sources = volume(token?.name)?.projected?.sources ?? []
    const files = new Set(sources.map(({ serviceAccountToken }) => serviceAccountToken?.path))
    const missing = Object.values(tokenFiles).filter((file) => !files.has(file))
    faults.push(...missing.map((file) => `the token volume has no file "${file}"`))
  }
  if (step.scratch === true && volume(mounted(scratchMountPath)?.name)?.emptyDir === undefined) {
    faults.push(`does not mount an emptyDir for temporary files at ${scratchMountPath}`)
  }
  const handOver = mounted(handOverMountPath)
  if (step.handOver === true && volume(handOver?.name)?.emptyDir?.medium !== 'Memory')
    faults.push(`does not mount a memory volume for what it hands over at ${handOverMountPath}`)
  faults.push(...checkSealed(task, call, step))
  const apiToken = mounted(apiMountPath)
  if (step.clusterApi === true) return [...faults, ...apiFaults(volume(apiToken?.name), apiToken?.readOnly === true)]
  if (volume(apiToken?.name)?.emptyDir?.medium !== 'Memory')
    faults.push("does not hide the Kubernetes API's token behind an empty memory volume")
  return faults
}

/** The token for the Kubernetes API, with the CA that the cluster publishes in every namespace, and nothing else. */
function apiFaults(volume: TaskVolume | undefined, isReadOnly: boolean): string[] {
  const sources = volume?.projected?.sources ?? []
  const token = sources.some(({ serviceAccountToken: own }) => own?.path === 'token' && own.audience === undefined)
  const ca = sources.some(({ configMap }) => configMap?.name === 'kube-root-ca.crt')
  if (token && ca && isReadOnly) return []
  return [`does not mount read-only at ${apiMountPath} a projected token for the Kubernetes API with kube-root-ca.crt`]
}
