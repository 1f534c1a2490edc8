import { resourceManager } from '../lib/azure/resource-manager.ts'
import { createFederation, type Federation } from '../lib/federation/federation.ts'
import { mergeEnvironment, type EnvironmentForm } from '../lib/handover/environment-file.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import type { step } from './step.ts'
import { variablesOf } from './variables.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>

/** File → how it is read. */
const files: Readonly<Record<string, EnvironmentForm>> = { 'environment.sh': 'shell', 'environment.env': 'plain' }

/** Tries the exchange once, and writes the variables by which later steps do it themselves; in a dry run only tries. */
export async function run({ inputs, services }: Call): Promise<Record<string, never>> {
  const target = `${inputs['client-id']} in ${inputs['tenant-id']}`
  services.record.action({ target, dryRun: inputs['dry-run'] })
  await using handOver = await openHandOver(inputs, services)
  // Thrown away: it shows that the identity trusts this pod before somebody's tool finds, in other words, that it does not.
  await federationOf(inputs, services).entraToken(resourceManager(inputs['azure-cloud']).resource)
  const variables = variablesOf(inputs)
  for (const [file, form] of Object.entries(files)) await handOver.write(file, mergeEnvironment(variables, form))
  handOver.tell(Object.keys(files).map((file) => ({ file, entry: target, expiresAt: undefined })))
  return {}
}

function federationOf(inputs: Inputs, { http, record, tokenPath, patience }: Services): Federation {
  return createFederation(
    {
      tenantId: inputs['tenant-id'],
      clientId: inputs['client-id'],
      cloud: inputs['azure-cloud'],
      tokenPath,
      tokenAudience: inputs['token-audience'],
    },
    { http, record, patience: patience(inputs['propagation-wait']) },
  )
}
