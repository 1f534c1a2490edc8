import { readRegistries } from '../lib/federation/registry-entries.ts'
import { registryLogins } from '../lib/federation/registry-logins.ts'
import { mergeDockerConfig } from '../lib/handover/docker-config.ts'
import type { ResultsOf } from '../lib/step/define-step.ts'
import { describeIdentities } from '../lib/step/describe-identity.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>

const file = 'config.json'

/** Logs in to every registry, and writes docker's configuration for the tools of later steps; in a dry run shows that it could. */
export async function run({ inputs, services }: Call): Promise<ResultsOf<typeof step>> {
  services.record.action({ target: inputs.registries.join(' '), dryRun: inputs['dry-run'] })
  const registries = readRegistries(inputs, services.context)
  describeIdentities(services.log, registries.acting)
  await using handOver = await openHandOver(inputs, services)
  const federation = openFederation(inputs, services, registries.use)
  const note = (text: string) => services.log.line('note', text)
  const logins = await registryLogins(federation, registries, { inputs, note })
  await handOver.write(file, mergeDockerConfig(logins, handOver.pathOf(file)))
  return handOver.tell(logins.map(({ host, expiresAt }) => ({ file, entry: host, expiresAt })))
}
