import type { AwsTarget } from '../lib/federation/aws-session.ts'
import { awsTargetOf, requireAllowedAccounts } from '../lib/federation/aws-target.ts'
import { loadImage, type Image } from '../lib/oci/image.ts'
import type { ImageSource } from '../lib/oci/image-source.ts'
import { openSource } from '../lib/oci/source/open-source.ts'
import { planPush, type PushPlan } from '../lib/oci/registry/plan.ts'
import { push, type Push } from '../lib/oci/registry/push.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { describeIdentity } from '../lib/step/describe-identity.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import { resolveInWorkspace } from '../lib/step/workspace-path.ts'
import { openDestinations, type Opened } from './access.ts'
import { describeAccount, openAccount } from './account.ts'
import { accountsOf, readDestinations, type Destinations } from './destinations.ts'
import { gateOf } from './gate.ts'
import { rehearse } from './rehearse.ts'
import { createMissingRepositories } from './repositories.ts'
import { describeImage, describeOutcomes } from './report.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>
type Results = ResultsOf<typeof step>

/** Pushes the workspace's image to every destination, or in a dry run shows that it could. */
export async function run(call: Call): Promise<Results> {
  const { inputs, services } = call
  services.record.action({ target: inputs.image, dryRun: inputs['dry-run'] })
  const destinations = readDestinations(inputs)
  const target = awsTargetOf(inputs, destinations.use, services.context)
  requireAllowedAccounts(inputs['allowed-accounts'], target, accountsOf(destinations))
  const source = await openSourceOf(call)
  try {
    const image = await loadImage(source)
    services.record.action({ digest: image.root.descriptor.digest })
    describeImage(services.log, image)
    return await pushOrRehearse(call, { destinations, target }, image)
  } finally {
    await source.close()
  }
}

async function openSourceOf({ inputs, workspaces, services }: Call): Promise<ImageSource> {
  return await openSource(await resolveInWorkspace(workspaces.source, inputs.path), {
    ref: inputs['source-ref'],
    platforms: inputs.platforms,
    compression: inputs.compression,
    scratch: services.scratch,
    signal: services.signal,
  })
}

type Plan = { readonly destinations: Destinations; readonly target: AwsTarget | undefined }

async function pushOrRehearse(
  { inputs, services }: Call,
  { destinations, target }: Plan,
  image: Image,
): Promise<Results> {
  const federation = openFederation(inputs, services, destinations.use)
  describeIdentity(services.log, inputs, destinations.use)
  const opened = await openDestinations(destinations, federation, target)
  if (inputs['dry-run']) {
    const creates = inputs['create-repository'] === 'if-missing'
    for (const one of opened) await rehearse({ ...one, image, creates, log: services.log })
    services.log.line('dry run', 'Nothing was pushed; IMAGE_URL, IMAGE_DIGEST and IMAGES are empty.')
    return { IMAGE_URL: '', IMAGE_DIGEST: '', IMAGES: '' }
  }
  if (inputs['create-repository'] === 'if-missing') await createMissingRepositories(opened, inputs, services.log)
  const { patience } = federation.services
  const beforeTags = gateOf(inputs, opened, { image, patience, log: services.log })
  await pushTo(opened, image, { inputs, services, beforeTags })
  return resultsOf(destinations, image)
}

async function pushTo(
  opened: readonly Opened[],
  image: Image,
  { inputs, services, beforeTags }: { inputs: Inputs; services: Services; beforeTags: Push['beforeTags'] },
): Promise<void> {
  const { record, log, progress } = services
  const account = openAccount(opened.map(({ destination }) => destination))
  const started = performance.now()
  try {
    const planned = await Promise.all(
      opened.map(async ({ client, destination }, index) => {
        const plan = await planPush(client, image, { tags: destination.tags })
        return { client, destination, plan, onReached: account.noteAt(index) }
      }),
    )
    progress.begin(transferOf(image, planned))
    const summaries = await push({ image, targets: planned, progress, concurrency: inputs.concurrency, beforeTags })
    progress.end()
    describeOutcomes(log, planned, summaries, performance.now() - started)
  } catch (error) {
    progress.end()
    describeAccount(log, account)
    throw error
  } finally {
    record.action({ destinations: account.recorded() })
  }
}

/** How much there is to do, all destinations together. */
function transferOf(image: Image, planned: readonly { readonly plan: PushPlan }[]): { blobs: number; bytes: number } {
  const missing = planned.flatMap(({ plan }) => (plan.kind === 'upload' ? plan.blobs : []))
  return { blobs: image.blobs.length * planned.length, bytes: missing.reduce((sum, blob) => sum + blob.size, 0) }
}

function resultsOf({ url, all }: Destinations, image: Image): Results {
  const { digest } = image.root.descriptor
  return { IMAGE_URL: url, IMAGE_DIGEST: digest, IMAGES: all.map(({ name }) => `${name}@${digest}`).join(',') }
}
