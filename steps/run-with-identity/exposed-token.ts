import { stepError } from '../lib/core/errors.ts'
import type { webhookFields } from '../lib/step/define-step.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The command's container, as the Task calls its step. */
const container = 'step-run'

/** One webhook that mounts tokens into all containers of a pod but for those that an annotation names. */
type Webhook = {
  readonly cloud: string
  readonly annotation: string
  readonly skipped: keyof typeof webhookFields
  readonly separator: RegExp
  /** Whether it has changed this pod, or would. */
  readonly acts: (env: Env) => boolean
}

/**
 * Both look at the annotation as a list of container names: AKS' parts it by semicolons (azure-workload-identity, pkg/webhook), EKS' by commas
 * (amazon-eks-pod-identity-webhook, README). Each sets its variable in every container that it has changed, the broker's among them.
 */
const webhooks: readonly Webhook[] = [
  {
    cloud: 'AKS',
    annotation: 'azure.workload.identity/skip-containers',
    skipped: 'POD_AKS_SKIPPED',
    separator: /;/,
    acts: (env) => env['POD_AKS_WEBHOOK'] === 'true' || isSet(env['AZURE_FEDERATED_TOKEN_FILE']),
  },
  {
    cloud: 'EKS',
    annotation: 'eks.amazonaws.com/skip-containers',
    skipped: 'POD_EKS_SKIPPED',
    separator: /,/,
    acts: (env) => isSet(env['AWS_WEB_IDENTITY_TOKEN_FILE']),
  },
]

/**
 * Hands out nothing in a pod whose token the command has, too: blank variables keep SDKs from it, and nobody else. Throws BROKER_TOKEN_EXPOSED.
 */
export function refuseExposedToken(env: Env): void {
  for (const { cloud, annotation, skipped, separator, acts } of webhooks) {
    const names = (env[skipped] ?? '').split(separator).map((name) => name.trim())
    if (acts(env) && !names.includes(container))
      throw stepError('BROKER_TOKEN_EXPOSED', { cloud, annotation, skipped: env[skipped] ?? '' })
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
