import { neededOf, type IdentityInputs, type IdentityUse } from '../federation/identity-inputs.ts'
import type { Log } from './log.ts'

type Described = { readonly use: IdentityUse; readonly side?: string | undefined }

/** Says by which way the run, or one side of it, gets to be who it is, in a dry run as in any other. */
export function describeIdentity(log: Log, inputs: IdentityInputs, { use, side }: Described): void {
  const { entra, aws } = neededOf(inputs, use)
  const before = side === undefined ? '' : `${side}, `
  if (entra)
    log.line('identity', `${before}Entra: ${inputs['client-id']} of ${inputs['tenant-id']}, ${entraProof(inputs)}`)
  if (!aws) return
  const chain = inputs['aws-chain-role-arn']
  const next = chain === undefined ? '' : `, then ${chain} from its session`
  log.line('identity', `${before}AWS: ${inputs['aws-role-arn']} ${awsProof(inputs)}${next}`)
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
