import { isDeepStrictEqual } from 'node:util'
import { stepImageParam } from '../step/define-step.ts'
import { restricted } from './step-action.ts'
import type { Task, TaskStep } from './task.ts'

/**
 * Variables that SDKs of the clouds look at before they ask a broker, the ones of AKS' and EKS' webhooks among them. A webhook leaves alone what is set,
 * also to nothing.
 */
const blank = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AZURE_CLIENT_ID',
  'AZURE_TENANT_ID',
  'AZURE_FEDERATED_TOKEN_FILE',
] as const

/** By these webhooks of AKS and EKS are told which containers get no token. */
const skipAnnotations = ['azure.workload.identity/skip-containers', 'eks.amazonaws.com/skip-containers'] as const

/** Whether a step runs an image that the run's author gives, and not a variant of ours. */
export function isUsersStep({ image = '' }: TaskStep): boolean {
  return image.startsWith('$(params.') && image !== `$(params.${stepImageParam})`
}

/** What is wrong with a step that runs somebody else's program beside a broker: it must have what is handed out, and nothing else of ours. Empty when all is well. */
export function checkUsersStep(task: Task, call: TaskStep): string[] {
  const at = (fault: string) => `step "${call.name}" ${fault}`
  return [...mountFaults(task, call), ...variableFaults(call), ...formFaults(task, call)].map(at)
}

function mountFaults(task: Task, call: TaskStep): string[] {
  const sidecars = (task.spec.sidecars ?? []).flatMap((sidecar) => sidecar.volumeMounts ?? [])
  const mounts = call.volumeMounts ?? []
  const faults = mounts.flatMap(({ name, readOnly }) => {
    const volume = task.spec.volumes?.find((candidate) => candidate.name === name)
    if (volume?.projected !== undefined) return [`mounts "${name}", the pod's token`]
    const others = task.spec.steps.filter((step) => !isUsersStep(step) && isMountedBy(step, name))
    // Where our own steps look, too, nothing of the user's may be; but for the empty volume that hides.
    if (others.length > 0 && !isHiding(call, name)) return [`mounts "${name}", which our steps trust`]
    const isWritten = sidecars.some((mount) => mount.name === name && mount.readOnly !== true)
    return isWritten && readOnly !== true ? [`mounts "${name}" writable`] : []
  })
  const isHidden = mounts.some(({ name }) => isHiding(call, name))
  return isHidden ? faults : [...faults, "does not hide the Kubernetes API's token behind an empty memory volume"]
}

function isMountedBy(step: TaskStep, volume: string): boolean {
  return (step.volumeMounts ?? []).some(({ name }) => name === volume)
}

function isHiding(call: TaskStep, volume: string): boolean {
  const apiToken = '/var/run/secrets/kubernetes.io/serviceaccount'
  return (call.volumeMounts ?? []).some(({ name, mountPath }) => name === volume && mountPath === apiToken)
}

function variableFaults({ env = [] }: TaskStep): string[] {
  return blank
    .filter((name) => env.find((entry) => entry.name === name)?.value !== '')
    .map((name) => `does not blank ${name}`)
}

function formFaults({ metadata }: Task, call: TaskStep): string[] {
  const { readOnlyRootFilesystem: _, ...open } = restricted
  const unnamed = skipAnnotations.filter((name) => {
    const skipped = metadata.annotations?.[name]?.split(/[;,]/) ?? []
    return !skipped.includes(`step-${call.name}`)
  })
  return [
    ...(call.script === undefined ? [] : ['has a script: what runs is the author’s to say']),
    ...(isDeepStrictEqual(call.securityContext, open) ? [] : ['is not restricted as all steps are, but for its root']),
    ...(call.onError === 'continue' ? [] : ['ends the run before the last step has sealed']),
    ...unnamed.map((name) => `is given the token of a webhook: name it in ${name}`),
  ]
}
