import { loadImage, type Image } from '../lib/oci/image.ts'
import type { ImageSource } from '../lib/oci/image-source.ts'
import { openSource } from '../lib/oci/source/open-source.ts'
import { deliver } from '../lib/delivery/deliver.ts'
import type { ResultsOf } from '../lib/step/define-step.ts'
import { openActor, type Actor } from '../lib/step/open-actor.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { resolveInWorkspace } from '../lib/step/workspace-path.ts'
import { openDestinations } from '../lib/delivery/access.ts'
import { readDestinations, type Destinations } from '../lib/delivery/destinations.ts'
import { accountsOf } from '../lib/delivery/identity-use.ts'
import { gateOf } from './gate.ts'
import { rehearse } from '../lib/delivery/rehearse.ts'
import { createMissingRepositories } from '../lib/delivery/repositories.ts'
import { describeImage } from '../lib/delivery/report.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Results = ResultsOf<typeof step>

/** Pushes the workspace's image to every destination, or in a dry run shows that it could. */
export async function run(call: Call): Promise<Results> {
  const { inputs, services } = call
  services.record.action({ target: inputs.image, dryRun: inputs['dry-run'] })
  const destinations = readDestinations(inputs)
  const acting = { use: destinations.use, accounts: accountsOf(destinations.all) }
  const actor = openActor(inputs, acting, services)
  const source = await openSourceOf(call)
  try {
    const image = await loadImage(source)
    services.record.action({ digest: image.root.descriptor.digest })
    describeImage(services.log, image)
    return await pushOrRehearse(call, { destinations, actor }, image)
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

type Plan = { readonly destinations: Destinations; readonly actor: Actor }

async function pushOrRehearse(
  { inputs, services }: Call,
  { destinations, actor }: Plan,
  image: Image,
): Promise<Results> {
  const opened = await openDestinations(destinations, actor)
  if (inputs['dry-run']) {
    const creates = inputs['create-repository'] === 'if-missing'
    for (const one of opened) await rehearse({ ...one, image, creates, log: services.log })
    services.log.line('dry run', 'Nothing was pushed; IMAGE_URL, IMAGE_DIGEST and IMAGES are empty.')
    return { IMAGE_URL: '', IMAGE_DIGEST: '', IMAGES: '' }
  }
  if (inputs['create-repository'] === 'if-missing') await createMissingRepositories(opened, inputs, services.log)
  const { patience } = actor.federation.services
  const beforeTags = gateOf(inputs, opened, { image, patience, log: services.log })
  await deliver({ image, opened, concurrency: inputs.concurrency, beforeTags }, services)
  return resultsOf(destinations, image)
}

function resultsOf({ url, all }: Destinations, image: Image): Results {
  const { digest } = image.root.descriptor
  return { IMAGE_URL: url, IMAGE_DIGEST: digest, IMAGES: all.map(({ name }) => `${name}@${digest}`).join(',') }
}
