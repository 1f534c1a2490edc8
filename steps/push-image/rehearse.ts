import { stepError } from '../lib/core/errors.ts'
import type { RegistryAccess } from '../lib/federation/registry-access.ts'
import { probePush } from '../lib/oci/blobs.ts'
import type { Image } from '../lib/oci/image.ts'
import { planPush } from '../lib/oci/plan.ts'
import type { RegistryClient } from '../lib/oci/registry-client.ts'
import type { Log } from '../lib/step/log.ts'
import { describePlan } from './report.ts'
import type { Target } from './target.ts'

type Rehearsal = {
  readonly client: RegistryClient
  readonly access: RegistryAccess
  readonly image: Image
  readonly target: Target
  readonly log: Log
}

/**
 * Everything but the push: tokens are obtained, the right to push is shown as far as the registry lets it be shown, the plan is printed.
 * A repository that is missing is looked for first, because a probe might create it. Throws what a push would throw up to there.
 */
export async function rehearse({ client, access, image, target, log }: Rehearsal): Promise<void> {
  if ((await access.repositoryState()) === 'missing') {
    throw stepError('REGISTRY_REPOSITORY_UNKNOWN', { repository: target.repository, registry: target.registry.host })
  }
  const plan = await planPush(client, image, target.tag)
  if (target.registry.kind !== 'acr') {
    await probePush(client)
    log.line(
      'allowed',
      'ECR lets this role begin an upload. Whether it may put the manifest (ecr:PutImage) shows only when it does.',
    )
  } else {
    await access.authorization()
    log.line('allowed', 'ACR granted pull and push on the repository.')
  }
  describePlan(log, plan, image, target.tag)
  log.line('dry run', 'Nothing was pushed; IMAGE_URL and IMAGE_DIGEST are empty.')
}
