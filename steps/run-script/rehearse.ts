import type { AzureCloudName } from '../lib/azure/clouds.ts'
import { resourceHosts } from '../lib/azure/resource-hosts.ts'
import { resourceManager } from '../lib/azure/resource-manager.ts'
import type { AwsTarget } from '../lib/federation/aws-session.ts'
import type { IdentityUse } from '../lib/federation/identity-inputs.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { Clouds } from './clouds.ts'

type Rehearsal = {
  readonly clouds: Clouds
  readonly use: IdentityUse
  readonly cloud: AzureCloudName
  readonly target: AwsTarget | undefined
}

/** Says where a script could send what, after exchanges that show that there would be something to send. Throws TOKEN_*, ENTRA_*, AWS_*, NETWORK_*. */
export async function rehearse({ log }: Services, { clouds, use, cloud, target }: Rehearsal): Promise<void> {
  if (use.entra) {
    await clouds.token(resourceManager(cloud).resource)
    for (const [host, resource] of resourceHosts(cloud)) {
      log.line('allowed', `${host.startsWith('.') ? `*${host}` : host}: tokens for ${resource}`)
    }
    log.line('allowed', 'other hosts: tokens for a resource that the script names, but for those above')
  }
  if (use.aws && target !== undefined) {
    const { arn } = await clouds.session()
    log.line('allowed', `hosts of AWS: requests signed as ${arn}, in ${target.region} where the script names no region`)
  }
  log.line('allowed', 'every host: requests without any credential of this run')
  log.line('dry-run', 'The script was read, and nothing of it was run.')
}
