import { loadImage, type Image } from '../lib/oci/image.ts'
import type { ImageSource } from '../lib/oci/image-source.ts'
import { findAttachments, type Attachment } from '../lib/oci/registry/attachments.ts'
import type { RegistryClient } from '../lib/oci/registry/registry-client.ts'
import { registrySource } from '../lib/oci/registry/registry-source.ts'
import { withPlatforms } from '../lib/oci/source/platforms.ts'
import { openDestinations, type Opened } from '../lib/delivery/access.ts'
import { deliver } from '../lib/delivery/deliver.ts'
import { deliverAttachments } from '../lib/delivery/deliver-attachments.ts'
import { requireDigest } from '../lib/delivery/expected-digest.ts'
import { accountsOf } from '../lib/delivery/identity-use.ts'
import { openOrigin, openReader } from '../lib/delivery/open-origin.ts'
import { describeImage } from '../lib/delivery/report.ts'
import { createMissingRepositories } from '../lib/delivery/repositories.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { identityOf } from '../lib/step/identity-sides.ts'
import { openActor, type Actor } from '../lib/step/open-actor.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { readRoute, type Route } from './inputs.ts'
import { rehearseCopy } from './rehearse-copy.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>
type Results = ResultsOf<typeof step>

/** What is copied: the image, and what goes with it. */
type Cargo = { readonly image: Image; readonly attachments: readonly Attachment[]; readonly client: RegistryClient }

/** As whom it is read, if as anybody, and as whom it is written. */
type Actors = { readonly from: Actor | undefined; readonly to: Actor }

/** Copies the image to every destination, or in a dry run shows that it could. */
export async function run({ inputs, services }: Call): Promise<Results> {
  services.record.action({ target: inputs.to, source: inputs.from, dryRun: inputs['dry-run'] })
  const route = readRoute(inputs)
  const actors = openActors(route, inputs, services)
  const client = await openFrom(route, actors, { inputs, services })
  const source = await sourceOf(client, route, inputs)
  const image = await loadImage(source)
  services.record.action({ digest: image.root.descriptor.digest })
  describeImage(services.log, image)
  const attachments = inputs.attachments ? await findAttachments(client, image) : []
  const opened = await openDestinations({ ...route.to, alsoPull: [route.from] }, actors.to)
  if (inputs['dry-run']) {
    const creates = inputs['create-repository'] === 'if-missing'
    await rehearseCopy({ client, image, attachments, opened, creates, log: services.log })
    return { IMAGE_URL: '', IMAGE_DIGEST: '', IMAGES: '' }
  }
  if (inputs['create-repository'] === 'if-missing') await createMissingRepositories(opened, inputs, services.log)
  await copyTo(opened, { image, attachments, client }, { inputs, services })
  return resultsOf(route, image)
}

/** Both guards come before anything is sent. */
function openActors({ from, to }: Route, inputs: Inputs, services: Services): Actors {
  const identity = (side: string) => {
    return { ...identityOf(side, inputs), 'propagation-wait': inputs['propagation-wait'] }
  }
  const reading = { ...services, record: services.record.forSource() }
  return {
    from: openReader(from, identity('from'), { services: reading, side: 'from' }),
    to: openActor(identity('to'), { use: to.use, accounts: accountsOf(to.all), side: 'to' }, services),
  }
}

async function openFrom(
  { from }: Route,
  actors: Actors,
  { inputs, services: { http, record, patience } }: Pick<Call, 'inputs' | 'services'>,
): Promise<RegistryClient> {
  const services = { http, record: record.forSource(), patience: patience(inputs['propagation-wait']) }
  return await openOrigin(from, { actor: actors.from, services })
}

async function sourceOf(client: RegistryClient, { from }: Route, inputs: Inputs): Promise<ImageSource> {
  const whole = registrySource(client, from.reference)
  requireDigest(await whole.root(), inputs['expect-digest'], from.url)
  return await withPlatforms(whole, inputs.platforms)
}

async function copyTo(
  opened: readonly Opened[],
  { image, attachments, client }: Cargo,
  { inputs, services }: Pick<Call, 'inputs' | 'services'>,
): Promise<void> {
  const how = { opened, concurrency: inputs.concurrency, mountFrom: client }
  // Attached before the tags are put: who finds the image by its tag finds its signature too.
  const beforeTags =
    attachments.length === 0 ? undefined : async () => await deliverAttachments({ ...how, attachments }, services.log)
  await deliver({ ...how, image, beforeTags }, services)
}

function resultsOf({ to: { url, all } }: Route, image: Image): Results {
  const { digest } = image.root.descriptor
  return { IMAGE_URL: url, IMAGE_DIGEST: digest, IMAGES: all.map(({ name }) => `${name}@${digest}`).join(',') }
}
