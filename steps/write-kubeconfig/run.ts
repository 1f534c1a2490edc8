import { awsTargetOf, requireAllowedAccounts } from '../lib/federation/aws-target.ts'
import { clusterUses, kubeContext } from '../lib/federation/cluster-inputs.ts'
import { clusterToken, type KubernetesToken } from '../lib/federation/kubernetes-token.ts'
import { mergeKubeconfig } from '../lib/handover/kubeconfig.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { describeIdentity } from '../lib/step/describe-identity.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>

const file = 'config'

/** Makes a token for the cluster, and writes it and a kubeconfig that names it; in a dry run shows that it could. */
export async function run({ inputs, services }: Call): Promise<ResultsOf<typeof step>> {
  const context = kubeContext(inputs)
  services.record.action({ target: inputs['cluster-server'], dryRun: inputs['dry-run'] })
  const obtain = tokenOf(inputs, services)
  await using handOver = await openHandOver(inputs, services)
  const { secret, expiresAt } = await obtain()
  // The token first: a context without one would send a client to ask as nobody.
  await handOver.write(context.tokenFile, () => secret)
  await handOver.write(file, mergeKubeconfig(context))
  return handOver.tell([{ file: context.tokenFile, entry: context.name, expiresAt }])
}

/** How the token is made. The guard on accounts holds at once, before the volume is opened. */
function tokenOf(inputs: Inputs, services: Services): () => Promise<KubernetesToken> {
  const use = clusterUses[inputs['cluster-type']]
  const target = awsTargetOf(inputs, use, services.context)
  requireAllowedAccounts(inputs['allowed-accounts'], target, { accounts: [] })
  describeIdentity(services.log, inputs, { use })
  const federation = openFederation(inputs, services, use)
  return async () => await clusterToken(federation, inputs, target)
}
