import { awsTargetOf, requireAllowedAccounts } from '../lib/federation/aws-target.ts'
import { aksToken, eksClusterToken, type KubernetesToken } from '../lib/federation/kubernetes-token.ts'
import { mergeKubeconfig } from '../lib/handover/kubeconfig.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { describeIdentity } from '../lib/step/describe-identity.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { clusterUses } from './cluster.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>

const file = 'config'

/** Makes a token for the cluster, and writes it and a kubeconfig that names it; in a dry run shows that it could. */
export async function run({ inputs, services }: Call): Promise<ResultsOf<typeof step>> {
  const name = inputs.context ?? inputs['cluster-name']
  services.record.action({ target: inputs['cluster-server'], dryRun: inputs['dry-run'] })
  const obtain = tokenOf(inputs, services)
  await using handOver = await openHandOver(inputs, services)
  const { secret, expiresAt } = await obtain()
  const tokenFile = `${name}.token`
  // The token first: a context without one would send a client to ask as nobody.
  await handOver.write(tokenFile, () => secret)
  await handOver.write(file, mergeKubeconfig(contextOf(inputs, { name, tokenFile })))
  return handOver.tell([{ file: tokenFile, entry: name, expiresAt }])
}

function contextOf(inputs: Inputs, { name, tokenFile }: { readonly name: string; readonly tokenFile: string }) {
  return {
    name,
    server: inputs['cluster-server'],
    certificateAuthorityData: inputs['cluster-ca'] ?? '',
    namespace: inputs.namespace,
    tokenFile,
  }
}

/** How the token is made. The guard on accounts holds at once, before the volume is opened. */
function tokenOf(inputs: Inputs, services: Services): () => Promise<KubernetesToken> {
  const use = clusterUses[inputs['cluster-type']]
  const target = awsTargetOf(inputs, use, services.context)
  requireAllowedAccounts(inputs['allowed-accounts'], target, { accounts: [] })
  describeIdentity(services.log, inputs, { use })
  const federation = openFederation(inputs, services, use)
  if (inputs['cluster-type'] === 'aks') return async () => await aksToken(federation)
  if (target === undefined) throw new TypeError('an EKS cluster without a role passed the checks')
  return async () => await eksClusterToken(federation, inputs['cluster-name'], target)
}
