import type { RegistryLogin } from '../lib/federation/acr-login.ts'
import { mergeDockerConfig } from '../lib/handover/docker-config.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { describeIdentities } from '../lib/step/describe-identity.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { awsLogins } from './aws-logins.ts'
import { readRegistries, type Registries } from './registries.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>

const file = 'config.json'

/** Logs in to every registry, and writes docker's configuration for the tools of later steps; in a dry run shows that it could. */
export async function run({ inputs, services }: Call): Promise<ResultsOf<typeof step>> {
  services.record.action({ target: inputs.registries.join(' '), dryRun: inputs['dry-run'] })
  const registries = readRegistries(inputs, services.context)
  describeIdentities(services.log, registries.acting)
  await using handOver = await openHandOver(inputs, services)
  const logins = await obtainLogins(registries, { inputs, services })
  await handOver.write(file, mergeDockerConfig(logins, handOver.pathOf(file)))
  return handOver.tell(logins.map(({ host, expiresAt }) => ({ file, entry: host, expiresAt })))
}

/** All of them or none: half a configuration would let a build fail at its end. */
async function obtainLogins(
  { acr, aws, use }: Registries,
  { inputs, services }: { inputs: Inputs; services: Services },
): Promise<readonly RegistryLogin[]> {
  const { access } = inputs
  const federation = openFederation(inputs, services, use)
  const fromAcr = async () => {
    if (acr.length === 0) return []
    const { acrLogin } = await import('../lib/federation/acr-login.ts')
    return await Promise.all(acr.map(async (one) => await acrLogin(federation, { ...one, access })))
  }
  const fromAws = async () => (aws.length === 0 ? [] : await awsLogins(federation, aws, { inputs, log: services.log }))
  return (await Promise.all([fromAcr(), fromAws()])).flat()
}
