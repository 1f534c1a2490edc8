import { resourceManager } from '../lib/azure/resource-manager.ts'
import { mergeEnvironment, type EnvironmentForm } from '../lib/handover/environment-file.ts'
import { describeIdentity } from '../lib/step/describe-identity.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import type { step } from './step.ts'
import { environmentUse, variablesOf } from './variables.ts'

type Call = StepCall<typeof step>

/** File → how it is read. */
const files: Readonly<Record<string, EnvironmentForm>> = { 'environment.sh': 'shell', 'environment.env': 'plain' }

/** Tries the exchange once, and writes the variables by which later steps do it themselves; in a dry run only tries. */
export async function run({ inputs, services }: Call): Promise<Record<string, never>> {
  const target = `${inputs['client-id']} in ${inputs['tenant-id']}`
  services.record.action({ target, dryRun: inputs['dry-run'] })
  describeIdentity(services.log, inputs, { use: environmentUse })
  await using handOver = await openHandOver(inputs, services)
  // Thrown away: it shows that the identity trusts this pod before somebody's tool finds, in other words, that it does not.
  const federation = openFederation(inputs, services, environmentUse)
  await federation.entraToken(resourceManager(inputs['azure-cloud']).resource)
  const variables = variablesOf(inputs)
  for (const [file, form] of Object.entries(files)) await handOver.write(file, mergeEnvironment(variables, form))
  handOver.tell(Object.keys(files).map((file) => ({ file, entry: target, expiresAt: undefined })))
  return {}
}
