import type { Acting } from '../federation/entry-identity.ts'
import { neededOf, type IdentityInputs, type IdentityUse } from '../federation/identity-inputs.ts'
import type { Log } from './log.ts'

type Described = { readonly use: IdentityUse; readonly side?: string | undefined }

/** Says by which way the run, or one side of it, gets to be who it is, in a dry run as in any other. */
export function describeIdentity(log: Log, inputs: IdentityInputs, { use, side }: Described): void {
  const before = side === undefined ? '' : `${side}, `
  for (const way of waysOf({ inputs, use })) log.line('identity', `${before}${way}`)
}

/** The same for a run that is several, each way once. */
export function describeIdentities(log: Log, all: readonly Acting[]): void {
  for (const way of new Set(all.flatMap(waysOf))) log.line('identity', way)
}

function waysOf({ inputs, use }: Acting): readonly string[] {
  const { entra, aws } = neededOf(inputs, use)
  const chain = inputs['aws-chain-role-arn']
  const next = chain === undefined ? '' : `, then ${chain} from its session`
  return [
    ...(entra ? [`Entra: ${inputs['client-id']} of ${inputs['tenant-id']}, ${entraProof(inputs)}`] : []),
    ...(aws ? [`AWS: ${inputs['aws-role-arn']} ${awsProof(inputs)}${next}`] : []),
  ]
}

function entraProof(inputs: IdentityInputs): string {
  const kind = inputs['azure-identity']
  if (kind === 'identity-binding') return "by the AKS cluster's identity binding"
  return kind === 'aws' ? 'by a token that AWS gives for the role below' : 'by the projected token'
}

function awsProof(inputs: IdentityInputs): string {
  if (inputs['aws-identity'] === 'cluster') return 'by the projected token for AWS, without Entra'
  return `by an Entra token for ${inputs['aws-token-resource']}`
}
