import { createFederation, type Federation } from '../lib/federation/federation.ts'
import type { RegistryLogin } from '../lib/federation/acr-login.ts'
import { mergeDockerConfig } from '../lib/handover/docker-config.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
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
  const registries = readRegistries(inputs)
  await using handOver = await openHandOver(inputs, services)
  const logins = await obtainLogins(federationOf(inputs, services), registries, { inputs, services })
  await handOver.write(file, mergeDockerConfig(logins, handOver.pathOf(file)))
  return handOver.tell(logins.map(({ host, expiresAt }) => ({ file, entry: host, expiresAt })))
}

/** All of them or none: half a configuration would let a build fail at its end. */
async function obtainLogins(
  federation: Federation,
  registries: Registries,
  { inputs, services }: { inputs: Inputs; services: Services },
): Promise<readonly RegistryLogin[]> {
  const { access } = inputs
  const fromAcr = async () => {
    if (registries.acr.length === 0) return []
    const { acrLogin } = await import('../lib/federation/acr-login.ts')
    return await Promise.all(registries.acr.map(async (one) => await acrLogin(federation, { ...one, access })))
  }
  const fromAws = async () =>
    registries.aws.length === 0 ? [] : await awsLogins(federation, registries, inputs, services)
  return (await Promise.all([fromAcr(), fromAws()])).flat()
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
