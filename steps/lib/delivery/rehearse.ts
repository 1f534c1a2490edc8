import { stepError, type StepError } from '../core/errors.ts'
import { probePush } from '../oci/registry/blobs.ts'
import type { Image } from '../oci/image.ts'
import { planPush } from '../oci/registry/plan.ts'
import type { Log } from '../step/log.ts'
import { describePlan } from './report.ts'
import type { Opened } from './access.ts'

type Rehearsal = Opened & {
  readonly image: Image
  /** Whether a missing repository would be created. */
  readonly creates: boolean
  readonly log: Log
}

/**
 * Shows that a push would be let in, as far as the registry lets it be shown. A repository that is missing is looked for first, because a probe
 * might create it. Nothing is left there. Throws what a push would throw up to there.
 */
export async function provePush(opened: Opened): Promise<void> {
  const { client, access } = opened
  if ((await access.repositoryState()) === 'missing') throw repositoryUnknown(opened)
  await (opened.destination.registry.kind === 'acr' ? access.authorization() : probePush(client))
}

function repositoryUnknown({ client: { repository, registry } }: Opened): StepError {
  return stepError('REGISTRY_REPOSITORY_UNKNOWN', { repository, registry })
}

/**
 * Everything but the push: tokens are obtained, the right to push is shown as far as the registry lets it be shown, the plan is printed.
 * A repository that is missing is looked for first, because a probe might create it. Throws what a push would throw up to there.
 */
export async function rehearse({ image, creates, log, ...opened }: Rehearsal): Promise<void> {
  const { client, access, destination } = opened
  if ((await access.repositoryState()) === 'missing') {
    // Nothing more can be asked of what is not there.
    if (creates) return log.line('plan', `create the repository ${destination.name}, upload everything, put the tags`)
    throw repositoryUnknown(opened)
  }
  const plan = await planPush(client, image, { tags: destination.tags })
  if (destination.registry.kind !== 'acr') {
    await probePush(client)
    log.line(
      'allowed',
      'ECR lets this role begin an upload. Whether it may put the manifest (ecr:PutImage) shows only when it does.',
    )
  } else {
    await access.authorization()
    log.line('allowed', 'ACR granted pull and push on the repository.')
  }
  describePlan(log, plan, image, destination)
}
