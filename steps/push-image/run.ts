import { createFederation, type Federation } from '../lib/federation/federation.ts'
import type { RegistryAccess } from '../lib/federation/registry-access.ts'
import { loadImage } from '../lib/oci/image.ts'
import { openLayout } from '../lib/oci/layout.ts'
import { planPush } from '../lib/oci/plan.ts'
import { push } from '../lib/oci/push.ts'
import { RegistryClient } from '../lib/oci/registry-client.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { resolveInWorkspace } from '../lib/step/workspace-path.ts'
import { rehearse } from './rehearse.ts'
import { describeImage, describeOutcome } from './report.ts'
import type { step } from './step.ts'
import { readTarget, type Target } from './target.ts'

/** Pushes the workspace's image, or in a dry run shows that it could. */
export async function run(call: StepCall<typeof step>): Promise<ResultsOf<typeof step>> {
  const { inputs, workspaces, services } = call
  const { record, log, progress } = services
  record.action({ target: inputs.image, dryRun: inputs['dry-run'] })
  const target = readTarget(inputs)

  const image = await loadImage(await openLayout(await resolveInWorkspace(workspaces.source, inputs.path)))
  const { digest } = image.root.descriptor
  record.action({ digest })
  describeImage(log, image)

  const federation = federationOf(inputs, services)
  const access = await accessTo(target, federation, services)
  const client = clientFor(target, access, federation)
  if (inputs['dry-run']) {
    await rehearse({ client, access, image, target, log })
    return { IMAGE_URL: '', IMAGE_DIGEST: '' }
  }

  const started = performance.now()
  const plan = await planPush(client, image, target.tag)
  const toSend = plan.kind === 'upload' ? plan.blobs : []
  progress.begin({ blobs: image.blobs.length, bytes: toSend.reduce((sum, blob) => sum + blob.size, 0) })
  try {
    const summary = await push({ client, image, tag: target.tag, progress }, plan)
    progress.end()
    describeOutcome(log, { plan, summary, tag: target.tag, milliseconds: performance.now() - started })
  } finally {
    progress.end()
  }
  return { IMAGE_URL: target.url, IMAGE_DIGEST: digest }
}

function federationOf(inputs: InputsOf<typeof step>, { http, record, tokenPath, patience }: Services): Federation {
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

/** Each cloud's code is loaded only when it is pushed to. */
async function accessTo(target: Target, federation: Federation, { context }: Services): Promise<RegistryAccess> {
  const { registry, repository, aws } = target
  if (registry.kind === 'acr') {
    const { acrAccess } = await import('../lib/federation/acr-access.ts')
    return acrAccess(federation, { registry: registry.host, repository })
  }
  if (aws === undefined) throw new TypeError('an ECR target without a role passed the checks')
  const { ecrAccess } = await import('../lib/federation/ecr-access.ts')
  return ecrAccess(federation, { ...aws, registry: registry.ecr, repository, context })
}

function clientFor(target: Target, access: RegistryAccess, { services }: Federation): RegistryClient {
  return new RegistryClient({
    http: services.http,
    origin: new URL(`https://${target.registry.host}`),
    repository: target.repository,
    authorizer: access,
    repositoryState: () => access.repositoryState(),
    patience: services.patience,
    // ECR has no call that closes an upload.
    cancelsUploads: target.registry.kind === 'acr',
  })
}
